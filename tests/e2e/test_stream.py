"""In a real browser: one stream for all its pages, and nothing lost by a restart."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.core.stream.conftest import People, Served, people, served
from tests.e2e.conftest import PATIENCE_MS

__all__ = ["people", "served"]
WITHOUT_WORKERS = "delete window.SharedWorker"
WITHOUT_LOCKS = (
    "delete window.SharedWorker; Object.defineProperty(navigator, 'locks', {value: undefined})"
)
# As a page would be written: it listens, and an element asks to be refreshed.
LISTENING = """
window.told = [];
document.addEventListener("weibu:event", ({detail}) => told.push(detail));
document.addEventListener("DOMContentLoaded", () => {
  const box = document.createElement("p");
  box.id = "box";
  box.dataset.refreshOn = "other.changed list.changed";
  box.addEventListener("refresh", () => (box.textContent += "."));
  document.body.append(box);
});
"""
TOLD = "told.filter((m) => m.name === 'list.changed').map((m) => m.ids.number)"


async def until(page: Page, expression: str) -> None:
    """Ask again and again: the page's policy forbids what Playwright would wait with."""
    async with asyncio.timeout(10):
        while not await page.evaluate(expression):  # noqa: ASYNC110 it happens in the browser
            await asyncio.sleep(0.05)


@pytest.fixture
async def context(
    browser: Browser, served: Served, people: People
) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(base_url=f"http://127.0.0.1:{served.port}")
    made.set_default_timeout(PATIENCE_MS)
    cookie = await served.browser(people.doctor.id)
    await made.add_cookies(
        [{"name": "weibu_staff", "value": cookie, "domain": "127.0.0.1", "path": "/"}]
    )
    await made.add_init_script(LISTENING)
    yield made
    await made.close()


async def _open(context: BrowserContext) -> Page:
    page = await context.new_page()
    await page.goto("/staff/account")
    return page


async def _two(context: BrowserContext) -> tuple[Page, Page]:
    """Open a page, wait until its stream has said hello, and open another."""
    first = await _open(context)
    await until(first, "told.some((m) => m.name === 'resync')")
    await until(first, "document.getElementById('box').textContent !== ''")
    return first, await _open(context)


@pytest.mark.parametrize(
    ("without", "streams"), [("", 1), (WITHOUT_WORKERS, 1), (WITHOUT_LOCKS, 2)]
)
async def test_pages_of_a_browser_share_what_they_can(
    context: BrowserContext, served: Served, people: People, without: str, streams: int
) -> None:
    await context.add_init_script(without)
    first, second = await _two(context)
    if streams == 2:
        await until(second, "told.some((m) => m.name === 'resync')")
    before = await first.locator("#box").text_content()

    await served.tell(people.team, 1)

    for page in (first, second):
        await until(page, f"{TOLD}.length === 1")
        assert await page.evaluate(TOLD) == [1]
    await until(first, f"document.getElementById('box').textContent !== '{before}'")
    assert served.hub.open_streams == streams


async def test_the_stream_outlives_the_page_that_opened_it(
    context: BrowserContext, served: Served, people: People
) -> None:
    await context.add_init_script(WITHOUT_WORKERS)
    first, second = await _two(context)
    await first.close()
    await until(second, "told.filter((m) => m.name === 'resync').length === 2")

    await served.tell(people.team, 1)

    await until(second, f"{TOLD}.length === 1")


async def test_a_browser_comes_back_after_a_restart_and_has_missed_nothing(
    context: BrowserContext, served: Served, people: People
) -> None:
    page = await _open(context)
    await until(page, "told.some((m) => m.name === 'resync')")

    await served.stop()
    await served.tell(people.team, 1)
    await served.start()
    await until(page, f"{TOLD}.length === 1")
    await served.tell(people.team, 2)
    await until(page, f"{TOLD}.length === 2")

    assert await page.evaluate(TOLD) == [1, 2]


async def test_a_page_of_nobody_opens_no_stream(browser: Browser, served: Served) -> None:
    page = await browser.new_page()
    await page.goto(f"http://127.0.0.1:{served.port}/staff/login")

    assert await page.locator("script[src*='stream.js']").count() == 0
    await page.close()
