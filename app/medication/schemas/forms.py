"""What the forms of the PC pages send."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.medication.models import Outcome
from app.patients.models import Condition


class Sent(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)


class SeenDoseForm(Sent):
    kind: Literal["live", "in_person"]
    note: str | None = Field(default=None, max_length=500)


class RescheduleForm(Sent):
    to_on: date


class HoldForm(Sent):
    from_on: date
    to_on: date
    reason: str = Field(min_length=1, max_length=200)


class StopForm(Sent):
    stopped_on: date
    outcome: Outcome


class OrderForm(Sent):
    """What a new treatment says besides its plan."""

    template_id: UUID | None = None
    name: str = Field(min_length=1, max_length=60)
    condition: Condition


class EditForm(Sent):
    from_on: date
