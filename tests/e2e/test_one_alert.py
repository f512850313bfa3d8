"""The thread of an alert: felt on a phone, seen on open pages at once, ended by a doctor."""

from playwright.async_api import Page, expect

from app.core.db import Sessionmaker
from app.core.jobs import enqueue
from app.institutions.models import Title
from tests.alerts.factories import make_alert
from tests.e2e.world import (
    Household,
    bind_phone,
    expect_state,
    feel_unwell,
    film_a_dose,
    judge,
    log_in,
    make_doctor,
    make_household,
    make_world,
    shown,
    tap,
)
from tests.institutions.factories import make_team

LIVE_MS = 3000
PROCESSED_MS = 40_000


async def _open_pages(desk: Page) -> Page:
    """Leave the desk open in one tab and the alert list in another, streams connected."""
    listing = await desk.context.new_page()
    for page, address in ((desk, "/staff"), (listing, "/staff/alerts")):
        await page.goto(address)
        await page.wait_for_timeout(1500)
    return listing


async def test_a_severe_side_effect_reaches_open_pages_and_is_resolved(
    phone: Page, desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, household = await make_world(system_sessions, "孙玉琼")
    await bind_phone(phone, household, "sun-unwell")
    await log_in(desk, doctor)
    listing = await _open_pages(desk)
    await desk.evaluate("window.sameDocument = true")
    await listing.evaluate("window.sameDocument = true")

    await feel_unwell(phone, "yellow_skin")

    line = desk.locator("#desk-lines").get_by_text("孙玉琼")
    row = listing.locator("#alert-list tbody tr", has_text="孙玉琼")
    await expect(line).to_be_visible(timeout=LIVE_MS)
    await expect(row).to_contain_text("严重不良反应", timeout=LIVE_MS)
    assert await desk.evaluate("window.sameDocument")
    assert await listing.evaluate("window.sameDocument")
    await expect(shown(phone, "doctor-told")).to_be_visible()
    await expect(shown(phone, "severe-stopped")).to_contain_text("先停")

    await _decide(listing, household)

    await expect(line).to_be_hidden(timeout=LIVE_MS)
    await listing.goto("/staff/alerts")
    await expect(row).to_have_count(0)
    await listing.goto(f"/staff/patients/{household.patient.id}")
    await expect(listing.get_by_text("孙玉琼").first).to_be_visible()
    await expect(listing.get_by_text("严重不适，未恢复服药")).to_have_count(0)
    await tap(phone, "severe-done")
    await phone.reload()
    await expect(shown(phone, "film-start")).to_be_visible()


async def _decide(page: Page, household: Household) -> None:
    """From the alert to what the patient said; the head shows the flag until it is decided."""
    row = page.locator("#alert-list tbody tr", has_text=household.patient.name)
    await expect(row).to_contain_text("皮肤或眼白发黄")
    await row.get_by_role("link", name="处理，作决定").click()
    await expect(page.get_by_text("严重不适，未恢复服药").first).to_be_visible()
    await page.get_by_role("button", name="决定").click()
    await expect(page.get_by_text("请选择继续服药，还是暂停到哪天。")).to_be_visible()
    await page.get_by_label("怎样处理的").fill("已打电话，症状消失")
    await page.get_by_label("决定").select_option(label="可以继续服药")
    await page.get_by_role("button", name="决定").click()
    await expect(page.get_by_text("已决定：1 个治疗继续。")).to_be_visible()


async def test_what_a_doctor_types_outlives_news(
    phone: Page, desk: Page, system_sessions: Sessionmaker
) -> None:
    async with system_sessions.begin() as session:
        team = await make_team(session)
        doctor = await make_doctor(session, team)
        first = await make_household(session, team, doctor, "何桂英")
        second = await make_household(session, team, doctor, "谭永秀")
        await make_alert(session, patient=first.patient)
    await log_in(desk, doctor)
    await desk.goto("/staff/alerts")
    field = desk.get_by_placeholder("做了什么").first
    await field.fill("已打电话，")
    await desk.wait_for_timeout(1500)

    await bind_phone(phone, second, "tan-unwell")
    await feel_unwell(phone, "yellow_skin")
    await expect(shown(phone, "doctor-told")).to_be_visible()
    await desk.wait_for_timeout(LIVE_MS)

    await expect(field).to_have_value("已打电话，")
    await field.fill("")
    await field.blur()
    await expect(desk.get_by_text("谭永秀")).to_be_visible(timeout=2 * LIVE_MS)


async def test_a_village_doctor_sees_why_a_button_is_missing(
    phone: Page, desk: Page, system_sessions: Sessionmaker
) -> None:
    async with system_sessions.begin() as session:
        team = await make_team(session)
        doctor = await make_doctor(session, team, title=Title.VILLAGE_DOCTOR)
        household = await make_household(session, team, doctor, "周世芬")
    await bind_phone(phone, household, "zhou-unwell")
    await feel_unwell(phone, "yellow_skin")
    await expect(shown(phone, "doctor-told")).to_be_visible()
    await log_in(desk, doctor)
    await desk.goto("/staff/alerts")
    row = desk.locator("#alert-list tbody tr", has_text="周世芬")
    await row.get_by_role("link", name="经过、转交").click()
    await desk.get_by_role("main").locator("a[href$='/severe']").first.click()

    await expect(desk.get_by_text("要由家庭医生、结核病督导员或专科医生决定")).to_be_visible()
    await expect(desk.get_by_role("button", name="决定")).to_have_count(0)


async def test_a_rejected_film_is_told_in_the_inbox_and_opens_the_dose(
    phone: Page, desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, household = await make_world(system_sessions, "郭天寿")
    await bind_phone(phone, household, "guo-inbox")
    await film_a_dose(phone)
    await tap(phone, "film-send")
    await expect_state(phone, "等医生看", timeout=PROCESSED_MS)
    await log_in(desk, doctor)
    await desk.goto("/staff/reviews")
    await judge(desk, "4", "3")
    await expect(desk.get_by_text("没有要审核的视频了")).to_be_visible()

    await _wait_for_notice(phone, system_sessions)
    await tap(phone, "mine-inbox")
    line = shown(phone, "notice-line")
    await expect(line).to_contain_text("医生看了您发来的视频")
    await tap(phone, "notice-line")

    await expect(shown(phone, "review")).to_contain_text("没看到咽下去")
    await phone.goto("/m/?user=guo-inbox")
    await tap(phone, "tab-mine")
    await expect(phone.get_by_test_id("inbox-unread").locator("visible=true")).to_have_count(0)


async def _wait_for_notice(phone: Page, sessions: Sessionmaker) -> None:
    """Look into 我的 again and again: a verdict is told once it can no longer be undone."""
    await phone.goto("/m/?user=guo-inbox")
    for _ in range(30):
        async with sessions.begin() as session:
            await enqueue(session, "medication.tell_verdicts", lock="medication.tell_verdicts")
        await tap(phone, "tab-mine")
        await expect(shown(phone, "mine-inbox")).to_be_visible()
        await phone.wait_for_timeout(1500)
        if await phone.get_by_test_id("inbox-unread").locator("visible=true").count():
            return
        await tap(phone, "tab-today")
        await phone.wait_for_timeout(500)
    raise AssertionError("no notice within a minute")
