"""A seeded year of simulated patients, as plain data: what happens when.

Each life is drawn from the seed and the patient's label alone: the first ten of three hundred
patients live the same year as ten. The generator asks the model what people see; a refused event
stays in the year, for the product must refuse it, too.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from tests.simulation.model_events import Event
from tests.simulation.model_words import Patient
from tests.simulation.years_doctors import begin, round_of
from tests.simulation.years_life import Life
from tests.simulation.years_patients import morning, start_of

ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Europe/Helsinki", "America/New_York")
FIRST_DAY = date(2027, 9, 1)  # a year with both nights of changed clocks, and 29 February 2028
DAYS = 366


@dataclass(frozen=True)
class Year:
    """Patients, and what happens to them, in order."""

    patients: tuple[Patient, ...]
    events: tuple[tuple[datetime, Event], ...]


def simulate(
    seed: int,
    patients: int,
    first_day: date = FIRST_DAY,
    days: int = DAYS,
    busy: int = 1,
    after: int = 0,
) -> Year:
    """Return the year of so many patients; equal for equal arguments.

    `busy`: plans are changed so many times as often, to see much in few days; `after`: leave out
    the first so many, whom another process plays.
    """
    labels = range(after + 1, after + patients + 1)
    people = tuple(Patient(n, ZONES[(n - 1) % len(ZONES)]) for n in labels)
    lived = [line for person in people for line in live(seed, person, first_day, days, busy)]
    return Year(people, tuple(sorted(lived, key=lambda line: line[0])))


def live(
    seed: int, patient: Patient, first: date, days: int, busy: int
) -> list[tuple[datetime, Event]]:
    """Return what happens to one patient."""
    life = Life(seed, patient, first, days, busy)
    begin(life)
    for number in range(days):
        day = first + timedelta(days=number)
        round_of(life, day)
        life.later(start_of(life, day), partial(morning, life, day))
    life.run()
    return life.events
