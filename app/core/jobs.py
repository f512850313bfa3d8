"""Jobs: rows written in the request's transaction, run by a worker, seen by the operator."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from uuid import UUID

from sqlalchemy import DateTime, bindparam, text
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
    attempts: int = 5,
    backoff_s: int = 10,
    queue: str = "default",
    lock: str | None = None,
    cron: str | None = None,
) -> Callable[[JobFunction], JobSpec]:
    """Declare a job by name; tried again `attempts` times, `backoff_s` later, then twice that."""

    def declare(function: JobFunction) -> JobSpec:
        return JobSpec(name, function, attempts, backoff_s, queue, lock, cron)

    return declare


def jobs_of(module: ModuleType) -> tuple[JobSpec, ...]:
    """List the jobs declared in a module, for the manifest of its domain."""
    return tuple(job for job in vars(module).values() if isinstance(job, JobSpec))


_DEFER = text(
    "select procrastinate_defer_jobs_v1(array[row(:queue, :name, 0, :lock, null, :args, :at)"
    "::procrastinate_job_to_defer_v1])"
).bindparams(bindparam("args", type_=JSONB), bindparam("at", type_=DateTime(timezone=True)))


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
    await defer(session, name, ids, queue=queue, lock=lock, at=at)


async def defer(
    session: AsyncSession,
    name: str,
    ids: Mapping[str, UUID | str | int],
    *,
    queue: str = "default",
    lock: str | None = None,
    at: datetime | None = None,
) -> None:
    """As `enqueue`, for arguments whose names are not known where it is written."""
    args = {k: str(v) if isinstance(v, UUID) else v for k, v in ids.items()}
    values = {"queue": queue, "name": name, "lock": lock, "args": args, "at": at}
    await session.execute(_DEFER, values)
