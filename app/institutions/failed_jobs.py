"""Jobs that gave up, as the operator sees them: read from the queue's own tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.problems import NotFound
from app.core.statements import typed_rows

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
NO_JOB_YET = 2**63 - 1


class FailedJobRow(NamedTuple):
    id: int
    name: str
    queue: str
    attempts: int
    args: dict[str, Any]
    failed_at: datetime | None


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
