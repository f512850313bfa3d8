"""The thread: a patient films a dose, a doctor decides, the patient sees it counted."""

from playwright.async_api import Page, expect

from app.core.db import Sessionmaker
from tests.e2e.world import (
    bind_phone,
    expect_state,
    film_a_dose,
    judge,
    log_in,
    make_world,
    record,
    shown,
    tap,
)

PROCESSED_MS = 40_000


async def test_a_filmed_dose_is_accepted_and_counted(
    phone: Page, desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, household = await make_world(system_sessions, "周桂兰")

    await bind_phone(phone, household, "zhou")
    await film_a_dose(phone)
    await tap(phone, "film-send")
    await expect_state(phone, "等医生看", timeout=PROCESSED_MS)
    await log_in(desk, doctor)
    await desk.goto("/staff/reviews")
    await expect(desk.locator('[data-fact="name"]')).to_have_text("周桂兰")
    await judge(desk, "1")
    await expect(desk.get_by_text("没有要审核的视频了")).to_be_visible()

    await phone.reload()
    await expect_state(phone, "已确认服药")
    await tap(phone, "tab-calendar")
    await expect(shown(phone, "rates")).to_be_visible()
    await desk.goto(f"/staff/patients/{household.patient.id}")
    await expect(desk.get_by_text("周桂兰").first).to_be_visible()


async def test_a_rejected_film_teaches_and_is_filmed_again(
    phone: Page, desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, household = await make_world(system_sessions, "吴德明")

    await bind_phone(phone, household, "wu")
    await film_a_dose(phone)
    await tap(phone, "film-send")
    await expect_state(phone, "等医生看", timeout=PROCESSED_MS)
    await log_in(desk, doctor)
    await desk.goto("/staff/reviews")
    first = await judge(desk, "4", "3")
    await expect(desk.get_by_text("没有要审核的视频了")).to_be_visible()

    await phone.reload()
    await expect_state(phone, "没通过")
    await expect(shown(phone, "verdict-note")).to_contain_text("没看到咽下去")
    await expect(shown(phone, "film-start")).to_contain_text("重新拍摄")
    await tap(phone, "film-start")
    await record(phone)
    await tap(phone, "film-send")
    await expect_state(phone, "等医生看", timeout=PROCESSED_MS)
    second = await judge(desk, "1")
    assert second != first
    await phone.reload()
    await expect_state(phone, "已确认服药")
