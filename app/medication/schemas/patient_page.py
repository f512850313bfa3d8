"""Lines of a patient's page, as the pages' templates read them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from app.medication.models import (
    CannotFilmReason,
    ChangeKind,
    Evidence,
    Outcome,
    Reading,
    ReviewReason,
    Slot,
    Verdict,
)
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
    to_on: date
    reason: str


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
    kind: Evidence
    taken: bool
    reason: CannotFilmReason | None
    note: str | None
    created_at: AwareDatetime
    staff_name: str | None
    dose_id: UUID
    due_on: date
    slot: Slot


class ChangeLine(BaseModel):
    kind: ChangeKind
    created_at: AwareDatetime
    detail: dict[str, Any]
    staff_name: str
    treatment_name: str


class ReadingLine(BaseModel):
    """One reading of a film; `withdrawn_at` says that it was undone."""

    id: UUID
    reading: Reading
    verdict: Verdict
    reason: ReviewReason | None
    comment: str | None
    tablets: list[dict[str, Any]] | None
    watched_ms: int
    created_at: AwareDatetime
    reviewer_name: str
    withdrawn_at: AwareDatetime | None


class Overview(NamedTuple):
    treatments: list[TreatmentLine]
    side_effects: list[SideEffectLine]


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


class FilmLine(NamedTuple):
    """A film with its still; `playable` while the storage still has it."""

    recording: Any
    readings: list[ReadingLine]
    poster_url: str | None
    sheet_url: str | None
    playable: bool
    seconds: float | None
    delete_at: datetime | None
