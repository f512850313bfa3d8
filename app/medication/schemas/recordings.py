"""Announcing a film and confirming it."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.core import clock
from app.core.schemas import FourDigits
from app.medication.models import RecordingState

# A phone that was reset has a day of some year; its film has the code of the day all the same.
CLOCK_OFF_AT_MOST = timedelta(days=3 * 366)


def _by_some_clock(said: datetime) -> datetime:
    at = clock.now()
    if not at - CLOCK_OFF_AT_MOST <= said <= at + CLOCK_OFF_AT_MOST:
        raise ValueError("手机的时间不对，请打开自动设置时间再试。")
    return said


# Of a film: its phone's clock may be off by days, and loses no film by that alone.
FilmTime = Annotated[AwareDatetime, AfterValidator(_by_some_clock)]


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RecordingCreate(Input):
    """What the phone says of its film; hints only: the server probes the file itself."""

    content_type: str = Field(max_length=100)
    size: int = Field(ge=0)
    duration_ms: int = Field(ge=0)
    captured_at: FilmTime
    opened_at: FilmTime
    day_code: FourDigits
    mirrored: bool


class UploadRead(BaseModel):
    """A presigned POST: all fields first, then the file as `file`."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


class RecordingTicket(BaseModel):
    """`dose_revision` tells the phone which cards of the dose are older than this answer."""

    recording_id: UUID
    state: RecordingState
    upload: UploadRead | None
    dose_revision: int


class UploadedCreate(Input):
    sent_at: FilmTime


class RecordingRead(BaseModel):
    """`dose_revision` tells the phone which cards of the dose are older than this answer."""

    recording_id: UUID
    state: RecordingState
    uploaded_at: datetime | None
    dose_revision: int
