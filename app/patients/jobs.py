"""Forget failed tries at binding codes; move the patients of a merged team."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete

from app.core import clock
from app.core.job_context import JobContext
from app.core.jobs import job
from app.patients.models import BindingAttempt
from app.patients.service import teams

MOVED_AT_ONCE = 100
KEEP_ATTEMPTS = timedelta(days=1)


@job("patients.forget_attempts", cron="27 3 * * *", lock="patients.forget_attempts")
async def forget_attempts(context: JobContext) -> None:
    before = clock.now() - KEEP_ATTEMPTS
    async with context.sessions.begin() as session:
        await session.execute(delete(BindingAttempt).where(BindingAttempt.created_at < before))


@job("patients.follow_merged_team")
async def follow_merged_team(
    context: JobContext,
    from_team_id: str,
    to_team_id: str,  # noqa: ARG001 where it went since is read from the team itself
) -> None:
    """Move a merged team's patients, a batch a transaction; run twice, nothing is left to do."""
    moved = MOVED_AT_ONCE
    while moved == MOVED_AT_ONCE:
        async with context.sessions.begin() as session:
            moved = await teams.move_merged(session, UUID(from_team_id), MOVED_AT_ONCE)
