"""Forget old lines of inboxes."""

from datetime import timedelta

from sqlalchemy import delete, select

from app.core import clock
from app.core.job_context import JobContext
from app.core.jobs import job
from app.notifications.models import Notice

# Long enough to look back over a course of treatment; what matters stands in the record itself.
KEEP = timedelta(days=365)
BATCH = 5000


@job("notifications.forget", cron="23 18 * * *", lock="notifications.forget")
async def forget(context: JobContext) -> None:
    """Delete lines of inboxes older than a year, a batch a transaction."""
    while await _forget_batch(context) == BATCH:
        pass


async def _forget_batch(context: JobContext) -> int:
    oldest = select(Notice.id).where(Notice.created_at < clock.now() - KEEP).limit(BATCH)
    async with context.sessions.begin() as session:
        gone = await session.execute(
            delete(Notice).where(Notice.id.in_(oldest)).returning(Notice.id)
        )
        return len(gone.all())
