"""Takes pictures of the running system: `python -m scripts.dev.screenshots`.

Without arguments the README's, into `.readme`. `--all --to DIR` takes every screen in every size.
Needs a system started by scripts/run with its demo data, and Chromium as scripts/test installs it.
"""

import argparse
import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pyotp
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, StorageState, async_playwright

from scripts.dev import settings_file
from scripts.dev.paths import ACCOUNTS, ROOT, SETTINGS

README = ROOT / ".readme"
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
Size = tuple[int, int]
PHONE, SMALL_PHONE = (390, 844), (320, 568)
DESK, SMALL_DESK = (1440, 900), (1366, 768)


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


@dataclass
class Album:
    """Where the pictures go, and which are wanted; no names are all."""

    browser: Browser
    demo: Demo
    place: Path
    names: frozenset[str] = frozenset()
    sizes: str = ""
    logins: dict[str, StorageState] = field(default_factory=dict)

    async def context(self, size: Size, login: StorageState | None = None) -> BrowserContext:
        context = await self.browser.new_context(
            storage_state=login,
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["camera", "microphone"],
        )
        context.set_default_timeout(20_000)
        return context

    async def keep(self, page: Page, name: str) -> None:
        """256 colours are plenty for pages, and a fifth of the bytes."""
        if self.names and name not in self.names:
            return
        await page.wait_for_timeout(2000)
        picture = Image.open(BytesIO(await page.screenshot())).convert("RGB")
        small = picture.quantize(256, dither=Image.Dither.NONE)
        small.save(self.place / f"{name}{self.sizes}.png", optimize=True)

    async def open_phone(self, size: Size, user: str) -> Page:
        page = await (await self.context(size)).new_page()
        await page.goto(f"{self.demo.origin}/m/?user={user}")
        return page

    async def log_in(self, size: Size, about: str) -> Page:
        """Each person logs in once: a code of the authenticator works once."""
        if about not in self.logins:
            self.logins[about] = await self._log_in(self.demo.staff(about))
        page = await (await self.context(size, self.logins[about])).new_page()
        await page.goto(f"{self.demo.origin}/staff")
        return page

    async def _log_in(self, person: dict[str, str]) -> StorageState:
        page = await (await self.context(DESK)).new_page()
        await page.goto(f"{self.demo.origin}/staff/login")
        await page.get_by_label("用户名").fill(person["username"])
        await page.get_by_label("密码").fill(person["password"])
        await page.get_by_label("动态码").fill(pyotp.TOTP(person["totp_secret"]).now())
        await page.get_by_role("button", name="登录", exact=True).click()
        await page.wait_for_url(re.compile(r"/staff/?$"))
        return await page.context.storage_state()

    async def visit(self, page: Page, path: str, name: str) -> None:
        await page.goto(f"{self.demo.origin}{path}")
        await self.keep(page, name)


async def _tap(page: Page, test_id: str) -> None:
    button = page.get_by_test_id(test_id).locator("visible=true").last
    await button.wait_for()
    await page.wait_for_timeout(700)  # a tap right after a page opened is taken for a slip
    await button.click()


async def _of_patient(album: Album, page: Page, name: str) -> str:
    """Find the address of a patient by name, as a doctor does."""
    await page.goto(f"{album.demo.origin}/staff/patients")
    await page.get_by_role("searchbox").fill(name)
    await page.get_by_role("link", name=name).first.click()
    await page.wait_for_url(re.compile(r"/staff/patients/[0-9a-f-]{36}"))
    return page.url.removeprefix(album.demo.origin)


async def _filming_phone(album: Album, size: Size) -> None:
    page = await album.open_phone(size, album.demo.patient("今天的药还没拍"))
    await album.keep(page, "today")
    await _tap(page, "tab-calendar")
    await album.keep(page, "calendar")
    await _tap(page, "tab-today")
    await _tap(page, "film-start")
    question = page.get_by_test_id("side-effects-none").locator("visible=true")
    await question.or_(page.get_by_test_id("prepared")).first.wait_for()
    if await question.count():  # once answered, it is not asked again
        await album.keep(page, "side-effects")
        await question.click()
    await album.keep(page, "prepared")
    await _tap(page, "prepared")
    await album.keep(page, "camera")


async def _rejected_phone(album: Album, size: Size) -> None:
    page = await album.open_phone(size, album.demo.patient("被退回"))
    await album.keep(page, "rejected")
    await _tap(page, "tab-mine")
    await album.keep(page, "mine")
    await _tap(page, "mine-inbox")
    await album.keep(page, "inbox-phone")
    page = await album.open_phone(size, album.demo.patient("今天的药还没拍"))
    await _tap(page, "tab-mine")
    await _tap(page, "mine-views")
    await album.keep(page, "views")


async def _other_phones(album: Album, size: Size) -> None:
    page = await album.open_phone(size, album.demo.patient("严重不适"))
    await album.keep(page, "today-severe")
    await _tap(page, "severe-open")
    await album.keep(page, "severe")
    page = await album.open_phone(size, album.demo.patient("替女儿"))
    await album.keep(page, "today-guardian")
    page = await album.open_phone(size, album.demo.patient("刚满14岁"))
    await album.keep(page, "today-turned-14")
    await _tap(page, "tab-mine")
    await _tap(page, "mine-record")
    await album.keep(page, "record-phone")
    page = await album.open_phone(size, "nobody-yet")
    await album.keep(page, "bind")


async def _doctors_desk(album: Album, size: Size) -> None:
    page = await album.log_in(size, "审核视频最多")
    await album.keep(page, "desk")
    await album.visit(page, await _of_patient(album, page, "张国华"), "patient")
    await album.visit(page, "/staff/reviews", "reviews")


async def _doctors_pages(album: Album, size: Size) -> None:
    page = await album.log_in(size, "审核视频最多")
    for path, name in (
        ("/staff/patients", "patients"),
        ("/staff/alerts", "alerts"),
        ("/staff/alerts?shown=handled", "alerts-handled"),
        ("/staff/inbox", "inbox"),
        ("/staff/account", "account"),
        ("/staff/medication/missing", "missing"),
        ("/staff/medication/ending", "ending"),
    ):
        await album.visit(page, path, name)
    silent = await _of_patient(album, page, "吴兴贵")
    await album.visit(page, f"{silent}/treatments/new", "templates")
    await page.goto(f"{album.demo.origin}{silent}")
    await album.keep(page, "patient-silent")
    await album.visit(page, f"{silent}/contacts", "contacts")
    await album.visit(page, f"{silent}/alerts", "patient-alerts")
    await album.visit(page, f"{silent}/closing", "closing")
    child = await _of_patient(album, page, "罗小燕")
    await album.visit(page, f"{child}/edit", "record")
    await album.visit(page, f"{child}/binding", "binding")


async def _plan_pages(album: Album, size: Size) -> None:
    page = await album.log_in(size, "审核视频最多")
    held = await _of_patient(album, page, "张国华")
    await album.visit(page, f"{held}/medication", "course")
    await album.visit(page, f"{held}/medication/history", "history")
    await album.visit(page, f"{held}/treatments/new?template=free", "plan")
    await page.goto(f"{album.demo.origin}{held}")
    await page.locator("a[href^='/staff/treatments/']").first.click()
    await album.keep(page, "treatment")
    await page.get_by_role("link", name="修改方案").click()
    await album.keep(page, "plan-edit")
    await page.goto(f"{album.demo.origin}{held}/medication")
    await page.locator("a.mark.ok").first.click()
    await album.keep(page, "dose")


async def _other_desks(album: Album, size: Size) -> None:
    page = await album.log_in(size, "替休假")
    await album.keep(page, "desk-village")
    await album.visit(page, "/staff/absences", "absences")
    page = await album.log_in(size, "jiangming")
    await album.visit(page, "/staff/alerts", "alerts-severe")
    await page.get_by_role("link", name="经过、转交").first.click()
    await album.keep(page, "alert")
    await page.get_by_role("link", name="处理，作决定").first.click()
    await album.keep(page, "severe-decision")
    await page.get_by_role("button", name="决定").click()
    await album.keep(page, "severe-decision-refused")
    page = await album.log_in(size, "tanyulan")
    await album.visit(page, "/staff/inbox", "inbox-supervisor")
    await album.visit(page, "/staff/alerts", "alerts-supervisor")
    twice = await _of_patient(album, page, "谢光荣")
    await album.visit(page, f"{twice}/merge", "merge")


async def _desks_without_patients(album: Album, size: Size) -> None:
    page = await album.log_in(size, "zhengmin")
    await album.keep(page, "start-operator")
    await album.visit(page, "/staff/asked-changes", "asked-changes")
    await album.visit(page, "/staff/failed-jobs", "failed-jobs")
    page = await album.log_in(size, "病案录入员")
    await album.keep(page, "start-clerk")


async def _scanned_log_in(album: Album, size: Size) -> None:
    """Show the number on the PC, and the three that the doctor's phone offers."""
    page = await (await album.context(size)).new_page()
    await page.goto(f"{album.demo.origin}/staff/login")
    await page.get_by_role("button", name="显示登录码").click()
    code = await page.locator("[data-scan-code]").inner_text()
    await album.keep(page, "login-code")
    phone = await album.open_phone(PHONE, album.demo.patient("扫码登录"))
    await phone.get_by_text("我是医生，扫码登录电脑").click()
    await phone.get_by_test_id("staff-code-input").locator("input").fill(code)
    await _tap(phone, "staff-code-submit")
    await phone.get_by_text("有一台电脑要登录您的账号").wait_for()
    await album.keep(phone, "staff-scan")


async def _supervisors_desk(album: Album, size: Size) -> None:
    page = await album.log_in(size, "区级督导")
    await album.visit(page, "/staff/supervision", "supervision")
    await album.visit(page, "/staff/confirmations", "confirmations")


Screens = Callable[[Album, Size], Awaitable[None]]
OF_README: tuple[tuple[Screens, Size], ...] = (
    (_filming_phone, PHONE),
    (_rejected_phone, PHONE),
    (_doctors_desk, DESK),
    (_supervisors_desk, DESK),
)
README_NAMES = frozenset(
    {"today", "calendar", "camera", "rejected", "desk", "patient", "reviews", "supervision"}
)
PHONES: tuple[Screens, ...] = (_filming_phone, _rejected_phone, _other_phones)
DESKS: tuple[Screens, ...] = (
    _doctors_desk,
    _doctors_pages,
    _plan_pages,
    _other_desks,
    _desks_without_patients,
    _supervisors_desk,
    _scanned_log_in,
)


async def _take(place: Path, *, everything: bool) -> None:
    demo = _demo()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        if everything:
            await _take_all(browser, demo, place)
        else:
            album = Album(browser, demo, place, README_NAMES)
            for screens, size in OF_README:
                await screens(album, size)
        await browser.close()


async def _take_all(browser: Browser, demo: Demo, place: Path) -> None:
    logins: dict[str, StorageState] = {}
    for kinds, sizes in ((PHONES, (PHONE, SMALL_PHONE)), (DESKS, (DESK, SMALL_DESK))):
        for size in sizes:
            album = Album(browser, demo, place, sizes=f"-{size[0]}x{size[1]}", logins=logins)
            for screens in kinds:
                await screens(album, size)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--all", action="store_true", help="every screen in every size")
    arguments.add_argument("--to", type=Path, default=README, help="where to, instead of .readme")
    given = arguments.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    asyncio.run(_take(given.to, everything=given.all))


if __name__ == "__main__":
    main()
