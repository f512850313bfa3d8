"""Two doctors with one record before them: the later is told, and loses nothing that was typed."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select

from app.core.db import Sessionmaker
from app.institutions.models import Team
from app.medication.models import DoseHold, Treatment
from app.patients.models import Patient
from tests.e2e.conftest import DESK, PATIENCE_MS
from tests.e2e.world import log_in, make_doctor, make_world
from tests.running_system import RunningSystem


@pytest.fixture
async def colleague(browser: Browser, system: RunningSystem) -> AsyncIterator[Page]:
    """Open a second PC."""
    context = await browser.new_context(
        base_url=system.origin, viewport=DESK, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(PATIENCE_MS)
    yield await context.new_page()
    await context.close()


async def test_the_later_of_two_doctors_is_told_what_the_first_changed(
    desk: Page, colleague: Page, system_sessions: Sessionmaker
) -> None:
    doctor, household = await make_world(system_sessions, "段二医")
    patient_id = household.patient.id
    async with system_sessions.begin() as session:
        patient = await session.get_one(Patient, patient_id)
        second = await make_doctor(session, await session.get_one(Team, patient.team_id))
        own = select(Treatment.id).where(Treatment.patient_id == patient_id)
        treatment_id = (await session.scalars(own)).one()
    await log_in(desk, doctor)
    await log_in(colleague, second)

    await _edit_record_at_once(desk, colleague, f"/staff/patients/{patient_id}/edit")
    async with system_sessions() as session:
        patient = await session.get_one(Patient, patient_id)
        assert patient.phone == "13911112222"

    await _hold_at_once(desk, colleague, f"/staff/treatments/{treatment_id}")
    async with system_sessions() as session:
        reasons = select(DoseHold.reason).where(DoseHold.treatment_id == treatment_id)
        assert set(await session.scalars(reasons)) == {"住院治疗", "手术前后"}


async def _edit_record_at_once(first: Page, later: Page, address: str) -> None:
    for page in (first, later):
        await page.goto(address)
    await first.locator("[name='phone']").fill("13911112222")
    await first.get_by_role("button", name="保存").click()
    await expect(first.locator("#messages")).to_contain_text("保存")

    await later.locator("[name='weight_kg']").fill("61.5")
    await later.get_by_role("button", name="保存").click()

    await expect(later.get_by_role("alert").first).to_be_visible()
    await expect(later.locator("[name='weight_kg']")).to_have_value("61.5")


async def _hold_at_once(first: Page, later: Page, address: str) -> None:
    for page in (first, later):
        await page.goto(address)
    for page, reason in ((first, "住院治疗"), (later, "手术前后")):
        form = page.locator(f"form[action='{address}/hold']")
        today = await form.locator("[name='from_on']").input_value()
        await form.locator("[name='to_on']").fill(today)
        await form.locator("[name='reason']").fill(reason)
        await form.get_by_role("button", name="暂停这些天").click()
        if page is first:
            await expect(page.get_by_text("已暂停这几天的服药")).to_be_visible()
    told = later.get_by_text("您打开以后的变更")
    await expect(told).to_be_visible()
    await expect(told).to_contain_text("暂停")
    form = later.locator(f"form[action='{address}/hold']")
    await expect(form.locator("[name='reason']")).to_have_value("手术前后")

    await form.get_by_role("button", name="暂停这些天").click()

    await expect(later.get_by_text("已暂停这几天的服药")).to_be_visible()
