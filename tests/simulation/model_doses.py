"""A dose as the story of what was planned for it and what was said of it.

Nothing is overwritten: each thing that happens is a line of a journal, and what holds at an instant
is read from the lines written until then.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Generic, TypeVar

from tests.simulation.model_days import Window, due, window
from tests.simulation.model_rules import Progress
from tests.simulation.model_words import DoseKey, Seen, Verdict

T = TypeVar("T")


class Journal(Generic[T]):
    """Lines with the instant of their writing, oldest first."""

    def __init__(self) -> None:
        self.lines: list[tuple[datetime, T]] = []

    def write(self, at: datetime, what: T) -> None:
        """Add a line."""
        self.lines.append((at, what))

    def until(self, at: datetime) -> Iterator[tuple[datetime, T]]:
        """Lines written until then, newest first."""
        return ((when, what) for when, what in reversed(self.lines) if when <= at)

    def line(self, at: datetime) -> tuple[datetime, T] | None:
        """Return the newest line written until then."""
        if self.lines and self.lines[-1][0] <= at:  # nearly always: asked about now
            return self.lines[-1]
        return next(self.until(at), None)

    def read(self, at: datetime) -> T | None:
        """Return what the newest line written until then says."""
        line = self.line(at)
        return line[1] if line else None


# -- what the plan says of a dose ------------------------------------------------------------------

Drugs = tuple[tuple[str, str, str], ...]  # drug, strength, tablets


@dataclass(frozen=True)
class Laid:
    """It stands. `moved_in`: a doctor moved it to this day; `changed`: the change a swap undid."""

    hour: time
    drugs: Drugs
    moved_in: bool = False
    changed: datetime | None = None


@dataclass(frozen=True)
class Gone:
    """Its slot went, or it was swapped back."""


@dataclass(frozen=True)
class Moved:
    """Another dose replaced it. `since`: when that was ordered, where it is ordered again."""

    to: DoseKey
    since: datetime | None = None


Mark = Laid | Gone | Moved


# -- what is said of a dose ------------------------------------------------------------------------


class Step(StrEnum):
    """How far a film is."""

    ANNOUNCED = "announced"
    PROCESSING = "processing"
    WAITING = "waiting"
    BEHIND = "behind another film"
    GIVEN_UP = "given up"
    JUDGED = "judged"


PROGRESS: dict[Step | None, Progress] = {
    Step.ANNOUNCED: Progress.UPLOADING,
    Step.PROCESSING: Progress.PROCESSING,
    Step.WAITING: Progress.PENDING_REVIEW,
}


SILENT = (None, Step.BEHIND, Step.GIVEN_UP)


@dataclass(frozen=True)
class FilmLine:
    """A step of a film; a judged one has its verdict and who read it."""

    step: Step
    verdict: Verdict | None = None
    by: int | None = None


@dataclass
class Film:
    """A film of a dose; `captured` never lies after its announcement."""

    film: int
    dose: DoseKey
    captured: datetime
    steps: Journal[FilmLine] = field(default_factory=Journal)

    def step(self, at: datetime) -> Step | None:
        """How far it is."""
        line = self.steps.read(at)
        return line.step if line else None


@dataclass
class StaffEntry:
    """Staff saw the dose; struck through when it was wrong."""

    entry: int
    dose: DoseKey
    how: Seen
    by: int
    made: datetime
    struck: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Whether it was made and not struck through."""
        return self.made <= at and (self.struck is None or at < self.struck)


@dataclass
class Dose:
    """One dose of a treatment: its window, the lines of its plan, what was said of it."""

    key: DoseKey
    zone: str
    when: Window = field(init=False)
    course: Journal[Mark] = field(default_factory=Journal)
    films: list[Film] = field(default_factory=list)
    words: Journal[bool] = field(default_factory=Journal)
    entries: list[StaffEntry] = field(default_factory=list)
    answers: Journal[frozenset[str]] = field(default_factory=Journal)

    def __post_init__(self) -> None:
        self.when = window(self.key.day, self.zone)

    @property
    def day(self) -> date:
        """Its dose day."""
        return self.key.day

    def laid(self, at: datetime) -> Laid | None:
        """Return the newest line that laid it: its hour and drugs stay with it when it goes."""
        return next((m for _, m in self.course.until(at) if isinstance(m, Laid)), None)

    def stands(self, at: datetime) -> bool:
        """Whether its plan still has it (held or not)."""
        return isinstance(self.course.read(at), Laid)

    def due(self, at: datetime) -> datetime:
        """When it is due."""
        laid = self.laid(at)
        return due(self.day, laid.hour, self.zone) if laid else self.when.opens

    def progress(self, at: datetime) -> Progress | None:
        """Of the film that speaks for it: the last that was announced, arrived or was taken up."""
        steps = (film.step(at) for film in reversed(self.films))
        speaking = next((s for s in steps if s not in SILENT), None)
        return PROGRESS.get(speaking)

    def speaks(self, film: Film) -> None:
        """Let this film speak for the dose from now on."""
        self.films.remove(film)
        self.films.append(film)

    def verdict(self, at: datetime) -> Verdict | None:
        """Of the newest film that a person judged."""
        lines = (film.steps.read(at) for film in reversed(self.films))
        return next((x.verdict for x in lines if x and x.verdict), None)

    def seen(self, at: datetime) -> Seen | None:
        """Return the newest staff entry that stands."""
        return next((e.how for e in reversed(self.entries) if e.stands(at)), None)
