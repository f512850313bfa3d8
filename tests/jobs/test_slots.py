"""Heavy jobs never take the slots of the others, and a worker that cannot work says so."""

import asyncio
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from app.core.assembly import assemble
from app.core.db import Sessionmaker
from app.core.feature import Feature
from app.core.job_context import JobContext
from app.core.jobs import NewJob, enqueue_each, job
from app.core.settings import Settings
from app.core.storage import Storage
from app.worker import (
    MOST_RESCUES,
    WorkerStoppedError,
    make_worker_app,
    rescue_stalled,
    serve_until,
    slots,
)
from tests.jobs.queue import failed_names


@pytest.mark.parametrize(
    ("concurrency", "queues", "made"),
    [
        (4, ["default", "video"], {"default": 4, "video": 3}),
        (1, ["default", "video"], {"default": 1, "video": 1}),
        (4, ["video"], {"video": 3}),
    ],
)
def test_each_queue_has_slots_of_its_own(
    settings: Settings, concurrency: int, queues: list[str], made: dict[str, int]
) -> None:
    changed = {"worker_concurrency": concurrency, "worker_queues": queues}

    assert slots(settings.model_copy(update=changed)) == made


async def test_a_usual_job_runs_while_more_films_than_slots_are_worked_on(
    settings: Settings, committed_database: Sessionmaker
) -> None:
    release, usual_ran, films = asyncio.Event(), asyncio.Event(), 0

    @job("tests.film", queue="video")
    async def film(_context: JobContext) -> None:
        nonlocal films
        films += 1
        await release.wait()

    @job("tests.usual")
    async def usual(_context: JobContext) -> None:
        usual_ran.set()

    features = assemble([Feature(name="tests", jobs=(film, usual))])
    context = JobContext(settings, committed_database, Storage(settings), features)
    app, stop = make_worker_app(settings, context), asyncio.Event()
    async with committed_database.begin() as session:
        await enqueue_each(session, [NewJob("tests.film", {}, "video") for _ in range(9)])
        await enqueue_each(session, [NewJob("tests.usual", {})])

    async with app.open_async():
        of_queues = slots(settings.model_copy(update={"worker_concurrency": 2}))
        serving = asyncio.create_task(serve_until(stop, app, settings, of_queues))
        async with asyncio.timeout(20):
            await usual_ran.wait()
            busy = films
            release.set()
            stop.set()
            await serving

    assert busy <= 1


async def test_worker_of_which_a_part_ends_ends_with_an_error(settings: Settings) -> None:
    """As when it loses the database; procrastinate only logs it and returns."""

    async def run_worker_async(queues: list[str], **_: object) -> None:
        if queues == ["default"]:
            await asyncio.sleep(60)

    async def no_stalled_jobs(**_: object) -> list[object]:
        return []

    manager = SimpleNamespace(get_stalled_jobs=no_stalled_jobs)
    app = SimpleNamespace(run_worker_async=run_worker_async, job_manager=manager)

    async with asyncio.timeout(5):
        with pytest.raises(WorkerStoppedError, match="video"):
            await serve_until(asyncio.Event(), app, settings, {"default": 1, "video": 1})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("attempts", "failed"), [(MOST_RESCUES - 1, []), (MOST_RESCUES, ["tests.killer"])]
)
async def test_job_that_kills_its_workers_gives_up(
    settings: Settings, committed_database: Sessionmaker, attempts: int, failed: list[str]
) -> None:
    context = JobContext(settings, committed_database, Storage(settings), assemble([]))
    app = make_worker_app(settings, context)
    async with committed_database.begin() as session:
        await session.execute(
            text(
                "with dead as (insert into procrastinate_workers (last_heartbeat)"
                " values (now() - interval '1 hour') returning id)"
                " insert into procrastinate_jobs"
                " (queue_name, task_name, status, attempts, worker_id)"
                " select 'default', 'tests.killer', 'doing', :attempts, id from dead"
            ),
            {"attempts": attempts},
        )

    async with app.open_async():
        await rescue_stalled(app, 30)

    async with committed_database() as session:
        assert await failed_names(session) == failed
