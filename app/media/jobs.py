"""Find what phones never confirmed, delete what is due, sweep what nobody owns."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.items import Items, each_item, pages
from app.core.job_context import JobContext
from app.core.jobs import job
from app.core.media_kinds import MediaKind
from app.media import service
from app.media.models import MediaObject, MediaState
from app.media.settling import listed, mark_deleted, settle_few

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
    async with each_item() as items:
        for media in await _unconfirmed(context):
            async with items.alone(media.id, context.storage.ready):
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
        result = await session.execute(
            update(MediaObject)
            .where(MediaObject.id.in_(longest_due))
            .values(next_check_at=now + service.SETTLE)
            .returning(MediaObject.id, MediaObject.key, MediaObject.checks)
        )
        return [Announced(*row) for row in result]


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
    kinds = _kinds(context)
    async with each_item() as items:
        async for due in pages(context.sessions, _due):
            for media in due:
                async with items.alone(media.id, context.storage.ready):
                    for place in _places(kinds.get(media.purpose), media.key):
                        await context.storage.delete_under(place)
                    await mark_deleted(context, media.id)


async def _due(session: AsyncSession, last: Due | None) -> Sequence[Due]:
    order = (MediaObject.delete_at, MediaObject.id)
    after = true() if last is None else tuple_(*order) > (last.delete_at, last.id)
    result = await session.execute(
        select(MediaObject.id, MediaObject.key, MediaObject.purpose, MediaObject.delete_at)
        .where(
            MediaObject.state == MediaState.STORED,
            MediaObject.delete_at <= clock.now(),
            after,
        )
        .order_by(*order)
        .limit(BATCH)
    )
    return [Due(*row) for row in result]


def _places(kind: MediaKind | None, key: str) -> Iterator[str]:
    """List the directories that go with an object."""
    yield service.directory(key)
    for derived in kind.derived if kind else ():
        if derived.deleted_with_object:
            yield service.derived_directory(key, derived)


@job("media.sweep", cron="13 19 * * *", lock="media.sweep")
async def sweep(context: JobContext) -> None:
    """Remove objects that no row owns, and note rows whose object is lost, if they are few."""
    async with each_item() as items:
        for kind in context.features.media_kinds.values():
            await _sweep_prefix(context, items, kind.prefix, kind.prefix, outlives=False)
            for derived in kind.derived:
                outlives = not derived.deleted_with_object
                await _sweep_prefix(context, items, derived.prefix, kind.prefix, outlives=outlives)
        for media_id in await settle_few(context):
            async with items.alone(media_id, context.storage.ready):
                await mark_deleted(context, media_id)


async def _sweep_prefix(
    context: JobContext, items: Items, prefix: str, source_prefix: str, *, outlives: bool
) -> None:
    """`outlives`: what lies here stays when the object it was made of is deleted."""
    before = clock.now() - ORPHAN_AGE
    async for page in listed(context, prefix):
        old = {service.directory(o.key) for o in page if o.stored_at < before}
        sources = {
            f"{source_prefix}{place.removeprefix(prefix)}{service.SOURCE}": place for place in old
        }
        for orphan in await _unowned(context, sources, outlives=outlives):
            # Its name is the secret of its link: no part of it goes into the log.
            async with items.alone("orphan", context.storage.ready):
                await context.storage.delete_under(orphan)
                log.info("orphan removed")


async def _unowned(context: JobContext, sources: Mapping[str, str], *, outlives: bool) -> set[str]:
    owned = select(MediaObject.key).where(MediaObject.key.in_(sources))
    if not outlives:
        owned = owned.where(MediaObject.state != MediaState.DELETED)
    async with context.sessions() as session:
        result = await session.scalars(owned)
        return set(sources.values()) - {sources[key] for key in result}


@job("media.drop_source")
async def drop_source(context: JobContext, media_id: str) -> None:
    """Delete the object that the phone sent, and leave what lies beside it."""
    async with context.sessions() as session:
        key = await session.scalar(select(MediaObject.key).where(MediaObject.id == UUID(media_id)))
    if key is not None:
        await context.storage.delete([key])
