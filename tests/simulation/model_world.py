"""What there is: patients, treatments with their holds and stops, doses, films; and refusing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from tests.simulation.model_days import DAY, OWN_CORRECTION, dose_day
from tests.simulation.model_doses import Dose, Film, Journal, Laid, Moved, StaffEntry
from tests.simulation.model_events import StartTreatment
from tests.simulation.model_rules import Expectation, Facts, waits
from tests.simulation.model_words import AlertKind, DoseKey, Patient, Plan, Refusal


class RefusedError(Exception):
    """An event that changes nothing; raised before anything is written."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


def need(holds: bool, reason: Refusal) -> None:
    """Refuse unless it holds."""
    if not holds:
        raise RefusedError(reason)


@dataclass(frozen=True)
class Span:
    """The days of a hold; without a last day until a clinician decides."""

    first: date
    last: date | None

    def covers(self, day: date) -> bool:
        """Whether the day is held."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass
class HoldOf:
    """A hold in one treatment. Its end may be brought forward, and is kept as it was before."""

    label: int
    because: DoseKey | None = None  # the dose before which severe symptoms were answered
    span: Journal[Span] = field(default_factory=Journal)
    lapsed: Journal[bool] = field(default_factory=Journal)  # nobody waits: its treatment ended

    def covers(self, day: date, at: datetime) -> bool:
        """Whether it holds the day."""
        span = self.span.read(at)
        return span is not None and span.covers(day)

    def undecided(self, at: datetime) -> bool:
        """Whether it waits for a clinician."""
        return self.open_ended(at) and not self.lapsed.read(at)

    def open_ended(self, at: datetime) -> bool:
        """Whether no clinician has given it an end."""
        span = self.span.read(at)
        return span is not None and span.last is None

    def over(self, today: date, at: datetime) -> bool:
        """Whether no day from today on is held."""
        span = self.span.read(at)
        if span is None or span.last is None:
            return span is None
        return span.last < max(today, span.first)

    def end(self, at: datetime, last: date) -> None:
        """Let it end on that day."""
        span = self.span.read(at)
        assert span is not None
        self.span.write(at, Span(span.first, last))


@dataclass(frozen=True)
class StopLine:
    """The last day of a treatment; None: taken back."""

    last_day: date | None
    by: int


@dataclass(frozen=True)
class Closing:
    """Staff closed an alert at this level."""

    kind: AlertKind
    episode: DoseKey | None
    level: int


@dataclass
class Treatment:
    """A treatment, and everything that was planned for it."""

    order: StartTreatment
    zone: str
    started: datetime
    plans: Journal[Plan] = field(default_factory=Journal)
    doses: dict[DoseKey, Dose] = field(default_factory=dict)
    days: dict[date, list[Dose]] = field(default_factory=dict)
    holds: list[HoldOf] = field(default_factory=list)
    stops: Journal[StopLine] = field(default_factory=Journal)
    closings: Journal[Closing] = field(default_factory=Journal)
    kept: dict[tuple[DoseKey, datetime], Facts] | None = None

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Work out the facts of a dose at an instant once, while nothing happens inside."""
        self.kept = {}
        try:
            yield
        finally:
            self.kept = None

    def today(self, at: datetime) -> date:
        """Return the dose day of the patient."""
        return dose_day(at, self.zone)

    def plan(self, at: datetime) -> Plan | None:
        """Return the newest plan."""
        return self.plans.read(at)

    def last_day(self, at: datetime) -> date | None:
        """Return the last day that a stop says."""
        stop = self.stops.read(at)
        return stop.last_day if stop else None

    def runs(self, at: datetime) -> bool:
        """Return whether it has started and is not past its last day."""
        last = self.last_day(at)
        return self.started <= at and (last is None or last >= self.today(at))

    def after_end(self, day: date, at: datetime) -> bool:
        """Whether the day lies after the last day."""
        last = self.last_day(at)
        return last is not None and last < day

    def held(self, day: date, at: datetime) -> bool:
        """Whether any hold covers the day."""
        return bool(self.holds) and any(hold.covers(day, at) for hold in self.holds)

    def dose(self, key: DoseKey) -> Dose:
        """Return the dose of this label, made when it is first asked for."""
        if key not in self.doses:
            self.doses[key] = Dose(key, self.zone)
            self.days.setdefault(key.day, []).append(self.doses[key])
        return self.doses[key]

    def expectation(self, dose: Dose, at: datetime) -> Expectation:
        """Return what the plan wants of the dose: its own mark, then the stop, then the holds."""
        mark = dose.course.read(at)
        if isinstance(mark, Moved):
            return Expectation.RESCHEDULED
        if not isinstance(mark, Laid) or self.after_end(dose.day, at):
            return Expectation.CANCELLED
        return Expectation.HELD if self.held(dose.day, at) else Expectation.EXPECTED

    def facts(self, dose: Dose, at: datetime) -> Facts:
        """Return the facts of the dose at an instant."""
        if self.kept is None:
            return self._facts(dose, at)
        if (dose.key, at) not in self.kept:
            self.kept[dose.key, at] = self._facts(dose, at)
        return self.kept[dose.key, at]

    def _facts(self, dose: Dose, at: datetime) -> Facts:
        return Facts(
            expectation=self.expectation(dose, at),
            progress=dose.progress(at),
            verdict=dose.verdict(at),
            seen=dose.seen(at),
            word=dose.words.read(at),
        )

    def told(self, dose: Dose, at: datetime) -> bool:
        """Whether a film, an entry or the word tells of it, or a film is on its way."""
        facts = self.facts(dose, at)
        return facts.came or waits(facts, dose.when, at)

    def said(self, dose: Dose, at: datetime) -> bool:
        """Whether anything was said of it: its drugs and hour stay."""
        spoke = dose.words.read(at) is not None or dose.answers.read(at) is not None
        return spoke or self.told(dose, at)

    def successor(self, dose: Dose, at: datetime) -> Dose:
        """Return the dose at the end of the moves from this one; itself when it was not moved."""
        mark = dose.course.read(at)
        while isinstance(mark, Moved):
            dose = self.doses[mark.to]
            mark = dose.course.read(at)
        return dose


class World:
    """All there is, by label."""

    def __init__(self, patients: tuple[Patient, ...]) -> None:
        self.patients = {p.patient: p for p in patients}
        self.treatments: dict[int, Treatment] = {}
        self.films: dict[int, Film] = {}
        self.entries: dict[int, StaffEntry] = {}
        self.hold_labels: set[int] = set()

    def patient(self, label: int) -> Patient:
        """Return the patient, or refuse."""
        need(label in self.patients, Refusal.UNKNOWN)
        return self.patients[label]

    def treatment(self, label: int) -> Treatment:
        """Return the treatment, or refuse."""
        need(label in self.treatments, Refusal.UNKNOWN)
        return self.treatments[label]

    def dose(self, key: DoseKey) -> tuple[Treatment, Dose]:
        """Return a dose that was laid at some time, or refuse."""
        treatment = self.treatment(key.treatment)
        need(key in treatment.doses, Refusal.UNKNOWN)
        return treatment, treatment.doses[key]

    def film(self, label: int) -> Film:
        """Return the film, or refuse."""
        need(label in self.films, Refusal.UNKNOWN)
        return self.films[label]

    def of(self, patient: int) -> list[Treatment]:
        """Return the treatments of a patient."""
        return [t for t in self.treatments.values() if t.order.patient == patient]

    def running(self, patient: int, at: datetime) -> list[Treatment]:
        """Return the running treatments of a patient."""
        return [t for t in self.of(patient) if t.runs(at)]


def may_correct(at: datetime, by: int, supervisor: bool, made: datetime, maker: int | None) -> None:
    """C1: one's own entry within 24 hours, any as a supervisor; or refuse."""
    own = by == maker and at - made < OWN_CORRECTION
    need(supervisor or own, Refusal.NOT_YOURS)


def day_before(day: date) -> date:
    """Return the last day of what ends from this day on."""
    return day - DAY
