"""Announcing a film and confirming it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.schemas import FourDigits, PhoneTime
from app.medication.models import RecordingState


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RecordingCreate(Input):
    """What the phone says of its film; hints only: the server probes the file itself."""

    content_type: str = Field(max_length=100)
    size: int = Field(ge=0)
    duration_ms: int = Field(ge=0)
    captured_at: PhoneTime
    opened_at: PhoneTime
    day_code: FourDigits
    mirrored: bool


class UploadRead(BaseModel):
    """A presigned POST: all fields first, then the file as `file`."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


class RecordingTicket(BaseModel):
    recording_id: UUID
    state: RecordingState
    upload: UploadRead | None


class UploadedCreate(Input):
    sent_at: PhoneTime


class RecordingRead(BaseModel):
    recording_id: UUID
    state: RecordingState
    uploaded_at: datetime | None
