"""Lines of a patient's page, as the pages' templates read them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from app.media.video import VideoProblem
from app.medication.models import (
    CannotFilmReason,
    ChangeKind,
    Evidence,
    Expectation,
    Outcome,
    Progress,
    Reading,
    RecordingFlag,
    RecordingState,
    ReviewReason,
    Slot,
    Verdict,
)
from app.medication.running import runs_on
from app.medication.schemas.doses import DrugRead
from app.medication.schemas.rates import RatesLine
from app.patients.models import Condition


class DrugLine(BaseModel):
    name: str
    strength: str | None
    tablets: Decimal
    slots: list[Slot]
    weekdays: list[int]


class PhaseLine(BaseModel):
    name: str
    starts_on: date
    ends_on: date
    drugs: list[DrugLine]


class HoldLine(BaseModel):
    id: UUID
    from_on: date
    to_on: date | None
    reason: str


class HoldOfSeveral(HoldLine):
    """`others`: so many other treatments that run were held by the same act, and still are."""

    others: int


class TreatmentLine(BaseModel):
    id: UUID
    name: str
    condition: Condition
    starts_on: date
    slot_times: dict[str, str]
    stopped_on: date | None
    outcome: Outcome | None
    phases: list[PhaseLine]
    holds: list[HoldLine]

    def runs_on(self, on: date) -> bool:
        return runs_on(self.stopped_on, on)

    def drugs_on(self, on: date) -> list[DrugLine]:
        """Drugs of the phase of this day; none before, between and after the phases."""
        phase = self._phase_on(on)
        return phase.drugs if phase else []

    def place_of(self, on: date) -> "PlaceInCourse | None":
        phase = self._phase_on(on)
        if phase is None:
            return None
        last = max(p.ends_on for p in self.phases)
        return PlaceInCourse(
            phase.name,
            (on - phase.starts_on).days + 1,
            (phase.ends_on - phase.starts_on).days + 1,
            (on - self.starts_on).days + 1,
            (last - self.starts_on).days + 1,
        )

    def _phase_on(self, on: date) -> PhaseLine | None:
        return next((p for p in self.phases if p.starts_on <= on <= p.ends_on), None)


class PlaceInCourse(NamedTuple):
    """Where a day stands: the n-th of the phase's days, and of the whole treatment's."""

    phase: str
    day: int
    days: int
    course_day: int
    course_days: int


class SideEffectLine(BaseModel):
    """`severe_at` is set while the dose is stopped by it."""

    dose_id: UUID
    symptoms: list[str]
    severe: bool
    note: str | None
    reported_at: AwareDatetime
    due_on: date
    slot: Slot
    severe_at: AwareDatetime | None


class ReportLine(BaseModel):
    """`told_at` is when it was said or seen, `changed_at` when the plan let go of the dose.

    `withdrawn_at` says that it was entered wrongly.
    """

    id: UUID
    kind: Evidence
    taken: bool
    reason: CannotFilmReason | None
    note: str | None
    created_at: AwareDatetime
    told_at: AwareDatetime
    changed_at: AwareDatetime | None
    staff_id: UUID | None
    staff_name: str | None
    withdrawn_at: AwareDatetime | None
    withdrawn_why: str | None
    withdrawn_by: str | None
    dose_id: UUID
    due_on: date
    slot: Slot


class ChangeLine(BaseModel):
    """`corrected_*` is set where a later line took its place: it was wrong as a whole."""

    id: UUID
    version: int | None
    kind: ChangeKind
    created_at: AwareDatetime
    detail: dict[str, Any]
    staff_name: str
    treatment_name: str
    corrects_id: UUID | None
    corrected_at: AwareDatetime | None
    corrected_why: str | None
    corrected_by: str | None


class ReadingLine(BaseModel):
    """One reading of a film; `withdrawn_at` says that it was undone, with a reason: corrected."""

    id: UUID
    reading: Reading
    verdict: Verdict
    reason: ReviewReason | None
    comment: str | None
    tablets: list[dict[str, Any]] | None
    watched_ms: int
    created_at: AwareDatetime
    reviewer_id: UUID
    reviewer_name: str
    withdrawn_at: AwareDatetime | None
    withdrawn_why: str | None
    withdrawn_by: str | None


class Overview(NamedTuple):
    treatments: list[TreatmentLine]
    side_effects: list[SideEffectLine]
    rates: list[RatesLine]


class TodayDose(BaseModel):
    """A dose of the day; it has all that rules.DoseFacts asks for."""

    id: UUID
    slot: Slot
    due_at: AwareDatetime
    drugs: list[DrugRead]
    expectation: Expectation
    evidence: Evidence
    verdict: Verdict | None
    progress: Progress
    self_reported_taken: bool | None
    severe_at: AwareDatetime | None
    opens_at: AwareDatetime
    closes_at: AwareDatetime


class LastFilm(BaseModel):
    """The newest film that arrived; `verdict` is that of the first reading, if one stands."""

    dose_id: UUID
    due_on: date
    slot: Slot
    state: RecordingState
    uploaded_at: AwareDatetime
    flags: list[RecordingFlag]
    verdict: Verdict | None


class RunningCourse(BaseModel):
    """A treatment that runs today, and the phase of today, if it has one."""

    name: str
    phase: str | None
    phase_starts_on: date | None
    phase_ends_on: date | None


class CalendarDose(NamedTuple):
    """What a square of the calendar needs; it has all that rules.DoseFacts asks for."""

    id: UUID
    due_on: date
    slot: Slot
    expectation: Expectation
    evidence: Evidence
    verdict: Verdict | None
    progress: Progress
    self_reported_taken: bool | None
    severe_at: datetime | None
    opens_at: datetime
    closes_at: datetime


class DoseMark(NamedTuple):
    """One dose in a square of the calendar."""

    dose_id: UUID
    slot: Slot
    state: str


class CalendarSquare(NamedTuple):
    on: date
    doses: list[DoseMark]


class CalendarMonth(NamedTuple):
    """Weeks begin on Monday; None fills the days of other months."""

    first: date
    weeks: list[list[CalendarSquare | None]]


class FilmRow(NamedTuple):
    """A film as the statement returns it; `readings` are JSON, for `ReadingLine`.

    `changed_at` is when the plan let go of its dose: it may have been taken before.
    `after_severe`: it was captured though a severe symptom had been reported that stops its dose.
    """

    id: UUID
    created_at: datetime
    dose_id: UUID
    due_on: date
    slot: Slot
    changed_at: datetime | None
    after_severe: bool
    state: RecordingState
    behind: bool
    problem: VideoProblem | None
    flags: list[str]
    captured_at: datetime
    uploaded_at: datetime | None
    due_by: datetime | None
    pending_reading: Reading | None
    day_code: str
    duration_ms: int | None
    film_key: str | None
    film_deleted_at: datetime | None
    poster_key: str | None
    sheet_key: str | None
    delete_at: datetime | None
    readings: list[dict[str, Any]]


class FilmLine(NamedTuple):
    """A film with its still; `playable` while the storage still has it."""

    recording: FilmRow
    readings: list[ReadingLine]
    poster_url: str | None
    sheet_url: str | None
    playable: bool
    seconds: float | None
    delete_at: datetime | None
