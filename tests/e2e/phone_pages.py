"""A walk through every page of the Mini Program's h5 build, with something to show on each."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from playwright.async_api import Page, ViewportSize, expect

from tests.e2e.phone_people import People
from tests.e2e.world import read_to_the_end, shown, tap, type_code

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
AXE = ROOT / "miniprogram/node_modules/axe-core/axe.min.js"
LOOKS = (HERE / "looks.js").read_text()
LAID_OUT_MS = 200
LOOKED_AGAIN = 2
TALLEST = 3000
# The preview keeps what Taro's storage would, under the name of the person.
REMEMBERS = """([user, size]) => {
  const key = `weibu:${user}:type-size`
  if (!localStorage.getItem(key)) {
    localStorage.setItem(key, JSON.stringify({ data: JSON.stringify(size) }))
  }
}"""
# While one page slides over another both are seen.
STANDS = """size => {
  const seen = [...document.querySelectorAll('.page')].filter((page) => page.checkVisibility())
  return seen.length === 1 && seen[0].classList.contains(`type-${size}`)
}"""
SCROLLED = """() => Math.max(...[...document.querySelectorAll('.page')]
  .filter((page) => page.checkVisibility()).map((page) => page.scrollHeight + 40))"""


@dataclass
class Look:
    """One type size on phones of these widths: `faults` says what was found, by page."""

    size: str
    phones: tuple[ViewportSize, ...]
    place: Path | None = None
    faults: dict[str, list[str]] = field(default_factory=dict)
    routes: set[str] = field(default_factory=set)

    async def at(self, page: Page, name: str, sign: str) -> None:
        """Look at the page that stands when the element `sign` does."""
        await shown(page, sign).wait_for()
        await page.wait_for_function(STANDS, arg=self.size)
        self.routes.add(await page.evaluate("location.hash.slice(2).split('?')[0]"))
        for phone in self.phones:
            await page.set_viewport_size(phone)
            await page.wait_for_timeout(LAID_OUT_MS)
            where = f"{name}-{phone['width']}x{phone['height']}-{self.size}"
            faults = await page.evaluate(f"({LOOKS})()")
            for _ in range(LOOKED_AGAIN if faults else 0):  # a busy machine lays out late
                await page.wait_for_timeout(5 * LAID_OUT_MS)
                faults = await page.evaluate(f"({LOOKS})()")
                if not faults:
                    break
            if faults:
                self.faults[where] = faults
            if self.place:
                await self._keep(page, self.place / where, phone)

    async def _keep(self, page: Page, name: Path, phone: ViewportSize) -> None:
        """Keep the screen as it is held, and the whole of what can be scrolled."""
        await page.screenshot(path=f"{name}.png")
        tall = min(TALLEST, await page.evaluate(SCROLLED))
        if tall > phone["height"] + 20:
            await page.set_viewport_size({"width": phone["width"], "height": tall})
            await page.wait_for_timeout(LAID_OUT_MS)
            await page.screenshot(path=f"{name}-all.png")


async def _begin(page: Page, look: Look, user: str) -> None:
    arguments = json.dumps([user, look.size])
    await page.add_init_script(f"({REMEMBERS})({arguments})")
    await page.add_init_script(path=AXE)
    await page.set_viewport_size(look.phones[0])
    await page.goto(f"/m/?user={user}")


async def _open(page: Page, path: str, **told: str) -> None:
    query = f"?{urlencode(told)}" if told else ""
    await page.evaluate("hash => { location.hash = hash }", f"/{path}/index{query}")


async def walk_new(page: Page, look: Look, people: People) -> None:
    await _bind(page, look, people)
    await _film(page, look)


async def walk_settled(page: Page, look: Look, people: People) -> None:
    await _begin(page, look, people.settled)
    await _days(page, look, people)
    await _doses(page, look, people)
    await _own(page, look)


async def walk_ended(page: Page, look: Look, people: People) -> None:
    await _begin(page, look, people.ended)
    await look.at(page, "ended", "ended")


async def _bind(page: Page, look: Look, people: People) -> None:
    await _begin(page, look, people.first)
    await look.at(page, "bind", "bind-type")
    await tap(page, "bind-type")
    await look.at(page, "bind-typed", "pad-1")
    await type_code(page, people.new)
    await tap(page, "bind-submit")
    await look.at(page, "bind-confirm", "bind-confirm")
    await tap(page, "bind-confirm")
    for place in range(2):
        await look.at(page, f"bind-consent-{place}", "consent-refuse")
        await read_to_the_end(page)
        await tap(page, "consent-accept")


async def _film(page: Page, look: Look) -> None:
    await look.at(page, "today-first", "film-start")
    await tap(page, "film-start")
    await look.at(page, "side-effects", "side-effects-none")
    await tap(page, "side-effects-none")
    await look.at(page, "prepared", "prepared")
    await tap(page, "prepared")
    await expect(shown(page, "camera-start")).to_contain_text("开始拍")
    await look.at(page, "camera", "camera-start")
    await tap(page, "camera-start")
    await page.wait_for_timeout(3500)
    await look.at(page, "camera-filming", "camera-stop")
    await tap(page, "camera-stop")
    await look.at(page, "preview", "film-send")
    await tap(page, "film-again")
    await look.at(page, "preview-again", "retake-close")
    await tap(page, "retake-close")
    await _open(page, "pages/outbox")
    await look.at(page, "outbox", "outbox-retry")


async def _days(page: Page, look: Look, people: People) -> None:
    await look.at(page, "today", "verdict-note")
    await _open(page, "pages/calendar")
    await look.at(page, "calendar", "rates")
    await page.locator(".day-today:visible").first.click()
    await look.at(page, "calendar-day", "day-close")
    await tap(page, "day-close")
    await _open(page, "pages/mine")
    await look.at(page, "mine", "mine-inbox")
    await tap(page, "mine-help")
    await look.at(page, "mine-help", "help-close")
    await tap(page, "help-close")
    await _open(page, "pages/outbox")
    await look.at(page, "outbox-empty", "empty")
    await _open(page, "pages/dose", dose_id=people.morning)
    await look.at(page, "dose", "review")


async def _doses(page: Page, look: Look, people: People) -> None:
    await _open(page, "pages/cannot-film", dose_id=people.evening)
    await shown(page, "reason-unwell").click()
    await look.at(page, "cannot-film", "unwell-way")
    await _open(page, "pages/side-effects", dose_id=people.evening, felt="1")
    await look.at(page, "symptoms", "symptom-yellow_skin")
    told = {"dose_id": people.evening, "symptoms": "yellow_skin,breathless"}
    await _open(page, "pages/severe", **told)
    await look.at(page, "severe", "call-120")


async def _own(page: Page, look: Look) -> None:
    for name, sign in (
        ("record", "call-doctor"),
        ("inbox", "notices"),
        ("views", "views"),
        ("consents", "consent-state-health_record"),
        ("account", "close-account"),
    ):
        await _open(page, f"packages/me/{name}")
        await look.at(page, name, sign)
        if name == "account":
            await tap(page, "close-account")
            await look.at(page, "account-closing", "close-not")
            await tap(page, "close-not")
    await _open(page, "packages/staff/staff-scan")
    await look.at(page, "staff-scan", "staff-code-submit")


async def routes_of(page: Page) -> set[str]:
    """Ask the app which pages it has."""
    return set(await page.evaluate("window.__taroAppConfig.pages"))


Walk = Callable[[Page, Look, People], Awaitable[None]]
WALKS: tuple[Walk, ...] = (walk_new, walk_settled, walk_ended)
