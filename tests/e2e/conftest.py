"""A running system with one doctor and a few patients, and browsers to use it with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import Sessionmaker, make_engine, make_sessions
from app.core.settings import Settings
from scripts.dev.engines import Engines
from tests.running_system import RunningSystem
from tests.transactions import ARRANGING

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--lang=zh-CN",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 900}
PATIENCE_MS = 20_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them: scripts/test runs them alone, for they measure."""
    for item in items:
        if "tests/e2e" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def system(
    engines: Engines, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSystem]:
    engines.postgresql.create_database("weibu_e2e")
    running = RunningSystem(engines, "weibu_e2e", tmp_path_factory.mktemp("system"))
    running.share_keys(settings)
    running.release()
    running.start_standin()
    running.start_api()
    running.start_worker()
    yield running
    running.stop()


@pytest.fixture(scope="session")
async def system_engine(system: RunningSystem) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(system.read_settings())
    yield engine
    await engine.dispose()


@pytest.fixture
def system_sessions(system_engine: AsyncEngine) -> Sessionmaker:
    """Seed and look with real commits: the processes must see them."""
    return make_sessions(system_engine, None, **{ARRANGING: True})


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        await chromium.close()


async def _context(browser: Browser, origin: str, size: ViewportSize) -> BrowserContext:
    context = await browser.new_context(
        base_url=origin, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture
async def phone(browser: Browser, system: RunningSystem) -> AsyncIterator[Page]:
    context = await _context(browser, system.origin, PHONE)
    await context.grant_permissions(["camera", "microphone"])
    yield await context.new_page()
    await context.close()


@pytest.fixture
async def desk(browser: Browser, system: RunningSystem) -> AsyncIterator[Page]:
    context = await _context(browser, system.origin, DESK)
    yield await context.new_page()
    await context.close()


@pytest.fixture
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a failing test leaves what it saw."""
    return tmp_path_factory.mktemp("pictures")
