"""Presign an object for a phone, and believe nothing about it but what the storage says."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Insert, Update, cast, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from app.core import clock
from app.core.hot import hot
from app.core.ids import uuid7
from app.core.jobs import NewJob, enqueue, enqueue_each
from app.core.media_kinds import DerivedPrefix, MediaKind
from app.core.refs import Ref
from app.core.settings import Settings
from app.core.statements import PreparedWrite
from app.core.storage import Storage, StoredObject, UploadTicket
from app.media.models import MediaObject, MediaState
from app.media.problems import MediaTooLarge, MediaTypeUnknown

SOURCE = "source"
DROP_SOURCE_JOB = "media.drop_source"
# A phone confirms within seconds; wait a little so that the reconciling job does not race it.
SETTLE = timedelta(minutes=1)


class NewObject(NamedTuple):
    """The row of an object that is announced: every column that a new one has.

    The caller writes it together with its own row (`insertion`), or as a `MediaObject`.
    """

    id: UUID
    created_at: datetime
    key: str
    content_type: str
    state: MediaState
    family: str
    purpose: str
    owner_feature: str
    owner_kind: str
    owner_id: UUID
    announce_job: str
    deleted_job: str | None
    queue: str
    max_bytes: int
    keep_days: int
    patient_id: UUID | None
    presigned_until: datetime
    next_check_at: datetime
    checks: int


def check_announced(settings: Settings, kind: MediaKind, content_type: str, size: int) -> None:
    """Refuse what the storage would refuse, while the phone can still tell its owner."""
    if content_type not in kind.content_types:
        raise MediaTypeUnknown
    largest = kind.max_bytes(settings)
    if size > largest:
        raise MediaTooLarge(largest=largest)


def new_object(
    settings: Settings, kind: MediaKind, content_type: str, patient_id: UUID | None, owner: Ref
) -> NewObject:
    """Choose one random key; the directory of the key also takes what is derived from it.

    Without a `patient_id` it is about no person, such as words that an institution has spoken.
    """
    at = clock.now()
    return NewObject(
        id=uuid7(),
        created_at=at,
        key=f"{kind.prefix}{secrets.token_urlsafe(24)}/{SOURCE}",
        content_type=content_type,
        state=MediaState.PRESIGNED,
        family=kind.family,
        purpose=kind.code,
        owner_feature=owner.feature,
        owner_kind=owner.kind,
        owner_id=owner.id,
        announce_job=kind.announce_job,
        deleted_job=kind.deleted_job,
        queue=kind.queue,
        max_bytes=kind.max_bytes(settings),
        keep_days=kind.keep_days(settings),
        patient_id=patient_id,
        presigned_until=ticket_expiry(settings),
        next_check_at=at + SETTLE,
        checks=0,
    )


def insertion(values: Mapping[str, Any]) -> Insert:
    """Write a NewObject as a part of the owner's statement, in one round trip with its row."""
    return insert(MediaObject).values(dict(values))


def ticket_expiry(settings: Settings) -> datetime:
    return clock.now() + timedelta(seconds=settings.upload_expires_s)


def ticket(storage: Storage, media: NewObject) -> UploadTicket:
    """Make the form for the upload: this key, this type, at most this many bytes."""
    return storage.presign_upload(media.key, media.content_type, media.max_bytes)


def another_ticket(storage: Storage, settings: Settings, media: MediaObject) -> UploadTicket:
    """As `ticket`, for an object announced before: from now on it is waited for anew."""
    media.presigned_until = ticket_expiry(settings)
    media.next_check_at, media.checks = clock.now() + SETTLE, 0
    if media.state is MediaState.NEVER_CAME:
        media.state = MediaState.PRESIGNED  # so that the reconciling job looks for it again
    return storage.presign_upload(media.key, media.content_type, media.max_bytes)


def link(storage: Storage, media: MediaObject) -> str | None:
    """Make a link to what the phone sent; None where the storage does not have it (any more).

    For the owning feature only, after its own loader has let the reader in.
    """
    stored = media.state is MediaState.STORED
    return storage.link(media.key, media.content_type) if stored else None


def link_beside(storage: Storage, media: MediaObject, name: str, content_type: str) -> str | None:
    """As `link`, to what we made of an object and put beside it under `name`."""
    stored = media.state is MediaState.STORED
    return storage.link(f"{directory(media.key)}{name}", content_type) if stored else None


def _latest(stored_at: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return stored_at + func.make_interval(0, 0, 0, MediaObject.keep_days)


class _Kept(NamedTuple):
    announce_job: str
    queue: str
    patient_id: UUID | None


@hot(_Kept)
def _keep(
    *, media_id: UUID, size: int, stored_at: datetime
) -> ReturningUpdate[str, str, UUID | None]:
    came = cast(stored_at, DateTime(timezone=True))
    return (
        update(MediaObject)
        .where(
            MediaObject.id == media_id,
            MediaObject.state.in_([MediaState.PRESIGNED, MediaState.NEVER_CAME]),
        )
        .values(
            state=MediaState.STORED,
            size=size,
            stored_at=came,
            delete_at=func.least(MediaObject.delete_at, _latest(came)),
        )
        .returning(MediaObject.announce_job, MediaObject.queue, MediaObject.patient_id)
    )


async def confirm(session: AsyncSession, media_id: UUID, stored: StoredObject) -> bool:
    """Record what the storage said and announce it once; False when it was already known."""
    found = await _keep.first(
        session, media_id=media_id, size=stored.size, stored_at=stored.stored_at
    )
    if found is None:
        return False
    announce_job, queue, patient_id = found
    lock = _one_at_a_time(announce_job, patient_id)
    await enqueue(session, announce_job, queue=queue, lock=lock, media_id=media_id)
    return True


def _one_at_a_time(announce_job: str, patient_id: UUID | None) -> str:
    """Let no patient fill the slots of all: their objects are worked on one after another.

    As are all those of one kind that are about no person.
    """
    return f"{announce_job}:{patient_id}" if patient_id else announce_job


async def announce_again(session: AsyncSession, media_ids: Sequence[UUID]) -> None:
    """Give objects whose announcing job gave up a new one."""
    result = await session.execute(
        select(
            MediaObject.id, MediaObject.announce_job, MediaObject.queue, MediaObject.patient_id
        ).where(MediaObject.id.in_(media_ids))
    )
    await enqueue_each(
        session,
        [
            NewJob(
                row.announce_job,
                {"media_id": row.id},
                row.queue,
                _one_at_a_time(row.announce_job, row.patient_id),
            )
            for row in result
        ],
    )


async def announce_later(session: AsyncSession, media: MediaObject, at: datetime) -> None:
    """Announce an object once more, not before this time; its patient's others wait behind it."""
    lock = _one_at_a_time(media.announce_job, media.patient_id)
    await enqueue(
        session, media.announce_job, queue=media.queue, lock=lock, at=at, media_id=media.id
    )


def deletion(*, media_id: UUID, at: datetime | None) -> Update:
    """As `delete_at`, for a part of the owner's statement."""
    stored_at = func.coalesce(MediaObject.stored_at, MediaObject.created_at)
    wanted_at = cast(at, DateTime(timezone=True))
    return (
        update(MediaObject)
        .where(MediaObject.id == media_id)
        .values(delete_at=func.least(wanted_at, _latest(stored_at)))  # least() passes over null
        .execution_options(synchronize_session=False)
    )


_set_deletion = PreparedWrite(deletion)


async def delete_at(session: AsyncSession, media_id: UUID, at: datetime | None) -> None:
    """Set the day of deletion, never later than the kind allows; None takes it back to that."""
    await _set_deletion.execute(session, media_id=media_id, at=at)


async def discard(session: AsyncSession, media_ids: Collection[UUID]) -> None:
    """Delete these objects now, and what a form that is still open puts there afterwards.

    The form itself cannot be called back, so its key is deleted once more when it can write no
    more; whatever comes even later finds a row whose day of deletion has passed.
    """
    due = await session.execute(
        update(MediaObject)
        .where(MediaObject.id.in_(media_ids), MediaObject.state != MediaState.DELETED)
        .values(delete_at=clock.now())
        .returning(MediaObject.id, MediaObject.presigned_until)
        .execution_options(synchronize_session=False)
    )
    for media_id, presigned_until in due.all():
        if presigned_until > clock.now():
            await enqueue(session, DROP_SOURCE_JOB, at=presigned_until, media_id=media_id)


def directory(key: str) -> str:
    """Name the prefix that holds an object and all that was made of it."""
    return key.rsplit("/", 1)[0] + "/"


def derived_directory(key: str, derived: DerivedPrefix) -> str:
    """Name the place of what was made of an object and lies apart."""
    return derived.prefix + key.split("/", 2)[1] + "/"


async def drop_source_later(session: AsyncSession, media: MediaObject) -> None:
    """Delete what the phone sent once its form can write no more; what we made of it stays."""
    await enqueue(session, DROP_SOURCE_JOB, at=media.presigned_until, media_id=media.id)


async def merge(session: AsyncSession, from_id: UUID, into_id: UUID) -> None:
    """Two records of one person become one: its films are the other's now."""
    await session.execute(
        update(MediaObject)
        .where(MediaObject.patient_id == from_id)
        .values(patient_id=into_id)
        .execution_options(synchronize_session=False)
    )
