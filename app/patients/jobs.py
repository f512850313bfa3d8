"""Forget failed tries at binding codes once they no longer count."""

from datetime import timedelta

from sqlalchemy import delete

from app.core import clock
from app.core.job_context import JobContext
from app.core.jobs import job
from app.patients.models import BindingAttempt

KEEP_ATTEMPTS = timedelta(days=1)


@job("patients.forget_attempts", cron="27 3 * * *", lock="patients.forget_attempts")
async def forget_attempts(context: JobContext) -> None:
    before = clock.now() - KEEP_ATTEMPTS
    async with context.sessions.begin() as session:
        await session.execute(delete(BindingAttempt).where(BindingAttempt.created_at < before))
