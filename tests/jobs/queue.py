"""Jobs as they stand in the queue's own tables."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def failed_job(session: AsyncSession, name: str, args: str = "{}") -> int:
    """Make a job that gave up, by the same steps as the worker: its events are kept."""
    job_id = await session.scalar(
        text(
            "insert into procrastinate_jobs (queue_name, task_name, args, status, attempts)"
            " values ('default', :name, cast(:args as jsonb), 'doing', 5) returning id"
        ),
        {"name": name, "args": args},
    )
    await session.execute(
        text("update procrastinate_jobs set status = 'failed' where id = :id"), {"id": job_id}
    )
    assert isinstance(job_id, int)
    return job_id


async def failed_names(session: AsyncSession) -> list[str]:
    result = await session.scalars(
        text("select task_name from procrastinate_jobs where status = 'failed' order by id")
    )
    return list(result)
