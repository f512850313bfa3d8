"""The worker: runs the declared jobs, on time and again after a crash."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import procrastinate
from procrastinate import RetryStrategy
from procrastinate.jobs import Job

from app.core.crypto import install_keyring, keyring_from
from app.core.db import make_engine, make_sessions
from app.core.jobs import JobContext, JobSpec, registry
from app.core.logging import configure
from app.core.settings import Settings, load_settings
from app.core.storage import Storage
from app.media import jobs as media_jobs
from app.medication import jobs as medication_jobs

log = logging.getLogger("app.worker")
DECLARING = (media_jobs, medication_jobs)  # importing them fills the registry
CONCURRENCY = 4
STALLED_AFTER_S = 30


def dsn(settings: Settings) -> str:
    return settings.database_url.get_secret_value().replace("+psycopg", "", 1)


def _run(spec: JobSpec, context: JobContext) -> Callable[..., Awaitable[None]]:
    async def run(timestamp: int = 0, **arguments: Any) -> None:  # noqa: ARG001 periodic tasks get it
        await spec.function(context, **arguments)

    return run


def make_worker_app(settings: Settings, context: JobContext) -> procrastinate.App:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn(settings)))
    for spec in registry.values():
        retry = RetryStrategy(max_attempts=spec.attempts, exponential_wait=spec.backoff_s)
        declare = app.task(name=spec.name, queue=spec.queue, retry=retry, lock=spec.lock)
        task = declare(_run(spec, context))
        if spec.cron:
            app.periodic(cron=spec.cron, periodic_id=spec.name)(task)
    return app


async def rescue_stalled(app: procrastinate.App) -> list[Job]:
    """Give the jobs of a worker that was killed to another: they stay `doing` otherwise."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S))
    for job in stalled:
        log.warning("job rescued", extra={"job": job.id, "task": job.task_name})
        await app.job_manager.retry_job(job)
    return stalled


async def _keep_rescuing(app: procrastinate.App) -> None:
    while True:
        try:
            await rescue_stalled(app)
        except procrastinate.exceptions.ConnectorException:
            log.warning("cannot look for stalled jobs")
        await asyncio.sleep(10)


async def work(settings: Settings) -> None:
    engine = make_engine(settings)
    async with httpx.AsyncClient() as http:
        context = JobContext(settings, make_sessions(engine), Storage(settings), http)
        app = make_worker_app(settings, context)
        async with app.open_async():
            rescuing = asyncio.create_task(_keep_rescuing(app))
            await app.run_worker_async(
                concurrency=CONCURRENCY,
                shutdown_graceful_timeout=30,
                delete_jobs="successful",
                update_heartbeat_interval=5,
                stalled_worker_timeout=STALLED_AFTER_S,
            )
            rescuing.cancel()
    await engine.dispose()


def main() -> None:
    settings = load_settings()
    configure(settings.log_level)
    install_keyring(keyring_from(settings))
    asyncio.run(work(settings))


if __name__ == "__main__":
    main()
