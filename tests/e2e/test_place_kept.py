"""The list of patients keeps its place when the doctor comes back to it."""

import re

from playwright.async_api import Page, expect

from app.core.db import Sessionmaker
from app.patients.search import search_keys_of
from tests.e2e.world import log_in, make_world
from tests.patients.factories import make_patient

MANY = 120


async def test_back_finds_the_same_page_of_what_was_looked_for(
    desk: Page, system_sessions: Sessionmaker
) -> None:
    doctor, household = await make_world(system_sessions, "黄素珍")
    async with system_sessions.begin() as session:
        for number in range(MANY):
            name = f"贝{number:03d}"
            keys = search_keys_of(name, "13800001234", None)
            team_id = household.patient.team_id
            await make_patient(session, team_id=team_id, name=name, search_keys=keys, bound=False)
    await log_in(desk, doctor)
    await desk.goto(f"{desk.url.split('/staff')[0]}/staff/patients")

    await desk.keyboard.press("/")
    await desk.keyboard.type("贝")
    await expect(desk.get_by_text(f"共 {MANY} 位")).to_be_visible()
    await desk.get_by_role("button", name="下一页").click()
    await expect(desk.get_by_role("link", name="贝069", exact=True)).to_be_focused()
    await desk.get_by_role("link", name="贝030", exact=True).click()
    await expect(desk).to_have_title(re.compile("贝030"))
    await desk.go_back()

    await expect(desk.get_by_role("link", name="贝030", exact=True)).to_be_in_viewport()
    await expect(desk.get_by_label("搜索患者")).to_have_value("贝")
    assert "贝" not in desk.url
    await desk.get_by_role("button", name="上一页").click()
    await expect(desk.get_by_role("link", name="贝119", exact=True)).to_be_focused()

    # Nobody else who logs in at this PC sees what was looked for.
    assert await desk.evaluate("history.state.list.person") == str(doctor.id)
