"""Find what phones never confirmed, delete what is due, sweep what nobody owns."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.core import clock
from app.core.job_context import JobContext
from app.core.jobs import enqueue, job
from app.media import service
from app.media.models import MediaObject, MediaState

log = logging.getLogger("app.media")
BATCH = 200
# A phone confirms within seconds; wait a little so that the job does not race it.
SETTLE = timedelta(minutes=1)
# After this an object that never came is given up; a later film has its own row.
GIVE_UP = timedelta(hours=72)
# Objects without a row: a rolled-back request can leave one only while its ticket lives.
ORPHAN_AGE = timedelta(days=1)


@job("media.reconcile", cron="*/1 * * * *", lock="media.reconcile")
async def reconcile(context: JobContext) -> None:
    """Ask the storage for every announced object whose confirmation is late."""
    for media_id, key in await _unconfirmed(context):
        stored = await context.storage.head(key)
        if stored is not None:
            async with context.sessions.begin() as session:
                if await service.confirm(session, media_id, stored):
                    log.info("upload found", extra={"media": str(media_id)})
    await _give_up(context)


async def _unconfirmed(context: JobContext) -> Sequence[tuple[UUID, str]]:
    """Take the ones not looked at for longest, so that those which never come starve nobody."""
    now = clock.now()
    longest_ago = (
        select(MediaObject.id)
        .where(
            MediaObject.state == MediaState.PRESIGNED,
            MediaObject.created_at < now - SETTLE,
            MediaObject.checked_at < now - SETTLE,
        )
        .order_by(MediaObject.checked_at)
        .limit(BATCH)
    )
    async with context.sessions.begin() as session:
        found = await session.execute(
            update(MediaObject)
            .where(MediaObject.id.in_(longest_ago))
            .values(checked_at=now)
            .returning(MediaObject.id, MediaObject.key)
        )
        return found.all()


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
    """Delete films whose day has come: storage first, so that a crash repeats, never forgets."""
    while due := await _due(context):
        for media_id, key in due:
            await context.storage.delete_under(service.directory(key))
            await _mark_deleted(context, media_id)


async def _due(context: JobContext) -> Sequence[tuple[UUID, str]]:
    async with context.sessions() as session:
        found = await session.execute(
            select(MediaObject.id, MediaObject.key)
            .where(MediaObject.state == MediaState.STORED, MediaObject.delete_at <= clock.now())
            .limit(BATCH)
        )
        return found.all()


async def _mark_deleted(context: JobContext, media_id: UUID) -> None:
    async with context.sessions.begin() as session:
        await session.execute(
            update(MediaObject)
            .where(MediaObject.id == media_id)
            .values(state=MediaState.DELETED, deleted_at=clock.now())
        )
        await enqueue(session, "medication.film_deleted", media_id=media_id)


@job("media.sweep", cron="17 3 * * *", lock="media.sweep")
async def sweep(context: JobContext) -> None:
    """Remove objects that no row owns; a page at a time: there may be a hundred million."""
    before, after = clock.now() - ORPHAN_AGE, ""
    while page := await context.storage.list_page("films/", after):
        after = page[-1].key
        directories = {service.directory(o.key) for o in page if o.stored_at < before}
        for orphan in await _unowned(context, directories):
            log.info("orphan removed")
            await context.storage.delete_under(orphan)


async def _unowned(context: JobContext, directories: set[str]) -> set[str]:
    async with context.sessions() as session:
        found = await session.scalars(
            select(MediaObject.key).where(
                MediaObject.key.in_([d + service.SOURCE for d in directories]),
                MediaObject.state != MediaState.DELETED,
            )
        )
        return directories - {service.directory(key) for key in found}
