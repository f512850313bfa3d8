"""R3 and R5 as supervision reads them: counts by day, and who needs a look."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from tests.simulation.model_counts import Rates, rates_of, streak
from tests.simulation.model_world import Treatment

IN_ROW, ENOUGH, LOW = 2, 5, Fraction(4, 5)


@dataclass(frozen=True)
class Slip:
    """What is said of a running treatment over the doses of a period."""

    treatment: int
    condition: str
    closed: int
    observed: int
    reported: int
    unreviewed: int
    in_row: int
    by_film: bool

    @property
    def at_best(self) -> Fraction:
        """The share taken, if every film that waits shows it."""
        taken = self.observed if self.by_film else self.reported
        return Fraction(taken + self.unreviewed, self.closed)

    @property
    def needs_a_look(self) -> bool:
        """Whether it is missed in a row, or taken too seldom even at best."""
        return self.in_row >= IN_ROW or (self.closed >= ENOUGH and self.at_best < LOW)

    @property
    def order(self) -> tuple[int, Fraction]:
        """Return its place: the worst first."""
        return -self.in_row, self.at_best


def by_day(treatments: Iterable[Treatment], at: datetime) -> dict[tuple[date, str], Rates]:
    """Count the closed doses of each day against each illness, ended courses too."""
    found: dict[tuple[date, str], Rates] = {}
    for treatment in treatments:
        for day, doses in treatment.days.items():
            told = rates_of(treatment, doses, at)
            if told.closed:
                key = day, treatment.order.condition
                found[key] = found.get(key, Rates()) + told
    return found


def slips(treatments: Iterable[Treatment], at: datetime, first: date) -> list[Slip]:
    """Tell of each running treatment of which a dose has closed since that day."""
    return [slip for t in treatments if t.runs(at) and (slip := _slip(t, at, first)).closed]


def _slip(treatment: Treatment, at: datetime, first: date) -> Slip:
    doses = [d for day, of_day in treatment.days.items() if day >= first for d in of_day]
    told = rates_of(treatment, doses, at)
    sent = any(
        any(film.step(at) for film in dose.films)
        for dose in doses
        if dose.when.closes <= at and dose.course.line(at) and treatment.facts(dose, at).counts
    )
    return Slip(
        treatment.order.treatment,
        treatment.order.condition,
        told.closed,
        told.observed,
        told.reported,
        told.unreviewed,
        sum(key.day >= first for key in streak(treatment, at)),
        treatment.order.filmed or sent,
    )
