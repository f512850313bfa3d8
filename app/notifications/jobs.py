"""Forget old lines of inboxes."""

from datetime import timedelta

from app.core import clock
from app.core.items import each_item, forget_rows
from app.core.job_context import JobContext
from app.core.jobs import job
from app.notifications.models import Notice

# Long enough to look back over a course of treatment; what matters stands in the record itself.
KEEP = timedelta(days=365)
BATCH = 5000


@job("notifications.forget", cron="23 18 * * *", lock="notifications.forget")
async def forget(context: JobContext) -> None:
    """Delete lines of inboxes older than a year."""
    before = clock.now() - KEEP
    async with each_item() as items:
        await forget_rows(context.sessions, items, (Notice.id,), Notice.created_at, before, BATCH)
