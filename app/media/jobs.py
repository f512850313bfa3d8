"""Find what phones never confirmed, delete what is due, sweep what nobody owns."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, true, tuple_, update

from app.core import clock
from app.core.job_context import JobContext
from app.core.jobs import enqueue, job
from app.core.media_kinds import MediaKind
from app.core.storage import StorageUnavailable
from app.media import service
from app.media.models import MediaObject, MediaState

log = logging.getLogger("app.media")
BATCH = 200
# How long to wait after each look that found nothing; the last one for ever. A form for an upload
# lives minutes, so after the first hour an object comes only if a phone asked for a new one.
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360))
# After this an object that never came is given up; a later one has its own row.
GIVE_UP = timedelta(hours=72)
# Objects without a row: a rolled-back request can leave one only while its ticket lives.
ORPHAN_AGE = timedelta(days=1)


class Announced(NamedTuple):
    id: UUID
    key: str
    checks: int


class Due(NamedTuple):
    id: UUID
    key: str
    purpose: str
    delete_at: datetime | None


def _kinds(context: JobContext) -> Mapping[str, MediaKind]:
    return context.features.media_kinds


@job("media.reconcile", cron="*/1 * * * *", lock="media.reconcile")
async def reconcile(context: JobContext) -> None:
    """Ask the storage for announced objects whose confirmation is late, ever less often."""
    for media in await _unconfirmed(context):
        if not await _found(context, media):
            await _look_later(context, media)
    await _give_up(context)


async def _unconfirmed(context: JobContext) -> Sequence[Announced]:
    """Take those longest due, out of the way of the next run."""
    now = clock.now()
    longest_due = (
        select(MediaObject.id)
        .where(MediaObject.state == MediaState.PRESIGNED, MediaObject.next_check_at <= now)
        .order_by(MediaObject.next_check_at)
        .limit(BATCH)
    )
    async with context.sessions.begin() as session:
        found = await session.execute(
            update(MediaObject)
            .where(MediaObject.id.in_(longest_due))
            .values(next_check_at=now + service.SETTLE)
            .returning(MediaObject.id, MediaObject.key, MediaObject.checks)
        )
        return [Announced(*row) for row in found]


async def _found(context: JobContext, media: Announced) -> bool:
    stored = await context.storage.head(media.key)
    if stored is None:
        return False
    async with context.sessions.begin() as session:
        if await service.confirm(session, media.id, stored):
            log.info("upload found", extra={"media": str(media.id)})
    return True


async def _look_later(context: JobContext, media: Announced) -> None:
    """Only after an answer of the storage: while it is away, nothing has to wait longer."""
    wait = WAITS[min(media.checks, len(WAITS) - 1)]
    async with context.sessions.begin() as session:
        await session.execute(
            update(MediaObject)
            .where(
                MediaObject.id == media.id,
                MediaObject.state == MediaState.PRESIGNED,
                MediaObject.checks == media.checks,  # else a phone got a new form meanwhile
            )
            .values(next_check_at=clock.now() + wait, checks=media.checks + 1)
        )


async def _give_up(context: JobContext) -> None:
    async with context.sessions.begin() as session:
        await session.execute(
            update(MediaObject)
            .where(
                MediaObject.state == MediaState.PRESIGNED,
                MediaObject.presigned_until < clock.now() - GIVE_UP,
            )
            .values(state=MediaState.NEVER_CAME)
        )


@job("media.expire", cron="*/10 * * * *", lock="media.expire")
async def expire(context: JobContext) -> None:
    """Delete objects whose day has come: storage first, so that a crash repeats, never forgets.

    One that cannot be deleted is tried again by the next run, and holds up no other.
    """
    kinds, last = _kinds(context), None
    while due := await _due(context, last):
        for media in due:
            if await _delete(context, _places(kinds.get(media.purpose), media.key)):
                await _mark_deleted(context, media.id)
        last = due[-1]


async def _due(context: JobContext, last: Due | None) -> Sequence[Due]:
    order = (MediaObject.delete_at, MediaObject.id)
    after = true() if last is None else tuple_(*order) > (last.delete_at, last.id)
    async with context.sessions() as session:
        found = await session.execute(
            select(MediaObject.id, MediaObject.key, MediaObject.purpose, MediaObject.delete_at)
            .where(
                MediaObject.state == MediaState.STORED,
                MediaObject.delete_at <= clock.now(),
                after,
            )
            .order_by(*order)
            .limit(BATCH)
        )
        return [Due(*row) for row in found]


def _places(kind: MediaKind | None, key: str) -> Iterator[str]:
    """List the directories that go with an object."""
    yield service.directory(key)
    for derived in kind.derived if kind else ():
        if derived.deleted_with_object:
            yield service.derived_directory(key, derived)


async def _delete(context: JobContext, places: Iterable[str]) -> bool:
    """Say whether all of it is gone; raise when it is the whole storage that is away."""
    try:
        for place in places:
            await context.storage.delete_under(place)
    except StorageUnavailable:
        if not await context.storage.ready():
            raise
        log.exception("object not deleted")
        return False
    return True


async def _mark_deleted(context: JobContext, media_id: UUID) -> None:
    async with context.sessions.begin() as session:
        deleted_job = await session.scalar(
            update(MediaObject)
            .where(MediaObject.id == media_id)
            .values(state=MediaState.DELETED, deleted_at=clock.now())
            .returning(MediaObject.deleted_job)
        )
        if deleted_job is not None:
            await enqueue(session, deleted_job, media_id=media_id)


@job("media.sweep", cron="13 19 * * *", lock="media.sweep")
async def sweep(context: JobContext) -> None:
    """Remove objects that no row owns; a page at a time: there may be a hundred million."""
    for kind in context.features.media_kinds.values():
        await _sweep_prefix(context, kind.prefix, kind.prefix, outlives=False)
        for derived in kind.derived:
            outlives = not derived.deleted_with_object
            await _sweep_prefix(context, derived.prefix, kind.prefix, outlives=outlives)


async def _sweep_prefix(
    context: JobContext, prefix: str, source_prefix: str, *, outlives: bool
) -> None:
    """`outlives`: what lies here stays when the object it was made of is deleted."""
    before, after = clock.now() - ORPHAN_AGE, ""
    while page := await context.storage.list_page(prefix, after):
        after = page[-1].key
        old = {service.directory(o.key) for o in page if o.stored_at < before}
        sources = {
            f"{source_prefix}{place.removeprefix(prefix)}{service.SOURCE}": place for place in old
        }
        for orphan in await _unowned(context, sources, outlives=outlives):
            if await _delete(context, [orphan]):
                log.info("orphan removed")


async def _unowned(context: JobContext, sources: Mapping[str, str], *, outlives: bool) -> set[str]:
    owned = select(MediaObject.key).where(MediaObject.key.in_(sources))
    if not outlives:
        owned = owned.where(MediaObject.state != MediaState.DELETED)
    async with context.sessions() as session:
        found = await session.scalars(owned)
        return set(sources.values()) - {sources[key] for key in found}


@job("media.drop_source")
async def drop_source(context: JobContext, media_id: str) -> None:
    """Delete the object that the phone sent, and leave what lies beside it."""
    async with context.sessions() as session:
        key = await session.scalar(select(MediaObject.key).where(MediaObject.id == UUID(media_id)))
    if key is not None:
        await context.storage.delete([key])
