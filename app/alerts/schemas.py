"""What the forms of alerts send, and the lines that pages read."""

from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.alerts.models import AlertEventKind, AlertState, ClosedWhy, Recipient
from app.core.normal_forms import clean_note
from app.core.severity import Severity
from app.patients.models import Patient

LIST = "/staff/alerts"
Word = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(clean_note)]


class Sent(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)

    back: str = LIST


class HandleForm(Sent):
    """`times_raised` is the version of the alert that the person saw."""

    action_taken: Word
    times_raised: Annotated[int, Field(ge=1, lt=2**31)]


class HandOverForm(Sent):
    """`assigned_to` is who had it when the form was shown."""

    staff_id: UUID
    assigned_to: UUID | None = None


class TakeBackForm(Sent):
    note: Word


class AlertLine(NamedTuple):
    """One alert in a list; `detail` holds codes and numbers (`count`, `symptoms`)."""

    id: UUID
    kind: str
    severity: Severity
    level: int
    detail: dict[str, Any] | None
    patient_id: UUID
    ends_by: str | None
    state: AlertState
    created_at: datetime
    raised_at: datetime
    times_raised: int
    escalated_to: Recipient | None
    action_taken: str | None
    handled_at: datetime | None
    closed_at: datetime | None
    closed_why: ClosedWhy | None
    team_id: UUID
    assigned_name: str | None
    handled_name: str | None
    closed_name: str | None


class PatientAlertLine(NamedTuple):
    """An alert in a list over many patients, with whom to call."""

    alert: AlertLine
    patient: Patient
    team_name: str


class EventLine(NamedTuple):
    """One step of an alert's history; without a name the system did it."""

    kind: AlertEventKind
    created_at: datetime
    staff_name: str | None
    to_name: str | None
    note: str | None
    detail: dict[str, Any] | None
