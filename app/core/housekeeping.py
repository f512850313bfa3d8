"""Forget what has served: stored answers to repeated requests."""

from datetime import timedelta

from sqlalchemy import delete

from app.core import clock
from app.core.idempotency import IdempotencyRecord
from app.core.jobs import JobContext, job

# A phone that was offline repeats its request for days, never for weeks.
KEEP_ANSWERS = timedelta(days=14)


@job("core.forget_answers", cron="41 2 * * *", lock="core.forget_answers")
async def forget_answers(context: JobContext) -> None:
    async with context.sessions.begin() as session:
        await session.execute(
            delete(IdempotencyRecord).where(
                IdempotencyRecord.created_at < clock.now() - KEEP_ANSWERS
            )
        )
