"""One simulated life: a clock of what comes, and a model that knows what the people see."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random

from tests.simulation.model import Model, Outcome
from tests.simulation.model_days import DAY, instant, window
from tests.simulation.model_events import Event
from tests.simulation.model_words import Patient

Act = Callable[[datetime], None]
SECOND = timedelta(seconds=1)
DOCTOR, OTHER_DOCTOR, SUPERVISOR = 1, 2, 3


@dataclass
class Traits:
    """How a person is; probabilities per dose."""

    films: float
    offline: float
    never_comes: float
    word: float
    clock_slip: timedelta
    two_phones: float
    good_camera: float


def draw_traits(rng: Random) -> Traits:
    """Return a diligent one, a careless one, or any between."""
    slips = (0, 0, 0, 0, 3, -7, 12, 90, -26 * 60, 3 * 24 * 60)
    return Traits(
        films=rng.choice((0.0, 0.5, 0.8, 0.95)),
        offline=rng.choice((0.02, 0.1, 0.4)),
        never_comes=rng.choice((0.01, 0.05)),
        word=rng.choice((0.05, 0.4)),
        clock_slip=timedelta(minutes=rng.choice(slips)),
        two_phones=rng.choice((0.0, 0.05)),
        good_camera=rng.choice((0.4, 0.9, 0.97)),
    )


class Life:
    """A patient, the year ahead of them, and what has happened so far."""

    def __init__(self, seed: int, patient: Patient, first: date, days: int, busy: int = 1) -> None:
        self.rng = Random(f"{seed}/{patient.patient}")  # noqa: S311 -- a simulation, no secret
        self.patient = patient.patient
        self.busy = busy
        self.zone = patient.zone
        self.first, self.last = first, first + timedelta(days=days - 1)
        self.end = window(self.last, self.zone).closes
        self.model = Model((patient,))
        self.traits = draw_traits(self.rng)
        self.silent_until = first
        self.events: list[tuple[datetime, Event]] = []
        self._ahead: list[tuple[datetime, int, Act]] = []
        self._turn = count()
        self._labels = count(1)

    def label(self) -> int:
        """Return a label that nothing else has."""
        return self.patient * 10_000 + next(self._labels)

    def chance(self, probability: float) -> bool:
        """Draw once."""
        return self.rng.random() < probability

    def later(self, at: datetime, act: Act) -> None:
        """Do it then, if the year lasts so long."""
        if at < self.end:
            heapq.heappush(self._ahead, (at, next(self._turn), act))

    def happens(self, at: datetime, event: Event) -> None:
        """Let an event happen then."""
        self.later(at, lambda now: self._just(now, event))

    def now(self, at: datetime, event: Event) -> Outcome:
        """Let an event happen now; a refused one is part of the year, too."""
        self.events.append((at, event))
        return self.model.apply(at, event)

    def _just(self, at: datetime, event: Event) -> None:
        """Let it happen, whatever becomes of it."""
        self.now(at, event)

    def run(self) -> None:
        """Live the year."""
        while self._ahead:
            at, _, act = heapq.heappop(self._ahead)
            act(at)

    # -- instants ----------------------------------------------------------------------------------

    def hours(self, low: float, high: float) -> timedelta:
        """So many hours, to the second."""
        return timedelta(seconds=self.rng.randint(int(low * 3600), int(high * 3600)))

    def about(self, border: datetime) -> datetime:
        """Just before a border, on it, or just after."""
        return border + self.rng.choice((-1, 0, 1)) * SECOND

    def moment(self, day: date) -> datetime:
        """Return an instant of a dose day: mostly in the daytime, sometimes at a border of days."""
        if self.chance(0.85):
            return instant(day, time(8), self.zone) + self.hours(0, 13)
        border = self.rng.choice((time(2, 59, 59), time(3), time(3, 30), time(3, 59, 59), time(4)))
        return instant(day + DAY, border, self.zone)
