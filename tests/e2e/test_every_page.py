"""Every page of the Mini Program in Chromium: contrast, names, sizes, nothing cut.

The smallest type on a usual phone and the largest on the smallest. `python -m scripts.dev.pages`
takes all three on both, and keeps pictures.
"""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, ViewportSize

from app.core.db import Sessionmaker
from scripts.dev.surroundings import option
from tests.e2e.conftest import PATIENCE_MS, PHONE
from tests.e2e.phone_pages import AXE, LOOKS, WALKS, Look, Walk, routes_of
from tests.e2e.phone_people import People, make_people
from tests.running_system import RunningSystem

SMALL_PHONE: ViewportSize = {"width": 320, "height": 568}
PICTURES = option("WEIBU_PICTURES", "")


def looks() -> list[Look]:
    if not PICTURES:
        return [Look("standard", (PHONE,)), Look("largest", (SMALL_PHONE,))]
    sizes = ("standard", "large", "largest")
    return [Look(size, (PHONE, SMALL_PHONE), Path(PICTURES)) for size in sizes]


async def _walk(
    browser: Browser, system: RunningSystem, look: Look, people: People, walk: Walk
) -> set[str]:
    """Answer which pages the app says it has."""
    context = await browser.new_context(
        base_url=system.origin, locale="zh-CN", timezone_id="Asia/Shanghai",
        permissions=["camera", "microphone"],
    )  # fmt: skip
    context.set_default_timeout(2 * PATIENCE_MS)
    page = await context.new_page()
    await walk(page, look, people)
    known = await routes_of(page)
    await context.close()
    return known


async def _see(browser: Browser, system: RunningSystem, sessions: Sessionmaker, look: Look) -> None:
    people = await make_people(sessions, f"look-{look.size}")

    together = (_walk(browser, system, look, people, walk) for walk in WALKS)
    known = await asyncio.gather(*together)

    assert [look.routes] * len(WALKS) == known


async def test_every_page_is_shown_whole_and_can_be_read_and_tapped(
    browser: Browser, system: RunningSystem, system_sessions: Sessionmaker
) -> None:
    """All at once: most of their time they wait, as a person does before a tap."""
    seen = looks()

    await asyncio.gather(*(_see(browser, system, system_sessions, look) for look in seen))

    assert {where: faults for look in seen for where, faults in look.faults.items()} == {}


BAD = {
    "color-contrast": "<p style='color: #999'>看不清的字</p>",
    "image-alt": "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' width=50 height=50>",
    "small to tap": "<div class='press' style='width: 43px; height: 60px'>点</div>",
    "not for people": "<p>undefined 片</p>",
    "off the screen": "<p style='width: 400px; white-space: nowrap'>{long}</p>",
    "wider than its box": "<p style='width: 90px; white-space: nowrap'>电话 13800001234</p>",
    "cut off": "<p style='height: 20px; overflow: hidden'>第一行<br>第二行</p>",
    "over each other": "<p>压在上面</p><p style='margin-top: -38px'>压在下面</p>",
}


@pytest.mark.parametrize("fault", BAD)
async def test_each_fault_is_found(browser: Browser, fault: str) -> None:
    page = await browser.new_page(viewport=SMALL_PHONE)
    body = f"<main>{BAD[fault].format(long='很长的一行字' * 5)}</main>"
    await page.set_content(f"<html lang='zh-CN'><title>试</title><body>{body}</body></html>")
    await page.add_script_tag(path=AXE)

    found = await page.evaluate(f"({LOOKS})()")

    await page.close()
    assert any(one.startswith(fault) for one in found), found
