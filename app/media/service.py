"""Presign an object for a phone, and believe nothing about it but what the storage says."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Update, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from app.core import clock
from app.core.db import built_once
from app.core.ids import uuid7
from app.core.jobs import enqueue
from app.core.settings import Settings
from app.core.storage import Storage, StoredObject, UploadTicket
from app.media.models import MediaObject, MediaState

SOURCE = "source"
# Work on films has a queue of its own: it is heavy, and may get workers of its own.
QUEUE = "video"


@dataclass(frozen=True)
class Expected:
    """What a phone says it will send, and who wants to hear of it."""

    patient_id: UUID
    content_type: str
    announce_job: str


def new_object(settings: Settings, expected: Expected) -> MediaObject:
    """Choose one random key; the directory of the key also takes what is derived from it.

    Every column has its value, so that the caller may write the row together with others.
    """
    at = clock.now()
    return MediaObject(
        id=uuid7(),
        created_at=at,
        checked_at=at,
        key=f"films/{secrets.token_urlsafe(24)}/{SOURCE}",
        content_type=expected.content_type,
        state=MediaState.PRESIGNED,
        announce_job=expected.announce_job,
        patient_id=expected.patient_id,
        presigned_until=ticket_expiry(settings),
    )


def ticket_expiry(settings: Settings) -> datetime:
    return clock.now() + timedelta(seconds=settings.upload_expires_s)


def ticket(storage: Storage, settings: Settings, media: MediaObject) -> UploadTicket:
    """Make the form for the upload: this key, this type, at most this many bytes."""
    media.presigned_until = ticket_expiry(settings)
    if media.state is MediaState.NEVER_CAME:
        media.state = MediaState.PRESIGNED  # so that the reconciling job looks for it again
    return storage.presign_upload(media.key, media.content_type, settings.upload_max_bytes)


@built_once
def _keep(*, media_id: UUID, size: int, stored_at: datetime) -> ReturningUpdate[str]:
    return (
        update(MediaObject)
        .where(
            MediaObject.id == media_id,
            MediaObject.state.in_([MediaState.PRESIGNED, MediaState.NEVER_CAME]),
        )
        .values(state=MediaState.STORED, size=size, stored_at=stored_at)
        .returning(MediaObject.announce_job)
        .execution_options(synchronize_session=False)
    )


async def confirm(session: AsyncSession, media_id: UUID, stored: StoredObject) -> bool:
    """Record what the storage said and announce it once; False when it was already known."""
    kept = _keep(media_id=media_id, size=stored.size, stored_at=stored.stored_at)
    announce_job = await session.scalar(*kept)
    if announce_job is None:
        return False
    await announce(session, announce_job, media_id)
    return True


async def announce(session: AsyncSession, announce_job: str, media_id: UUID) -> None:
    """Tell the feature that owns the object, by the name of its job."""
    await enqueue(session, announce_job, queue=QUEUE, media_id=media_id)


@built_once
def _set_deletion(*, media_id: UUID, at: datetime | None) -> Update:
    return (
        update(MediaObject)
        .where(MediaObject.id == media_id)
        .values(delete_at=at)
        .execution_options(synchronize_session=False)
    )


async def delete_at(session: AsyncSession, media_id: UUID, at: datetime | None) -> None:
    """Set the day of deletion; None takes it back."""
    await session.execute(*_set_deletion(media_id=media_id, at=at))


def directory(key: str) -> str:
    """Name the prefix that holds a film and all that was made of it."""
    return key.rsplit("/", 1)[0] + "/"


async def merge(session: AsyncSession, from_id: UUID, into_id: UUID) -> None:
    """Two records of one person become one: its films are the other's now."""
    await session.execute(
        update(MediaObject)
        .where(MediaObject.patient_id == from_id)
        .values(patient_id=into_id)
        .execution_options(synchronize_session=False)
    )
