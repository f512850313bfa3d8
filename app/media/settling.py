"""Objects that the database knows and the storage has lost: after a restore, or by accident."""

import logging
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text, update

from app.core import clock
from app.core.job_context import JobContext
from app.core.jobs import enqueue
from app.core.media_kinds import MediaKind
from app.core.storage import StoredObject
from app.media import service
from app.media.models import MediaObject, MediaState

log = logging.getLogger("app.media")
PAGE = 1000
# More than so many at once is no accident but the wrong bucket, or a restore: a person decides.
MOST_LOST = 100
# The storage lists keys in the order of their bytes, whatever the database sorts words by.
AFTER, UNTIL = MediaObject.key.op("~>~"), MediaObject.key.op("~<=~")
IN_ORDER = text("media_object.key using ~<~")


class TooManyLostError(RuntimeError):
    """The storage lacks so much that nothing was written down; see README, Restore."""


class Lost(NamedTuple):
    key: str
    media_id: UUID


async def listed(context: JobContext, prefix: str) -> AsyncIterator[Sequence[StoredObject]]:
    """List the storage page by page; there may be a hundred million objects."""
    after = ""
    while page := await context.storage.list_page(prefix, after):
        yield page
        after = page[-1].key


async def lost_objects(context: JobContext, kind: MediaKind) -> AsyncIterator[Lost]:
    """Compare rows with the storage's own list, key by key; ask once more before it is believed."""
    after = kind.prefix
    async for page in listed(context, kind.prefix):
        last = page[-1].key
        places = {service.directory(found.key) for found in page}
        async for lost in _between(context, after, last, places):
            yield lost
        after = last
    # "0" follows "/": so all keys below the prefix come before it.
    async for lost in _between(context, after, f"{kind.prefix[:-1]}0", set()):
        yield lost


async def _between(
    context: JobContext, after: str, until: str, places: set[str]
) -> AsyncIterator[Lost]:
    rows = [Lost(after, UUID(int=0))]
    while rows:
        async with context.sessions() as session:
            found = await session.execute(
                select(MediaObject.key, MediaObject.id)
                .where(MediaObject.state == MediaState.STORED, AFTER(rows[-1].key), UNTIL(until))
                .order_by(IN_ORDER)
                .limit(PAGE)
            )
            rows = [Lost(*row) for row in found]
        for row in rows:
            if service.directory(row.key) not in places and await _is_lost(context, row):
                yield row


async def _is_lost(context: JobContext, row: Lost) -> bool:
    """Ask: it may have come a moment ago, or its place lies across two pages of the list."""
    return not await context.storage.list_page(service.directory(row.key), "")


async def mark_deleted(context: JobContext, media_id: UUID) -> None:
    """Note that an object is gone, and tell the feature whose it was."""
    async with context.sessions.begin() as session:
        deleted_job = await session.scalar(
            update(MediaObject)
            .where(MediaObject.id == media_id, MediaObject.state == MediaState.STORED)
            .values(state=MediaState.DELETED, deleted_at=clock.now())
            .returning(MediaObject.deleted_job)
        )
        if deleted_job is not None:
            await enqueue(session, deleted_job, media_id=media_id)


async def settle_few(context: JobContext) -> Sequence[UUID]:
    """List what is lost by accident; raise where it is too much for that."""
    lost: list[UUID] = []
    for kind in context.features.media_kinds.values():
        async for row in lost_objects(context, kind):
            lost.append(row.media_id)
            if len(lost) > MOST_LOST:
                raise TooManyLostError(f"more than {MOST_LOST} objects: python -m app.settle")
    return lost


async def settle_all(context: JobContext) -> int:
    """After a restore: note all that the storage has lost, however many; return how many."""
    count = 0
    for kind in context.features.media_kinds.values():
        async for row in lost_objects(context, kind):
            await mark_deleted(context, row.media_id)
            count += 1
    return count
