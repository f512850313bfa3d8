"""The review queue: one film at a time, one key a verdict."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.core.normal_forms import clean_note
from app.core.schemas import PhoneTime
from app.medication.models import Reading, RecordingFlag, ReviewReason, Slot, Verdict
from app.medication.schemas.doses import DrugRead
from app.patients.models import BirthPrecision, Sex

MOST_HELD = 3


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NextRequest(Input):
    """Films this page already holds: their leases are prolonged, and another one is given.

    `skipping` names films not to be given now: skipped ones, and one whose verdict is on its way.
    """

    holding: list[UUID] = Field(max_length=MOST_HELD)
    skipping: list[UUID] = Field(default=[], max_length=200)


class LeaseKeep(Input):
    """Films still on the screen: the reviewer is at work, their leases are prolonged."""

    holding: list[UUID] = Field(max_length=MOST_HELD)


class ReviewPatient(BaseModel):
    patient_id: UUID
    name: str
    sex: Sex
    age: int
    birth_precision: BirthPrecision


class ReviewDose(BaseModel):
    dose_id: UUID
    due_on: date
    slot: Slot
    drugs: list[DrugRead]


class ReviewItem(BaseModel):
    """All that is needed to decide; links live for an hour. A second reading is blind.

    `after_change`: whether it was captured after the plan let go of the dose; null: it never did.
    """

    recording_id: UUID
    reading: Reading
    leased_until: datetime
    patient: ReviewPatient
    dose: ReviewDose
    treatment_name: str
    day_code: str
    expected_code: str
    captured_at: datetime
    after_change: bool | None
    uploaded_at: datetime
    due_by: datetime
    duration_ms: int
    mirrored: bool
    flags: list[RecordingFlag]
    symptoms: list[str]
    film_url: str
    poster_url: str
    sheet_url: str


class QueueCounts(BaseModel):
    """Films that wait within this person's reach."""

    waiting: int
    overdue: int
    flagged: int


class LeasesKept(QueueCounts):
    """`kept` are those of the asked films that this person still holds."""

    kept: list[UUID]


class NextRead(QueueCounts):
    item: ReviewItem | None


class TabletsSeen(Input):
    """One line of the dose: two strengths of one drug are two lines."""

    name: str = Field(max_length=60)
    strength: str | None = Field(default=None, max_length=60)
    seen: Annotated[Decimal, Field(ge=0, le=20, multiple_of=Decimal("0.25"))]


def _to_read(typed: str | None) -> str | None:
    """Take words of which nothing shows for none."""
    try:
        return clean_note(typed) if typed is not None else None
    except ValueError:
        return None


Words = Annotated[str | None, AfterValidator(_to_read)]


class VerdictCreate(Input):
    verdict: Verdict
    reason: ReviewReason | None
    comment: Words = Field(max_length=300)
    tablets: list[TabletsSeen] | None = Field(max_length=20)
    watched_ms: int = Field(ge=0, le=3_600_000)
    opened_at: PhoneTime
    played_rate: Decimal = Field(ge=Decimal("0.25"), le=4)


class VerdictRead(BaseModel):
    review_id: UUID
    undo_until: datetime


class ReleaseRequest(Input):
    recording_ids: list[UUID] = Field(max_length=MOST_HELD)
