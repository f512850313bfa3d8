"""Forget what has served: stored answers to repeated requests, messages to open pages."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, tuple_

from app.core import clock
from app.core.idempotency import IdempotencyRecord
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
    """Delete stored answers to repeated requests after two weeks.

    A batch a transaction: a province's day would outlast the statement's time.
    """
    before = clock.now() - KEEP_ANSWERS
    forgotten = BATCH
    while forgotten == BATCH:
        forgotten = await _forget(context, before)


async def _forget(context: JobContext, before: datetime) -> int:
    oldest = (
        select(IdempotencyRecord.actor_id, IdempotencyRecord.key)
        .where(IdempotencyRecord.created_at < before)
        .order_by(IdempotencyRecord.created_at)
        .limit(BATCH)
    )
    async with context.sessions.begin() as session:
        result = await session.execute(
            delete(IdempotencyRecord)
            .where(tuple_(IdempotencyRecord.actor_id, IdempotencyRecord.key).in_(oldest))
            .returning(IdempotencyRecord.key)
        )
        return len(result.all())


@job("core.forget_windows", cron="41 * * * *", lock="core.forget_windows")
async def forget_windows(context: JobContext) -> None:
    """Delete the counts of requests whose window is over."""
    async with context.sessions.begin() as session:
        await session.execute(
            delete(RequestWindow).where(RequestWindow.began_at < clock.now() - KEEP_WINDOWS)
        )


@job("core.forget_events", cron="23 * * * *", lock="core.forget_events")
async def forget_events(context: JobContext) -> None:
    """Delete messages to open pages after a day.

    A batch a transaction, oldest first: ids and times grow together.
    """
    before = clock.now() - KEEP_EVENTS
    forgotten = BATCH
    while forgotten == BATCH:
        forgotten = await _forget_events(context, before)


async def _forget_events(context: JobContext, before: datetime) -> int:
    oldest = select(StreamEvent.id, StreamEvent.created_at).order_by(StreamEvent.id).limit(BATCH)
    old = oldest.subquery()
    async with context.sessions.begin() as session:
        result = await session.execute(
            delete(StreamEvent)
            .where(StreamEvent.id.in_(select(old.c.id).where(old.c.created_at < before)))
            .returning(StreamEvent.id)
        )
        return len(result.all())
