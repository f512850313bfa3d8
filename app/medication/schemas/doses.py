"""Doses as a patient's phone sees them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.core import clock
from app.core.schemas import PHONE_TIME_AHEAD, PHONE_TIME_BEHIND
from app.media.video import VideoProblem
from app.medication.models import (
    CannotFilmReason,
    Evidence,
    RecordingState,
    ReviewReason,
    Slot,
    Verdict,
)
from app.medication.rules import DoseState
from app.medication.schemas.rates import TreatmentRates
from app.medication.symptoms import SymptomCode
from app.patients.models import Condition


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _or_now(said: datetime) -> datetime:
    """Put the server's time in place of an impossible one: nobody's symptom waits for a clock."""
    at = clock.now()
    return said if at - PHONE_TIME_BEHIND <= said <= at + PHONE_TIME_AHEAD else at


ToldAt = Annotated[AwareDatetime, AfterValidator(_or_now)]


class DrugRead(BaseModel):
    name: str
    strength: str | None
    tablets: Decimal


class RecordingBrief(BaseModel):
    recording_id: UUID
    state: RecordingState
    uploaded_at: datetime | None
    problem: VideoProblem | None
    verdict: Verdict | None
    reason: ReviewReason | None
    comment: str | None
    still_url: str | None


class DoseCard(BaseModel):
    """One dose on one card; `state` is derived on the server's clock.

    `revision` grows with every change of the dose, its newest film and what was decided about it.
    `day_code` is shown while filming, and proves the day; it is handed out some days ahead, so
    that a film without signal can be proved too, and null for other days.
    """

    dose_id: UUID
    revision: int
    treatment_name: str
    condition: Condition
    due_on: date
    slot: Slot
    due_at: datetime
    opens_at: datetime
    closes_at: datetime
    drugs: list[DrugRead]
    state: DoseState
    can_film: bool
    can_report: bool
    recording: RecordingBrief | None
    side_effects_answered: bool
    severe: bool
    day_code: str | None


class ReviewRead(BaseModel):
    verdict: Verdict
    reason: ReviewReason | None
    comment: str | None
    decided_at: datetime
    reviewer_name: str


class RecordingHistory(RecordingBrief):
    captured_at: datetime
    delete_on: date | None
    deleted: bool
    reviews: list[ReviewRead]


class DoseReportRead(BaseModel):
    kind: Evidence
    taken: bool
    reason: CannotFilmReason | None
    reported_at: datetime


class DoseDetail(DoseCard):
    recordings: list[RecordingHistory]
    reports: list[DoseReportRead]


class CalendarDay(BaseModel):
    on: date
    doses: list[DoseCard]


class CalendarRead(BaseModel):
    """`treatments`: the month's rates of those that run, and of those that had doses in it."""

    month: str
    days: list[CalendarDay]
    treatments: list[TreatmentRates]


class SymptomRead(BaseModel):
    """`stops`: the conditions whose treatments a severe one stops.

    `asked_of`: the conditions before whose doses it is asked for.
    """

    code: SymptomCode
    label: str
    severe: bool
    advice: str
    asked_of: list[Condition]
    stops: list[Condition]


class SideEffectCreate(Input):
    """No symptoms means: asked, and none felt."""

    symptoms: list[SymptomCode] = Field(max_length=20)
    note: str | None = Field(default=None, max_length=500)
    reported_at: ToldAt


class DoseStanding(BaseModel):
    """What a card of the dose says by now, for a phone that has an older one."""

    dose_id: UUID
    revision: int
    state: DoseState
    can_film: bool
    can_report: bool
    severe: bool


class SideEffectRead(BaseModel):
    """`stopped` names treatments; `doses` are the one answered and all that it leaves stopped."""

    report_id: UUID
    severe: bool
    advice: str | None
    filming_allowed: bool
    stopped: list[str]
    doses: list[DoseStanding]


class DoseReportCreate(Input):
    """`said_at`: when the phone was told, by its clock; it may have had no signal since."""

    taken: bool
    reason: CannotFilmReason
    note: str | None = Field(default=None, max_length=500)
    said_at: ToldAt | None = None


class StaffReportCreate(Input):
    """A dose a member of staff saw: over a live call, or given by hand."""

    kind: Literal["live", "in_person"]
    note: str | None = Field(default=None, max_length=500)
