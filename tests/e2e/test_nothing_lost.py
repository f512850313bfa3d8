"""What somebody has typed or judged outlives the end of a session, a proxy's error, a reload."""

import re
from pathlib import Path

from playwright.async_api import Page, Route, expect
from sqlalchemy import func, select, update

from app.accounts.models import StaffSession
from app.alerts.models import Alert, AlertState
from app.core import clock
from app.core.db import Sessionmaker
from app.core.storage import Storage
from app.medication.models import Review, Treatment
from app.patients.models import Patient
from tests.alerts.factories import make_alert
from tests.e2e.test_queue import JUST_SHOWN_MS, put_films
from tests.e2e.world import Doctor, Household, fill_login, log_in, make_doctor, make_world
from tests.e2e.world import wait_for_film as film_of
from tests.institutions.factories import make_team
from tests.running_system import RunningSystem

BAD_GATEWAY = "<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>"
NAME = "钱多多"
CREATED = 201
SAID = "已打电话，明天来取药"


async def _end_sessions(sessions: Sessionmaker, doctor: Doctor) -> None:
    async with sessions.begin() as session:
        await session.execute(
            update(StaffSession)
            .where(StaffSession.staff_account_id == doctor.id)
            .values(ended_at=clock.now())
        )


async def _without_polls(desk: Page) -> None:
    """Let nothing but what is pressed find out that the session is over."""
    await desk.route("**/staff/badges", lambda route: route.abort())


async def _fill_record(desk: Page) -> None:
    await desk.goto("/staff/patients/new")
    await desk.locator("[name='name']").fill(NAME)
    await desk.locator("[name='phone']").fill("13712345678")
    await desk.locator("[name='sex'][value='female']").check()
    await desk.locator("[name='birth_on']").fill("1958-03-02")
    await desk.locator("[name='conditions'][value='hypertension']").check()


async def _save(desk: Page) -> None:
    await desk.locator("#record-form button[data-busy]").last.click()


async def _records(sessions: Sessionmaker) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(Patient)) or 0


async def _log_in_beside(desk: Page, doctor: Doctor) -> None:
    """By the veil's own link, as a person does; then back to the page."""
    async with desk.context.expect_page() as opened:
        await desk.get_by_role("link", name="在新窗口登录").click()
    beside = await opened.value
    await expect(beside.get_by_text("登录已过期。重新登录以后")).to_be_visible()
    await fill_login(beside, doctor, codes_later=1)
    await expect(beside.get_by_text("已登录。")).to_be_visible()
    await beside.close()


async def test_a_record_survives_the_end_of_the_session(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    await _without_polls(desk)
    doctor, _ = await make_world(system_sessions, "会话患者")
    before = await _records(system_sessions)
    await log_in(desk, doctor)
    await _fill_record(desk)
    await _end_sessions(system_sessions, doctor)

    await _save(desk)

    await expect(desk.get_by_role("heading", name="登录已过期")).to_be_visible()
    assert await _records(system_sessions) == before
    await desk.keyboard.press("Escape")
    await expect(desk.get_by_role("heading", name="登录已过期")).to_be_visible()
    await _log_in_beside(desk, doctor)
    await expect(desk.get_by_text("已重新登录")).to_be_visible()
    await expect(desk.locator("[name='name']")).to_have_value(NAME)
    await _save(desk)
    await desk.wait_for_url(re.compile(r"/staff/patients/[0-9a-f-]{36}"))
    assert await _records(system_sessions) == before + 1


async def test_a_plan_survives_a_poll_that_finds_the_session_over(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, household = await make_world(system_sessions, "方案患者")
    await log_in(desk, doctor)
    await _open_edit(desk, system_sessions, household)
    tablets = desk.locator("[name='phases.0.drugs.0.tablets']")
    await tablets.fill("2")
    await _end_sessions(system_sessions, doctor)

    await desk.evaluate("htmx.trigger('[hx-get=\"/staff/badges\"]', 'refresh')")

    await expect(desk.get_by_role("heading", name="登录已过期")).to_be_visible()
    assert "/edit" in desk.url
    await _log_in_beside(desk, doctor)
    await expect(tablets).to_have_value("2")


async def _open_edit(desk: Page, sessions: Sessionmaker, household: Household) -> None:
    async with sessions() as session:
        own = select(Treatment.id).where(Treatment.patient_id == household.patient.id)
        treatment_id = (await session.scalars(own)).one()
    await desk.goto(f"/staff/treatments/{treatment_id}/edit")


async def test_nothing_is_saved_in_the_name_of_who_logged_in_beside(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, _ = await make_world(system_sessions, "同机患者")
    async with system_sessions.begin() as session:
        other = await make_doctor(session, await make_team(session))
    before = await _records(system_sessions)
    await log_in(desk, doctor)
    await _fill_record(desk)
    beside = await desk.context.new_page()
    await beside.goto("/staff")
    await beside.get_by_role("button", name="退出").click()
    await log_in(beside, other)

    await _save(desk)

    await expect(desk.locator("#messages").get_by_text("现在登录的是另一位")).to_be_visible()
    await expect(desk.locator("[name='name']")).to_have_value(NAME)
    assert await _records(system_sessions) == before


async def test_a_proxys_error_takes_neither_the_form_nor_the_top_bar(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, _ = await make_world(system_sessions, "网关患者")
    before = await _records(system_sessions)
    await log_in(desk, doctor)
    await _fill_record(desk)

    async def fail(route: Route) -> None:
        await route.fulfill(status=502, content_type="text/html", body=BAD_GATEWAY)

    await desk.route(re.compile(r"/staff/(badges|patients/new)$"), fail)
    await desk.evaluate("htmx.trigger('[hx-get=\"/staff/badges\"]', 'refresh')")
    await _save(desk)

    await expect(desk.get_by_text("服务暂时连不上，您填的都还在")).to_be_visible()
    await expect(desk.get_by_text("Bad Gateway")).to_have_count(0)
    await expect(desk.locator("[name='name']")).to_have_value(NAME)
    await desk.unroute_all()
    await _save(desk)
    await desk.wait_for_url(re.compile(r"/staff/patients/[0-9a-f-]{36}"))
    assert await _records(system_sessions) == before + 1


async def test_a_form_that_was_begun_is_not_left_unasked(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, _ = await make_world(system_sessions, "离开患者")
    await log_in(desk, doctor)
    await _fill_record(desk)
    asked: list[str] = []

    async def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        await dialog.dismiss()  # type: ignore[attr-defined]

    desk.on("dialog", stay)
    await desk.get_by_role("link", name="提醒").first.click(no_wait_after=True)
    await desk.wait_for_timeout(500)

    assert asked == ["beforeunload"]
    await expect(desk.locator("[name='name']")).to_have_value(NAME)


async def _review(
    desk: Page, system: RunningSystem, sessions: Sessionmaker, place: Path, films: int
) -> Doctor:
    doctor = await put_films(sessions, Storage(system.read_settings()), place, films)
    await log_in(desk, doctor)
    await desk.goto("/staff/reviews")
    await film_of(desk)
    await desk.wait_for_timeout(JUST_SHOWN_MS + 300)
    return doctor


async def _reviewed(sessions: Sessionmaker, doctor: Doctor) -> int:
    async with sessions() as session:
        mine = select(func.count()).where(Review.reviewer_id == doctor.id)
        return await session.scalar(mine) or 0


async def test_a_verdict_survives_the_end_of_the_session(
    desk: Page, system: RunningSystem, system_sessions: Sessionmaker, tmp_path: Path
) -> None:
    await _without_polls(desk)
    doctor = await _review(desk, system, system_sessions, tmp_path, 1)
    await _end_sessions(system_sessions, doctor)

    await desk.keyboard.press("1")

    await expect(desk.get_by_role("heading", name="登录已过期")).to_be_visible()
    async with desk.expect_response(lambda it: "/verdict" in it.url and it.status == CREATED):
        await _log_in_beside(desk, doctor)
    await expect(desk.get_by_text("没有要审核的视频了")).to_be_visible()
    assert await _reviewed(system_sessions, doctor) == 1


async def test_a_verdict_that_was_not_sent_survives_a_reload(
    desk: Page, system: RunningSystem, system_sessions: Sessionmaker, tmp_path: Path
) -> None:
    doctor = await _review(desk, system, system_sessions, tmp_path, 1)
    desk.on("dialog", lambda dialog: dialog.accept())
    await desk.route("**/verdict", lambda route: route.abort())
    await desk.keyboard.press("1")
    await expect(desk.get_by_text("网络不通，结论已经记下")).to_be_visible()

    await desk.unroute_all()
    await desk.reload()

    await expect(desk.get_by_text("上次没有发完的结论，已经发出了")).to_be_visible()
    assert await _reviewed(system_sessions, doctor) == 1
    kept = await desk.evaluate("Object.keys(sessionStorage)")
    assert not [name for name in kept if name.startswith("weibu-verdicts")]


async def test_two_tabs_of_one_doctor_show_two_films(
    desk: Page, system: RunningSystem, system_sessions: Sessionmaker, tmp_path: Path
) -> None:
    await _review(desk, system, system_sessions, tmp_path, 4)
    beside = await desk.context.new_page()
    await beside.goto("/staff/reviews")

    assert await film_of(beside) != await film_of(desk)


async def test_an_undo_that_came_late_does_not_take_a_film_out_of_the_hands(
    desk: Page, system: RunningSystem, system_sessions: Sessionmaker, tmp_path: Path
) -> None:
    await _review(desk, system, system_sessions, tmp_path, 2)
    first = await film_of(desk)
    await desk.keyboard.press("1")
    second = await film_of(desk, before=first)

    async def slowly(route: Route) -> None:
        await desk.wait_for_timeout(2_000)
        await route.continue_()

    await desk.route("**/undo", slowly)
    await desk.keyboard.press("u")
    await expect(desk.get_by_text("正在撤销…")).to_be_visible()
    await expect(desk.get_by_text("看完这一段就是他")).to_be_visible()

    assert await film_of(desk) == second
    await desk.keyboard.press("1")
    assert await film_of(desk, before=second) == first


async def test_keys_of_one_letter_can_be_switched_off(
    desk: Page, system: RunningSystem, system_sessions: Sessionmaker, tmp_path: Path
) -> None:
    await _review(desk, system, system_sessions, tmp_path, 1)
    await desk.get_by_role("button", name="快捷键").click()
    await desk.reload()
    await film_of(desk)
    await desk.wait_for_timeout(JUST_SHOWN_MS)

    await desk.keyboard.press("4")
    await expect(desk.locator("#review-reasons")).to_be_hidden()
    await desk.get_by_role("button", name="退回").click()

    await expect(desk.get_by_role("dialog", name="退回：什么原因？")).to_be_focused()


async def test_a_note_to_an_alert_survives_the_end_of_the_session_and_of_the_line(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    await _without_polls(desk)
    doctor, household = await make_world(system_sessions, "提醒患者")
    async with system_sessions.begin() as session:
        alert = await make_alert(session, patient=household.patient)
    await log_in(desk, doctor)
    await desk.goto(f"/staff/alerts/{alert.id}")
    note, done = desk.get_by_label("做了什么"), desk.get_by_role("button", name="处理完")
    await note.fill(SAID)
    await _end_sessions(system_sessions, doctor)

    await done.click()
    await expect(desk.get_by_role("heading", name="登录已过期")).to_be_visible()
    await _log_in_beside(desk, doctor)
    await expect(note).to_have_value(SAID)
    await desk.context.set_offline(True)
    await done.click()
    await expect(desk.get_by_text("网络不通")).to_be_visible()
    await desk.context.set_offline(False)
    await done.click()

    await expect(desk.get_by_text(SAID).first).to_be_visible()
    async with system_sessions() as session:
        handled = await session.get_one(Alert, alert.id)
    assert handled.state is AlertState.HANDLED
