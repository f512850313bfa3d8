"""What comes in and goes out about the end of a record and of a phone's binding."""

from uuid import UUID

from pydantic import BaseModel

from app.core.forms import Key
from app.core.schemas import NearDay, Note
from app.patients.models import RecordEnd


class CloseForm(BaseModel):
    """`closed_on` is the day from which on nothing was due any more."""

    reason: RecordEnd
    closed_on: NearDay
    note: Note | None = None
    version: int
    key: Key


class ReopenForm(BaseModel):
    why: Note
    version: int


class SheetForm(BaseModel):
    """Its key makes the code: the answer loaded again is the same sheet."""

    key: Key | None = None


class UnbindForm(BaseModel):
    version: int


class EndingRead(BaseModel):
    """What the phone of a record reads that its team has closed, and whom to call.

    `care_goes_on` is false where nobody is to be told to go on with drugs.
    """

    patient_id: UUID
    care_goes_on: bool
    team_name: str
    institution_name: str
    team_phone: str | None
    institution_phone: str | None
    on_call_phone: str | None
