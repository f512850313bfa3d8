"""Jobs that gave up, as the operator sees them: read from the queue's own tables."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.core import clock
from app.core.problems import NotFound
from app.core.statements import typed_rows
from app.institutions.models import Institution, StaffMember

_FAILED = text(
    """
    select j.id, j.task_name as name, j.queue_name as queue, j.attempts, j.args, e.at as failed_at
    from procrastinate_jobs j
    left join lateral (
        select at from procrastinate_events
        where job_id = j.id and type = 'failed' order by at desc limit 1
    ) e on true
    where j.status = 'failed' and j.id < :before
    order by j.id desc limit :limit
    """
)
_LOCK = text("select id from procrastinate_jobs where id = :id and status = 'failed' for update")
_RETRY = text("select procrastinate_retry_job_v2(:id, :at, null, null, null)")
_BY_NAME = text(
    """
    select j.task_name as name, count(distinct j.id) as times, max(e.at) as failed_at
    from procrastinate_jobs j
    left join procrastinate_events e on e.job_id = j.id and e.type = 'failed'
    where j.status = 'failed'
    group by j.task_name order by failed_at desc nulls last, j.task_name
    """
)
_SUPERSEDED = text(
    """
    delete from procrastinate_jobs where id in (
        select id from (
            select id, row_number() over (partition by task_name order by id desc) as place
            from procrastinate_jobs where status = 'failed' and task_name = any(:names)
        ) ranked where place > 1 limit 10000
    )
    """
)
NO_JOB_YET = 2**63 - 1


class FailedJobRow(NamedTuple):
    id: int
    name: str
    queue: str
    attempts: int
    args: dict[str, Any]
    failed_at: datetime | None


class FailedCount(NamedTuple):
    """How many jobs of a name gave up and were not tried again since."""

    name: str
    times: int
    failed_at: datetime | None


async def count_failed(session: AsyncSession) -> Sequence[FailedCount]:
    return typed_rows(FailedCount, (await session.execute(_BY_NAME)).all())


async def forget_superseded(session: AsyncSession, names: Collection[str]) -> None:
    """Keep the newest failure only, of jobs that run again by themselves."""
    await session.execute(_SUPERSEDED, {"names": list(names)})


async def topmost_operators(session: AsyncSession) -> Sequence[UUID]:
    """Who answers for the system as a whole: jobs are of any institution."""
    result = await session.scalars(
        select(StaffAccount.id)
        .join(StaffMember, StaffMember.id == StaffAccount.id)
        .join(Institution, Institution.id == StaffMember.institution_id)
        .where(
            Institution.parent_id.is_(None),
            Institution.closed_at.is_(None),
            StaffAccount.is_active,
            StaffAccount.roles.contains([Role.OPERATOR.value]),
        )
        .order_by(StaffAccount.id)
    )
    return result.all()


async def list_failed(
    session: AsyncSession, before: int | None, limit: int
) -> Sequence[FailedJobRow]:
    values = {"before": before or NO_JOB_YET, "limit": limit}
    return typed_rows(FailedJobRow, (await session.execute(_FAILED, values)).all())


async def get_failed(session: AsyncSession, job_id: int) -> int:
    """Lock it: a second press finds it no longer failed."""
    if (await session.execute(_LOCK, {"id": job_id})).first() is None:
        raise NotFound
    return job_id


async def retry(session: AsyncSession, job_id: int) -> None:
    await session.execute(_RETRY, {"id": job_id, "at": clock.now()})
