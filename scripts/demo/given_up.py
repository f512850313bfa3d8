"""Jobs that gave up within the last hour. Tried again, they find nothing left to do."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from scripts.demo.enrolment import Enrolled


class GivenUp(NamedTuple):
    name: str
    argument: str
    id: UUID
    ago: timedelta


# As the worker does it, so that the queue's own events are kept.
_BEGIN = text(
    "insert into procrastinate_jobs (queue_name, task_name, args, status, attempts)"
    " values ('default', :name, cast(:args as jsonb), 'doing', 6) returning id"
)
_GIVE_UP = text("update procrastinate_jobs set status = 'failed' where id = :id")
_DATE = text("update procrastinate_events set at = :at where job_id = :id")


async def give_up_jobs(
    session: AsyncSession, media_ids: Sequence[UUID], patient: Enrolled, now: datetime
) -> None:
    one, another, *_ = media_ids
    for job in (
        GivenUp("medication.drop_source", "media_id", one, timedelta(minutes=52)),
        GivenUp("medication.drop_source", "media_id", another, timedelta(minutes=47)),
        GivenUp("alerts.patient_moved", "patient_id", patient.id, timedelta(minutes=31)),
    ):
        values = {"name": job.name, "args": json.dumps({job.argument: str(job.id)})}
        job_id = await session.scalar(_BEGIN, values)
        await session.execute(_GIVE_UP, {"id": job_id})
        await session.execute(_DATE, {"id": job_id, "at": now - job.ago})
