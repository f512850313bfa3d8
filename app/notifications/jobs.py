"""Forget old lines of inboxes; tell operators of failed jobs, staff of changes of access."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.items import each_item, forget_rows
from app.core.job_context import JobContext
from app.core.jobs import job
from app.institutions import failed_jobs, notices
from app.institutions.models import AccessChange, AccessChangeKind, AccessChangeState
from app.institutions.queries.confirmers import confirmers_of
from app.notifications.models import Notice
from app.notifications.notices import JOB_FAILED
from app.notifications.service import notify_staff

# Long enough to look back over a course of treatment; what matters stands in the record itself.
KEEP = timedelta(days=365)
BATCH = 5000
FAILED_JOBS = "/staff/failed-jobs"
# A job that gave up is told within minutes; so far back, should the worker have been away.
TELL_SINCE = timedelta(hours=3)


@job("notifications.forget", cron="23 18 * * *", lock="notifications.forget")
async def forget(context: JobContext) -> None:
    """Delete lines of inboxes older than a year."""
    before = clock.now() - KEEP
    async with each_item() as items:
        await forget_rows(context.sessions, items, (Notice.id,), Notice.created_at, before, BATCH)


@job("notifications.tell_failed_jobs", cron="*/5 * * * *", lock="notifications.tell_failed_jobs")
async def tell_failed_jobs(context: JobContext) -> None:
    """Tell the topmost operators of jobs that gave up, each name once an hour.

    Read from the queue itself, so that a job which killed its worker, or which no worker knows,
    is told, too.
    """
    async with context.sessions.begin() as session:
        await failed_jobs.forget_superseded(
            session, [job.name for job in context.features.jobs.values() if job.cron]
        )
    async with context.sessions() as session:
        counts = await failed_jobs.count_failed(session)
    since = clock.now() - TELL_SINCE
    new = [
        _key(row.name, row.failed_at) for row in counts if row.failed_at and row.failed_at > since
    ]
    async with each_item() as items:
        await items.write(context.sessions, new, _tell_operators)


def _key(name: str, failed_at: datetime) -> str:
    return f"{JOB_FAILED.code}:{name}:{failed_at:%Y-%m-%dT%H}"


async def _tell_operators(session: AsyncSession, keys: Sequence[str]) -> None:
    people = await failed_jobs.topmost_operators(session)
    for key in keys:
        await notify_staff(session, people, JOB_FAILED, key=key, href=FAILED_JOBS)


# Where a clinician says yes or no (operators do it by the API), and where the asker reads it.
CONFIRMATIONS, ASKED = "/staff/confirmations", "/staff/asked-changes"


@job("notifications.access_requested")
async def tell_access_requested(context: JobContext, change_id: str) -> None:
    """Tell who may confirm a change of access, and whose account it is."""
    async with context.sessions.begin() as session:
        await tell_of_request(session, UUID(change_id))


async def tell_of_request(session: AsyncSession, change_id: UUID) -> None:
    change = await session.get_one(AccessChange, change_id)
    if change.state is not AccessChangeState.WAITING:
        return
    people = [one.id for one in await confirmers_of(session, change)]
    key = f"access_asked:{change.id}"
    await notify_staff(session, people, notices.ACCESS_ASKED, key=key, href=CONFIRMATIONS)
    if change.staff_id is not None:
        href = CONFIRMATIONS if change.kind is AccessChangeKind.CREDENTIALS else None
        key = f"access_of_yours:{change.id}"
        await notify_staff(session, [change.staff_id], notices.ACCESS_OF_YOURS, key=key, href=href)


@job("notifications.access_settled")
async def tell_access_settled(context: JobContext, change_id: str) -> None:
    """Tell who asked for a change of access, and whose account it is, what became of it."""
    async with context.sessions.begin() as session:
        await tell_of_result(session, UUID(change_id))


async def tell_of_result(session: AsyncSession, change_id: UUID) -> None:
    change = await session.get_one(AccessChange, change_id)
    confirmed = change.state is AccessChangeState.CONFIRMED
    kind = notices.ACCESS_CONFIRMED if confirmed else notices.ACCESS_REFUSED
    key = f"access_settled:{change.id}"
    await notify_staff(session, [change.requested_by], kind, key=key, href=ASKED)
    if change.staff_id is not None:
        await notify_staff(session, [change.staff_id], kind, key=key)
