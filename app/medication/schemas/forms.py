"""What the forms of the PC pages send."""

from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.core.forms import Key
from app.core.schemas import NearDay, Note
from app.institutions.reach import clinic_today
from app.medication.models import Outcome
from app.patients.models import Condition

MOVED_AT_MOST = timedelta(days=60)


def _soon(typed: date) -> date:
    if typed > clinic_today() + MOVED_AT_MOST:
        raise ValueError("最多改到 60 天以内，请核对日期。")
    return typed


SoonDay = Annotated[NearDay, AfterValidator(_soon)]


class Sent(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)


class SeenDoseForm(Sent):
    kind: Literal["live", "in_person"]
    note: str | None = Field(default=None, max_length=500)
    key: Key


class CorrectionForm(Sent):
    why: Note


class RescheduleForm(Sent):
    to_on: SoonDay


class HoldForm(Sent):
    from_on: NearDay
    to_on: NearDay
    reason: str = Field(min_length=1, max_length=200)
    key: Key


class StopForm(Sent):
    stopped_on: NearDay
    outcome: Outcome


class OrderForm(Sent):
    """What a new treatment says besides its plan."""

    template_id: UUID | None = None
    name: str = Field(min_length=1, max_length=60)
    condition: Condition
    key: Key


class EditForm(Sent):
    """`leaving_out`: told of the doses that would be lost, the doctor means it."""

    from_on: NearDay
    leaving_out: Literal["yes"] | None = None
