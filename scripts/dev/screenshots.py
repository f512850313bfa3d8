"""Takes the README's pictures of the running system: `python -m scripts.dev.screenshots`.

Needs a system started by scripts/run with its demo data, and Chromium as scripts/test installs it.
"""

import asyncio
import json
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pyotp
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from scripts.dev import settings_file
from scripts.dev.paths import ACCOUNTS, ROOT, SETTINGS

PLACE = ROOT / ".readme"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--lang=zh-CN",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@dataclass(frozen=True)
class Demo:
    origin: str
    accounts: dict[str, Any]

    def staff(self, about: str) -> dict[str, str]:
        return next(s for s in self.accounts["staff"] if about in s["about"] + s["username"])

    def patient(self, about: str) -> str:
        return str(next(p["user"] for p in self.accounts["patients"] if about in p["about"]))


def _demo() -> Demo:
    origin = settings_file.load(SETTINGS)["PUBLIC_ORIGIN"]
    return Demo(origin, json.loads(ACCOUNTS.read_text()))


async def _page(browser: Browser, width: int, height: int) -> Page:
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        permissions=["camera", "microphone"],
    )
    page = await context.new_page()
    page.set_default_timeout(20_000)
    return page


async def _keep(page: Page, name: str) -> None:
    """256 colours are plenty for pages, and a fifth of the bytes."""
    await page.wait_for_timeout(2000)
    picture = Image.open(BytesIO(await page.screenshot())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(PLACE / f"{name}.png", optimize=True)


async def _tap(page: Page, test_id: str) -> None:
    await page.get_by_test_id(test_id).locator("visible=true").last.click()


async def _phones(browser: Browser, demo: Demo) -> None:
    page = await _page(browser, 390, 844)
    await page.goto(f"{demo.origin}/m/?user={demo.patient('今天的药还没拍')}")
    await _keep(page, "today")
    await _tap(page, "tab-calendar")
    await _keep(page, "calendar")
    await _tap(page, "tab-today")
    await _tap(page, "film-start")
    await _tap(page, "side-effects-none")
    await _keep(page, "camera")
    page = await _page(browser, 390, 844)
    await page.goto(f"{demo.origin}/m/?user={demo.patient('被退回')}")
    await _keep(page, "rejected")


async def _log_in(page: Page, demo: Demo, about: str) -> None:
    person = demo.staff(about)
    await page.goto(f"{demo.origin}/staff/login")
    await page.get_by_label("用户名").fill(person["username"])
    await page.get_by_label("密码").fill(person["password"])
    await page.get_by_label("动态码").fill(pyotp.TOTP(person["totp_secret"]).now())
    await page.get_by_role("button", name="登录", exact=True).click()
    await page.wait_for_url(re.compile(r"/staff/?$"))


async def _desk(browser: Browser, demo: Demo) -> None:
    page = await _page(browser, 1440, 900)
    await _log_in(page, demo, "审核视频最多")
    await page.goto(f"{demo.origin}/staff/patients")
    await page.get_by_role("link", name="张国华").click()
    await _keep(page, "patient")
    await page.goto(f"{demo.origin}/staff/reviews")
    await _keep(page, "reviews")
    page = await _page(browser, 1440, 900)
    await _log_in(page, demo, "区级督导")
    await page.goto(f"{demo.origin}/staff/supervision")
    await _keep(page, "supervision")


async def _take() -> None:
    PLACE.mkdir(exist_ok=True)
    demo = _demo()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        await _phones(browser, demo)
        await _desk(browser, demo)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(_take())
