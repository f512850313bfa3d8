"""The thread: a patient films a dose, a doctor decides, the patient sees it counted."""

import re

from playwright.async_api import Page, expect

from app.core.db import Sessionmaker
from tests.e2e.world import (
    bind_phone,
    expect_state,
    film_a_dose,
    log_in,
    make_world,
    shown,
)


async def test_a_filmed_dose_is_reviewed_and_counted(
    phone: Page, desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, household = await make_world(system_sessions, "周桂兰")

    await bind_phone(phone, household, "zhou")
    await film_a_dose(phone)
    await shown(phone, "film-send").click()
    await expect_state(phone, "待审核", timeout=40_000)

    await log_in(desk, doctor)
    await desk.goto("/staff/reviews")
    await expect(desk.get_by_text("周桂兰").first).to_be_visible()
    await desk.keyboard.press("1")

    await expect(desk.get_by_text(re.compile("没有待审核|都看完了|暂无")).first).to_be_visible()
    await phone.reload()
    await expect_state(phone, "已确认")
    await shown(phone, "tab-calendar").click()
    await expect(shown(phone, "rates")).to_be_visible()
