"""The real API and the real worker on engines of their own, which these tests kill."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import Sessionmaker, make_engine, make_sessions
from app.core.settings import Settings
from scripts.dev.engines import Engines, test_engines
from tests.faults.world import World
from tests.media.video.films import Recipe, write_film
from tests.running_system import RunningSystem

PATIENCE_S = 40


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them: they kill processes, so scripts/test runs them alone."""
    for item in items:
        if "tests/faults" in str(item.path):
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="module")
def own_engines() -> Iterator[Engines]:
    """Engines that these tests may kill: other tests have their own."""
    with test_engines() as both:
        yield both


@pytest.fixture(scope="module")
def system(
    own_engines: Engines, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSystem]:
    own_engines.postgresql.create_database("weibu_faults")
    running = RunningSystem(own_engines, "weibu_faults", tmp_path_factory.mktemp("faults"))
    running.share_keys(settings)
    running.settings["WORKER_STALLED_AFTER_S"] = "3"
    running.release()
    running.start_api()
    running.start_worker()
    yield running
    running.stop()


@pytest.fixture(scope="module")
async def system_engine(system: RunningSystem) -> AsyncIterator[AsyncEngine]:
    made = make_engine(system.read_settings())
    yield made
    await made.dispose()


@pytest.fixture
async def world(system: RunningSystem, system_engine: AsyncEngine) -> AsyncIterator[World]:
    """Make a patient with a dose that is open now; leave the system whole again."""
    sessions: Sessionmaker = make_sessions(system_engine)
    made = await World.make(system.read_settings(), sessions)
    yield made
    await made.close()
    if not system.children["api"].running:
        system.start_api()
    if not system.children["worker"].running:
        system.start_worker()


@pytest.fixture(scope="session")
def good_film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_film(tmp_path_factory.mktemp("film") / "good.mp4").read_bytes()


@pytest.fixture(scope="session")
def slow_film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Make a film that has to be made anew: long enough to be killed in the middle."""
    recipe = Recipe(codec="libvpx", audio=None, seconds=40, rate=15, width=640, height=480)
    return write_film(Path(tmp_path_factory.mktemp("film")) / "slow.webm", recipe).read_bytes()


async def until(ready: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what the system does by itself."""
    async with asyncio.timeout(PATIENCE_S):
        while not await ready():  # noqa: ASYNC110 what we wait for is in other processes
            await asyncio.sleep(0.1)
