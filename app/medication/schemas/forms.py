"""What the forms of the PC pages send."""

from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.core.forms import Key
from app.core.schemas import LongLine, MediumLine, NearDay, Note
from app.institutions.reach import clinic_today
from app.medication.models import Outcome
from app.patients.models import Condition

MOVED_AT_MOST = timedelta(days=60)


def _soon(typed: date) -> date:
    if typed > clinic_today() + MOVED_AT_MOST:
        raise ValueError("最多改到 60 天以内，请核对日期。")
    return typed


SoonDay = Annotated[NearDay, AfterValidator(_soon)]
# A checkbox by which the doctor says that what the page asked about is meant.
Meant = Literal["yes"] | None
# Of the treatment that the form was filled from. A number that no treatment has is an older one.
Version = Annotated[int, Field(ge=0, lt=2**31)]


class Sent(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)


class OfTreatment(Sent):
    """A form that changes a treatment."""

    version: Version | None = None


class SeenDoseForm(Sent):
    kind: Literal["live", "in_person"]
    note: Note | None = None
    key: Key


class CorrectionForm(Sent):
    why: Note


class RescheduleForm(OfTreatment):
    to_on: SoonDay


class HoldForm(OfTreatment):
    """`every`: all running treatments of the patient."""

    from_on: NearDay
    to_on: NearDay
    reason: LongLine
    every: Meant = None
    key: Key


class EndHoldForm(OfTreatment):
    """`every`: also in the other treatments that were held with it."""

    every: Meant = None


class StopForm(OfTreatment):
    stopped_on: NearDay
    outcome: Outcome


class CorrectStopForm(OfTreatment):
    """Another day and outcome, or `taken_back`; `another`: beside one like it that runs."""

    stopped_on: NearDay | None = None
    outcome: Outcome | None = None
    taken_back: Meant = None
    another: Meant = None
    why: LongLine | None = None


class OrderForm(Sent):
    """What a new treatment says besides its plan; see `TreatmentCreate`."""

    template_id: UUID | None = None
    name: MediumLine
    condition: Condition
    passed_too: Meant = None
    far: Meant = None
    another: Meant = None
    key: Key


class EditForm(OfTreatment):
    """`leaving_out`: told of the doses that would be lost, the doctor means it.

    `another`: so is a drug that another treatment has, too.
    """

    from_on: NearDay
    leaving_out: Meant = None
    another: Meant = None
    passed_too: Meant = None
