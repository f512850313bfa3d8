"""Forget old lines of inboxes; tell staff of changes of access."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from app.core import clock
from app.core.job_context import JobContext
from app.core.jobs import job
from app.institutions import notices
from app.institutions.models import AccessChange, AccessChangeKind, AccessChangeState
from app.institutions.queries.confirmers import confirmers_of
from app.notifications.models import Notice
from app.notifications.service import notify_staff

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


# Where a clinician says yes or no; operators do it by the API.
CONFIRMATIONS = "/staff/confirmations"


@job("notifications.access_requested")
async def tell_access_requested(context: JobContext, change_id: str) -> None:
    """Tell who may confirm a change of access, and whose account it is."""
    async with context.sessions.begin() as session:
        change = await session.get_one(AccessChange, UUID(change_id))
        if change.state is not AccessChangeState.WAITING:
            return
        people = [one.id for one in await confirmers_of(session, change)]
        key = f"access_asked:{change.id}"
        await notify_staff(session, people, notices.ACCESS_ASKED, key=key, href=CONFIRMATIONS)
        if change.staff_id is not None:
            href = CONFIRMATIONS if change.kind is AccessChangeKind.CREDENTIALS else None
            await notify_staff(
                session,
                [change.staff_id],
                notices.ACCESS_OF_YOURS,
                key=f"access_of_yours:{change.id}",
                href=href,
            )


@job("notifications.access_settled")
async def tell_access_settled(context: JobContext, change_id: str) -> None:
    """Tell who asked for a change of access, and whose account it is, what became of it."""
    async with context.sessions.begin() as session:
        change = await session.get_one(AccessChange, UUID(change_id))
        confirmed = change.state is AccessChangeState.CONFIRMED
        kind = notices.ACCESS_CONFIRMED if confirmed else notices.ACCESS_REFUSED
        people = {change.requested_by, *([change.staff_id] if change.staff_id else [])}
        await notify_staff(session, people, kind, key=f"access_settled:{change.id}")
