"""Jobs: rows written in the request's transaction, run by a worker, seen by the operator."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

JobFunction = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class JobSpec:
    """A declared job; called as the function it is made of.

    `cron` (five fields, UTC) makes it periodic; `lock` keeps two from running at once.
    """

    name: str
    function: JobFunction
    attempts: int
    backoff_s: int
    queue: str
    lock: str | None
    cron: str | None

    @property
    def does(self) -> str:
        """What the job is for: the first line of its docstring, for operators (`/docs/jobs`)."""
        return (self.function.__doc__ or "").partition("\n")[0]

    async def __call__(self, context: object, **arguments: object) -> None:
        """`context` is a JobContext."""
        await self.function(context, **arguments)


def job(
    name: str,
    *,
    attempts: int | None = None,
    backoff_s: int = 10,
    queue: str = "default",
    lock: str | None = None,
    cron: str | None = None,
) -> Callable[[JobFunction], JobSpec]:
    """Declare a job by name; tried again `attempts` times, `backoff_s` later, then twice that.

    One that runs many times a day is not tried again: its next run is the next try, and a job
    that waits for another try would hold up those runs, which have the same lock.
    """
    often = cron is not None and not is_daily(cron)
    again = (0 if often else 5) if attempts is None else attempts

    def declare(function: JobFunction) -> JobSpec:
        return JobSpec(name, function, again, backoff_s, queue, lock, cron)

    return declare


def is_daily(cron: str) -> bool:
    """Say whether a job runs at one hour of the day only."""
    return cron.split()[1].isdigit()


def jobs_of(module: ModuleType) -> tuple[JobSpec, ...]:
    """List the jobs declared in a module, for the manifest of its domain."""
    return tuple(job for job in vars(module).values() if isinstance(job, JobSpec))


@dataclass(frozen=True)
class NewJob:
    """A job to be written; `args` are ids."""

    name: str
    args: Mapping[str, UUID | str | int]
    queue: str = "default"
    lock: str | None = None
    at: datetime | None = None


_DEFER = text(
    "select procrastinate_defer_jobs_v1(array("
    "select row(queue, name, 0, lock, null, args, at)::procrastinate_job_to_defer_v1"
    " from jsonb_to_recordset(:jobs)"
    " as j(queue text, name text, lock text, args jsonb, at timestamptz)))"
).bindparams(bindparam("jobs", type_=JSONB))


async def enqueue(
    session: AsyncSession,
    name: str,
    *,
    queue: str = "default",
    lock: str | None = None,
    at: datetime | None = None,
    **ids: UUID | str | int,
) -> None:
    """Write the job into the caller's transaction: it commits or rolls back with it."""
    await enqueue_each(session, [NewJob(name, ids, queue, lock, at)])


async def enqueue_each(session: AsyncSession, jobs: Sequence[NewJob]) -> None:
    """As `enqueue`, for many jobs at once or arguments whose names are not known here."""
    if jobs:
        await session.execute(_DEFER, {"jobs": [_columns(job) for job in jobs]})


def _columns(job: NewJob) -> dict[str, object]:
    args = {k: str(v) if isinstance(v, UUID) else v for k, v in job.args.items()}
    at = job.at.isoformat() if job.at else None
    return {"queue": job.queue, "name": job.name, "lock": job.lock, "args": args, "at": at}
