"""Absences through HTTP: one's own page, and the operator's API."""

from datetime import date, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import Role
from app.core import clock
from app.institutions.models import Absence, Institution, StaffMember
from tests.accounts.factories import staff_client
from tests.counting import counted
from tests.institutions.factories import (
    confirm_all,
    make_absence,
    make_institution,
    make_staff,
    make_team,
)
from tests.patients.factories import make_patient

pytestmark = pytest.mark.usefixtures("noon")
TODAY = date(2026, 9, 10)
PAGE, ADMIN = "/staff/absences", "/api/admin"
HTMX = {"hx-request": "true"}


@pytest.fixture
async def home(session: AsyncSession) -> Institution:
    return await make_institution(session)


@pytest.fixture
async def wang(session: AsyncSession, home: Institution) -> StaffMember:
    team = await make_team(session, institution=home)
    return await make_staff(session, team=team, name="王医生")


@pytest.fixture
async def li(session: AsyncSession, home: Institution) -> StaffMember:
    return await make_staff(session, institution=home, name="李护士")


@pytest.fixture
async def browser(app: FastAPI, session: AsyncSession, wang: StaffMember) -> httpx.AsyncClient:
    return await staff_client(app, session, wang.id)


@pytest.fixture
async def admin(app: FastAPI, session: AsyncSession, home: Institution) -> httpx.AsyncClient:
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR], name="管理员")
    return await staff_client(app, session, operator.id)


def sent(stand_in: StaffMember, **changes: object) -> dict[str, object]:
    return {
        "from_on": "2026-09-10",
        "to_on": "2026-09-12",
        "stand_in_id": str(stand_in.id),
        "reason": "leave",
    } | changes


async def count(session: AsyncSession) -> int:
    return (await session.scalars(select(func.count()).select_from(Absence))).one()


async def test_a_doctor_enters_an_absence_and_sees_it(
    browser: httpx.AsyncClient, session: AsyncSession, li: StaffMember
) -> None:
    answer = await browser.post(PAGE, data=sent(li, note="去市里\u200b培训"))
    page = await browser.get(PAGE)

    absence = (await session.scalars(select(Absence))).one()
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert (absence.from_on, absence.to_on) == (TODAY, TODAY + timedelta(days=2))
    assert absence.note == "去市里培训"
    for shown in ("9月10日 – 9月12日", "李护士", "休假", "去市里培训", "取消"):
        assert shown in page.text


async def test_the_stand_in_opens_the_patients_of_the_absent_and_no_day_longer(
    app: FastAPI, browser: httpx.AsyncClient, session: AsyncSession, home: Institution,
    li: StaffMember,
) -> None:  # fmt: skip
    team = await make_team(session, institution=home, name="二队")
    doctor = await make_staff(session, team=team, name="赵医生")
    patient = await make_patient(session, team=team)
    mine = await staff_client(app, session, doctor.id)
    theirs = await staff_client(app, session, li.id)
    before = await theirs.get(f"/staff/patients/{patient.id}")

    await mine.post(PAGE, data=sent(li))
    during = await theirs.get(f"/staff/patients/{patient.id}")
    line = await theirs.get(PAGE)
    await mine.post(f"{PAGE}/{(await session.scalars(select(Absence.id))).one()}/end")
    after = await theirs.get(f"/staff/patients/{patient.id}")

    assert [a.status_code for a in (before, during, after)] == [404, 200, 404]
    assert "正在顶班" in line.text
    assert "赵医生" in line.text
    assert (await browser.get(f"/staff/patients/{patient.id}")).status_code == 404  # 王医生


async def test_reach_ends_the_day_after(
    app: FastAPI, session: AsyncSession, home: Institution, li: StaffMember
) -> None:
    team = await make_team(session, institution=home)
    doctor = await make_staff(session, team=team)
    patient = await make_patient(session, team=team)
    await make_absence(session, staff=doctor, stand_in=li, from_on=TODAY, to_on=TODAY)
    browser = await staff_client(app, session, li.id)
    today = await browser.get(f"/staff/patients/{patient.id}")

    with clock.frozen(clock.now() + timedelta(hours=11, minutes=59)):
        session_of_evening = await staff_client(app, session, li.id)
        evening = await session_of_evening.get(f"/staff/patients/{patient.id}")
    with clock.frozen(clock.now() + timedelta(hours=12)):
        session_of_tomorrow = await staff_client(app, session, li.id)
        tomorrow = await session_of_tomorrow.get(f"/staff/patients/{patient.id}")

    assert [a.status_code for a in (today, evening, tomorrow)] == [200, 200, 404]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"to_on": "2026-09-09"}, "结束日期早于开始日期"),
        ({"from_on": "2026-09-08", "to_on": "2026-09-09"}, "结束日期已经过去"),
        ({"to_on": "2027-09-12"}, "一年以内"),
        ({"from_on": "昨天"}, "日期不对"),
        ({"reason": "tired"}, "请从列表中选择"),
        ({"stand_in_id": ""}, "请填写这一项"),
        ({"stand_in_id": "0197f3a0-0000-7000-8000-000000000000"}, "顶班的人要是同一机构"),
    ],
)
async def test_a_fault_is_told_and_what_was_typed_stays(
    browser: httpx.AsyncClient, session: AsyncSession, li: StaffMember, wrong: dict[str, object],
    sentence: str,
) -> None:  # fmt: skip
    answer = await browser.post(PAGE, data=sent(li, note="记得钥匙") | wrong, headers=HTMX)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "记得钥匙" in answer.text
    assert await count(session) == 0


async def test_the_page_has_few_statements_however_many_lines(
    browser: httpx.AsyncClient, connection: AsyncConnection, session: AsyncSession,
    wang: StaffMember, li: StaffMember,
) -> None:  # fmt: skip
    for week in range(20):
        first = TODAY + timedelta(weeks=week)
        await make_absence(session, staff=wang, stand_in=li, from_on=first, to_on=first)

    with counted(connection) as statements:
        page = await browser.get(PAGE)

    assert page.text.count("李护士") >= 20
    assert len(statements) <= 6


async def test_nobody_ends_the_absence_of_another(
    app: FastAPI, session: AsyncSession, wang: StaffMember, li: StaffMember
) -> None:
    absence = await make_absence(session, staff=wang, stand_in=li)
    browser = await staff_client(app, session, li.id)

    answer = await browser.post(f"{PAGE}/{absence.id}/end")

    assert answer.status_code == 404
    await session.refresh(absence)
    assert absence.cancelled_at is None


async def test_an_operator_enters_lists_and_ends_for_somebody(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, wang: StaffMember,
    li: StaffMember,
) -> None:  # fmt: skip
    await make_absence(session, staff=await make_staff(session))  # of another district
    chief = await make_staff(session, institution=home, roles=[Role.SUPERVISOR])

    made = await admin.post(f"{ADMIN}/staff/{wang.id}/absences", json=sent(li, reason="sick"))
    before = (await admin.get(f"{ADMIN}/absences")).json()
    await confirm_all(session, chief)
    listed = (await admin.get(f"{ADMIN}/absences")).json()
    absence = listed["items"][0]
    ended = await admin.post(f"{ADMIN}/absences/{absence['absence_id']}/end")

    assert (made.status_code, made.json()["change"]["state"]) == (202, "waiting")
    assert (before["items"], len(listed["items"]), listed["next_cursor"]) == ([], 1, None)
    assert (absence["staff_name"], absence["stand_in_name"]) == ("王医生", "李护士")
    assert (absence["reason"], absence["cancelled_at"]) == ("sick", None)
    assert ended.json()["cancelled_at"] is not None


async def test_a_refusal_names_its_field(
    admin: httpx.AsyncClient, session: AsyncSession, wang: StaffMember, li: StaffMember
) -> None:
    await make_absence(session, staff=li, stand_in=wang)

    answer = await admin.post(f"{ADMIN}/staff/{wang.id}/absences", json=sent(li))

    assert (answer.status_code, answer.json()["type"]) == (409, "stand-in-absent")
    assert answer.json()["field"] == "stand_in_id"


async def test_absences_page_on_at_equal_days(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, li: StaffMember
) -> None:
    for _ in range(4):
        who = await make_staff(session, institution=home)
        await make_absence(session, staff=who, stand_in=li)

    first = (await admin.get(f"{ADMIN}/absences", params={"limit": 2})).json()
    query = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await admin.get(f"{ADMIN}/absences", params=query)).json()

    assert len({a["absence_id"] for a in first["items"] + second["items"]}) == 4
    assert second["next_cursor"] is None
