"""A doctor without a mouse: find a patient, open the record, go to the queue, judge a film."""

import re
from pathlib import Path

from playwright.async_api import Page, Request, expect
from sqlalchemy import func, select

from app.core.db import Sessionmaker
from app.core.storage import Storage
from app.medication.models import Review
from app.patients.models import Patient
from app.patients.search import search_keys_of
from tests.e2e.test_queue import put_films
from tests.e2e.world import Doctor, judge, log_in, make_world
from tests.running_system import RunningSystem

MOST_TABS = 40


async def _can_be_found(sessions: Sessionmaker, name: str) -> None:
    async with sessions.begin() as session:
        for patient in await session.scalars(select(Patient)):
            if patient.name == name:
                patient.search_keys = search_keys_of(name, patient.phone, None)


async def _tab_to(desk: Page, name: str) -> None:
    for _ in range(MOST_TABS):
        await desk.keyboard.press("Tab")
        if await desk.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"{name} is not reached by Tab")


async def test_from_the_desk_to_a_verdict_by_keyboard(
    desk: Page, system: RunningSystem, system_sessions: Sessionmaker, tmp_path: Path
) -> None:
    doctor = await put_films(system_sessions, Storage(system.read_settings()), tmp_path, 1)
    await _can_be_found(system_sessions, "患者00")
    await log_in(desk, doctor)

    await desk.keyboard.press("Control+k")
    await expect(desk.get_by_role("dialog", name="找患者")).to_be_visible()
    await desk.keyboard.type("患者00")
    await desk.keyboard.press("Enter")
    await desk.wait_for_url(re.compile(r"/staff/patients/[0-9a-f-]{36}$"))
    await expect(desk).to_have_title("患者00 · 患者概况 · 微步之约")
    await _tab_to(desk, "视频审核")
    await desk.keyboard.press("Enter")
    await judge(desk, "1")

    await expect(desk.get_by_text("没有要审核的视频了")).to_be_visible()
    assert await _reviews(system_sessions, doctor) == 1


async def _reviews(sessions: Sessionmaker, doctor: Doctor) -> int:
    async with sessions() as session:
        mine = select(func.count()).where(Review.reviewer_id == doctor.id)
        return await session.scalar(mine) or 0


async def test_pinyin_is_looked_for_when_it_has_become_a_word(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, _ = await make_world(system_sessions, "黄素珍")
    await _can_be_found(system_sessions, "黄素珍")
    await log_in(desk, doctor)
    await desk.keyboard.press("/")
    await expect(desk.get_by_role("dialog", name="找患者")).to_be_visible()
    await desk.wait_for_timeout(500)
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/find"):
            sent.append(request.post_data or "")

    desk.on("request", note)
    typing = await desk.context.new_cdp_session(desk)

    for syllable in ("h", "hu", "huang", "huang s", "huang su"):
        await typing.send(
            "Input.imeSetComposition",
            {"text": syllable, "selectionStart": len(syllable), "selectionEnd": len(syllable)},
        )
        await desk.wait_for_timeout(300)
    while_composing = len(sent)
    await typing.send("Input.insertText", {"text": "黄素"})

    await expect(desk.locator("#found").get_by_role("link", name="黄素珍")).to_be_visible()
    assert (while_composing, len(sent)) == (0, 1)
