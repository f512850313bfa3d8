"""The worker: runs the declared jobs, on time and again after a crash."""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import procrastinate
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job
from typing_extensions import override

import app.models  # noqa: F401 a worker must know every table that rows point at
from app.core.crypto import install_keyring, keyring_from
from app.core.db import make_engine, make_independent_engine, make_sessions
from app.core.events import LISTENERS
from app.core.hardening import hide_from_children
from app.core.job_context import JobContext
from app.core.jobs import JobSpec
from app.core.logging import configure
from app.core.settings import Settings, load_settings
from app.core.storage import Storage
from app.features import FEATURES
from app.media.places import remove_left_places

log = logging.getLogger("app.worker")
LONGEST_WAIT_S = 600


@dataclass(frozen=True)
class Doubling(BaseRetryStrategy):
    """Wait twice as long each time, never longer than ten minutes: a patient waits, too."""

    attempts: int
    first_wait_s: int

    @override
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts >= self.attempts:
            return None
        wait_s = min(self.first_wait_s * 2**job.attempts, LONGEST_WAIT_S)
        return RetryDecision(retry_in={"seconds": wait_s})


def dsn(settings: Settings) -> str:
    return settings.database_url.get_secret_value().replace("+psycopg", "", 1)


def _run(spec: JobSpec, context: JobContext) -> Callable[..., Awaitable[None]]:
    async def run(timestamp: int = 0, **arguments: Any) -> None:  # noqa: ARG001 periodic tasks get it
        await spec(context, **arguments)

    return run


def make_worker_app(settings: Settings, context: JobContext) -> procrastinate.App:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn(settings)))
    for spec in context.features.jobs.values():
        retry = Doubling(spec.attempts, spec.backoff_s)
        declare = app.task(name=spec.name, queue=spec.queue, retry=retry, lock=spec.lock)
        task = declare(_run(spec, context))
        if spec.cron:
            app.periodic(cron=spec.cron, periodic_id=spec.name)(task)
    return app


async def rescue_stalled(app: procrastinate.App, after_s: int) -> list[Job]:
    """Give the jobs of a worker that was killed to another: they stay `doing` otherwise."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=after_s))
    for job in stalled:
        log.warning("job rescued", extra={"job": job.id, "task": job.task_name})
        await app.job_manager.retry_job(job)
    return stalled


async def _keep_rescuing(app: procrastinate.App, after_s: int) -> None:
    while True:
        try:
            await rescue_stalled(app, after_s)
        except procrastinate.exceptions.ConnectorException:
            log.warning("cannot look for stalled jobs")
        await asyncio.sleep(after_s / 3)


async def work(settings: Settings) -> None:
    engine, independent = make_engine(settings), make_independent_engine(settings)
    sessions = make_sessions(engine, independent, **{LISTENERS: FEATURES.listeners})
    context = JobContext(settings, sessions, Storage(settings), FEATURES)
    app = make_worker_app(settings, context)
    remove_left_places(Path(tempfile.gettempdir()))
    async with app.open_async():
        rescuing = asyncio.create_task(_keep_rescuing(app, settings.worker_stalled_after_s))
        await app.run_worker_async(
            queues=settings.worker_queues,
            concurrency=settings.worker_concurrency,
            shutdown_graceful_timeout=30,
            delete_jobs="successful",
            update_heartbeat_interval=settings.worker_stalled_after_s / 6,
            stalled_worker_timeout=settings.worker_stalled_after_s,
        )
        rescuing.cancel()
    await engine.dispose()
    await independent.dispose()


def main() -> None:
    settings = load_settings()
    configure(settings.log_level)
    hide_from_children()
    install_keyring(keyring_from(settings))
    asyncio.run(work(settings))


if __name__ == "__main__":
    main()
