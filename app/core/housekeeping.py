"""Forget what has served: stored answers to repeated requests, messages to open pages."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.idempotency import IdempotencyRecord
from app.core.items import each_item, forget_rows, pages
from app.core.job_context import JobContext
from app.core.jobs import job
from app.core.limits import RequestWindow
from app.core.stream import StreamEvent

# A phone that was offline repeats its request for days, never for weeks.
KEEP_ANSWERS = timedelta(days=14)
# A page that lost its stream for longer asks for all again.
KEEP_EVENTS = timedelta(days=1)
# The longest window is an hour.
KEEP_WINDOWS = timedelta(hours=2)
BATCH = 5000


@job("core.forget_answers", cron="4 17 * * *", lock="core.forget_answers")
async def forget_answers(context: JobContext) -> None:
    """Delete stored answers to repeated requests after two weeks."""
    key = (IdempotencyRecord.actor_id, IdempotencyRecord.key)
    before = clock.now() - KEEP_ANSWERS
    async with each_item() as items:
        await forget_rows(context.sessions, items, key, IdempotencyRecord.created_at, before, BATCH)


@job("core.forget_windows", cron="41 * * * *", lock="core.forget_windows")
async def forget_windows(context: JobContext) -> None:
    """Delete the counts of requests whose window is over."""
    key = (RequestWindow.name, RequestWindow.subject, RequestWindow.began_at)
    before = clock.now() - KEEP_WINDOWS
    async with each_item() as items:
        await forget_rows(context.sessions, items, key, RequestWindow.began_at, before, BATCH)


@job("core.forget_events", cron="23 * * * *", lock="core.forget_events")
async def forget_events(context: JobContext) -> None:
    """Delete messages to open pages after a day."""
    async with each_item() as items:
        async for ids in pages(context.sessions, _old_events):
            await items.write(context.sessions, ids, _delete_events)


async def _old_events(session: AsyncSession, last: int | None) -> Sequence[int]:
    """Read oldest first by id, which no other index is needed for: ids and times grow together."""
    oldest = (
        select(StreamEvent.id, StreamEvent.created_at)
        .where(StreamEvent.id > (last or 0))
        .order_by(StreamEvent.id)
        .limit(BATCH)
        .subquery()
    )
    old = select(oldest.c.id).where(oldest.c.created_at < clock.now() - KEEP_EVENTS)
    return (await session.scalars(old.order_by(oldest.c.id))).all()


async def _delete_events(session: AsyncSession, ids: Sequence[int]) -> None:
    await session.execute(delete(StreamEvent).where(StreamEvent.id.in_(ids)))
