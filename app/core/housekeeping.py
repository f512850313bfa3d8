"""Forget what has served: stored answers to repeated requests."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, tuple_

from app.core import clock
from app.core.idempotency import IdempotencyRecord
from app.core.job_context import JobContext
from app.core.jobs import job

# A phone that was offline repeats its request for days, never for weeks.
KEEP_ANSWERS = timedelta(days=14)
BATCH = 5000


@job("core.forget_answers", cron="41 2 * * *", lock="core.forget_answers")
async def forget_answers(context: JobContext) -> None:
    """Delete a batch a transaction: a province's day would outlast the statement's time."""
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
        found = await session.execute(
            delete(IdempotencyRecord)
            .where(tuple_(IdempotencyRecord.actor_id, IdempotencyRecord.key).in_(oldest))
            .returning(IdempotencyRecord.key)
        )
        return len(found.all())
