"""Jobs: rows written in the request's transaction, run by a worker, seen by the operator."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessionmaker
from app.core.media_kinds import MediaKind
from app.core.settings import Settings
from app.core.storage import Storage


@dataclass(frozen=True)
class JobContext:
    """What a job may use; it opens its own transactions, none across a network call."""

    settings: Settings
    sessions: Sessionmaker
    storage: Storage
    media_kinds: Sequence[MediaKind] = ()


JobFunction = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class JobSpec:
    """`cron` (five fields, UTC) makes it periodic; `lock` keeps two from running."""

    name: str
    function: JobFunction
    attempts: int
    backoff_s: int
    queue: str
    lock: str | None
    cron: str | None


registry: dict[str, JobSpec] = {}


def job(
    name: str,
    *,
    attempts: int = 5,
    backoff_s: int = 10,
    queue: str = "default",
    lock: str | None = None,
    cron: str | None = None,
) -> Callable[[JobFunction], JobFunction]:
    """Declare a job by name; tried again `attempts` times, `backoff_s` later, then twice that."""

    def declare(function: JobFunction) -> JobFunction:
        registry[name] = JobSpec(name, function, attempts, backoff_s, queue, lock, cron)
        return function

    return declare


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
    args = {k: str(v) if isinstance(v, UUID) else v for k, v in ids.items()}
    values = {"queue": queue, "name": name, "lock": lock, "args": args, "at": at}
    await session.execute(_DEFER, values)
