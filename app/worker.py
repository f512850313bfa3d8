"""The worker: runs the declared jobs, on time and again after a crash."""

import asyncio
import logging
import signal
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import procrastinate
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job, Status
from typing_extensions import override

import app.models  # noqa: F401 a worker must know every table that rows point at
from app.core import queue_schema
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
MOST_RESCUES = 10
USUAL = "default"


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
    """Give the jobs of a worker that was killed to another: they stay `doing` otherwise.

    A job that was taken over again and again may be what kills workers: it gives up.
    """
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=after_s))
    for job in stalled:
        if job.attempts >= MOST_RESCUES:
            log.error("job given up", extra={"job": job.id, "task": job.task_name})
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
            continue
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


def slots(settings: Settings) -> dict[str, int]:
    """Say how many jobs of each queue run at once: none takes the slots of another.

    The usual queue has all that are set, a heavy one (films) one less: however much waits there,
    alerts and layouts go on.
    """
    most = settings.worker_concurrency
    return {q: most if q == USUAL else max(1, most - 1) for q in settings.worker_queues}


class WorkerStoppedError(RuntimeError):
    """A part of the worker ended although nobody asked it to; its log says why."""


async def _serve(app: procrastinate.App, settings: Settings, queue: str, most: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=most,
        shutdown_graceful_timeout=30,
        delete_jobs="successful",
        install_signal_handlers=False,
        update_heartbeat_interval=settings.worker_stalled_after_s / 6,
        stalled_worker_timeout=settings.worker_stalled_after_s,
    )
    raise WorkerStoppedError(queue)


async def serve_until(
    stop: asyncio.Event, app: procrastinate.App, settings: Settings, of_queues: dict[str, int]
) -> None:
    """Serve every queue until `stop`; where one part ends before, end all of it and raise."""
    parts = [
        asyncio.create_task(_serve(app, settings, queue, most)) for queue, most in of_queues.items()
    ]
    parts.append(asyncio.create_task(_keep_rescuing(app, settings.worker_stalled_after_s)))
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopping, *parts], return_when=asyncio.FIRST_COMPLETED)
    for part in (stopping, *parts):
        part.cancel()
    await asyncio.gather(stopping, *parts, return_exceptions=True)
    for part in done - {stopping}:
        part.result()


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def work(settings: Settings) -> None:
    engine, independent = make_engine(settings), make_independent_engine(settings)
    sessions = make_sessions(engine, independent, **{LISTENERS: FEATURES.listeners})
    context = JobContext(settings, sessions, Storage(settings), FEATURES)
    async with engine.connect() as connection:
        await connection.run_sync(queue_schema.check_database)
    app = make_worker_app(settings, context)
    remove_left_places(Path(tempfile.gettempdir()))
    async with app.open_async():
        await serve_until(_stop_on_signals(), app, settings, slots(settings))
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
