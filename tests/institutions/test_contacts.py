"""Published phones and hours: entered, handed down the tree, and asked before a patient comes."""

from itertools import product

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.institutions.contacts import (
    on_call_phone,
    on_call_phone_of,
    takes_patients,
    taking_patients,
)
from app.institutions.models import Institution, StaffMember, Team
from app.institutions.problems import TeamOutOfReach, TeamTakesNobody, TeamWithoutPhone
from app.institutions.queries.teams import contacts_of, get_team_to_join, teams_to_choose
from tests.accounts.factories import actor_of, staff_client
from tests.institutions.factories import join_team, make_institution, make_staff, make_team

ADMIN = "/api/admin"
ON_CALL, OTHER = "13700000120", "13700000121"
HOURS = {"1": ["08:00-12:00", "14:00-17:30"], "6": ["08:30-12:00"]}


@pytest.fixture
async def home(session: AsyncSession) -> Institution:
    return await make_institution(session, phone=None)


@pytest.fixture
async def admin(app: FastAPI, session: AsyncSession, home: Institution) -> httpx.AsyncClient:
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    return await staff_client(app, session, operator.id)


def address(institution: Institution) -> str:
    return f"{ADMIN}/institutions/{institution.id}/contacts"


async def test_contacts_are_kept_clean_and_listed(
    admin: httpx.AsyncClient, home: Institution
) -> None:
    sent = {
        "address": " 青山镇\u200b中山路 8 号 ",
        "phone": "（023）6800-1234",
        "on_call_phone": "+86 137 0000 0120",
        "opening_hours": {"6": ["08:30-12:00"], "1": ["14:00-17:30", "08:00-12:00"], "7": []},
        "version": 1,
    }

    answer = await admin.put(address(home), json=sent)

    listed = (await admin.get(f"{ADMIN}/institutions")).json()["items"][0]
    assert answer.status_code == 200
    assert answer.json() == listed
    assert listed["address"] == "青山镇中山路 8 号"
    assert (listed["phone"], listed["on_call_phone"]) == ("02368001234", ON_CALL)
    assert (listed["opening_hours"], listed["version"]) == (HOURS, 2)


async def test_what_is_left_out_is_taken_back(admin: httpx.AsyncClient, home: Institution) -> None:
    await admin.put(address(home), json={"phone": ON_CALL, "opening_hours": HOURS, "version": 1})

    answer = (await admin.put(address(home), json={"address": "中山路", "version": 2})).json()

    assert (answer["address"], answer["phone"], answer["opening_hours"]) == ("中山路", None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone": "120"},
        {"on_call_phone": "call me"},
        {"address": "\u200b"},
        {"opening_hours": {"8": ["08:00-12:00"]}},
        {"opening_hours": {"1": ["08:00-12:00", "11:59-13:00"]}},
        {"opening_hours": {"1": ["12:00-08:00"]}},
        {"opening_hours": {"1": ["morning"]}},
        {"fax": "02368001234"},
    ],
)
async def test_faulty_contacts_are_refused(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, wrong: dict[str, object]
) -> None:
    answer = await admin.put(address(home), json=wrong | {"version": 1})

    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")
    await session.refresh(home)
    assert (home.phone, home.version) == (None, 1)


async def test_the_later_of_two_forms_is_told_and_not_obeyed(
    admin: httpx.AsyncClient, home: Institution
) -> None:
    await admin.put(address(home), json={"phone": ON_CALL, "version": 1})

    late = await admin.put(address(home), json={"phone": OTHER, "version": 1})

    assert (late.status_code, late.json()["type"], late.json()["version"]) == (409, "conflict", 2)
    assert (await admin.get(f"{ADMIN}/institutions")).json()["items"][0]["phone"] == ON_CALL


async def test_the_trail_names_the_fields_and_not_what_they_hold(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    await admin.put(address(home), json={"phone": ON_CALL, "version": 1})

    event = (await session.scalars(select(AuditEvent))).one()
    assert (event.action, event.subject_id) == ("change_institution", home.id)
    assert event.detail == {"code": "contacts_set", "fields": ["phone"]}


async def test_a_team_has_phones_of_its_own(admin: httpx.AsyncClient, home: Institution) -> None:
    made = await admin.post(
        f"{ADMIN}/teams", json={"institution_id": str(home.id), "name": "一队", "phone": ON_CALL}
    )
    team_id = made.json()["team_id"]
    changed = await admin.put(
        f"{ADMIN}/teams/{team_id}/contacts", json={"on_call_phone": OTHER, "version": 1}
    )

    assert (made.json()["phone"], made.json()["takes_patients"]) == (ON_CALL, True)
    assert (changed.json()["phone"], changed.json()["takes_patients"]) == (None, False)
    assert changed.json()["reached_on_call_at"] == OTHER


async def test_the_nearest_on_call_phone_upwards_answers(session: AsyncSession) -> None:
    top = await make_institution(session, on_call_phone="13700000001")
    middle = await make_institution(session, parent=top, on_call_phone="13700000002")
    low = await make_institution(session, parent=middle)
    beside = await make_institution(session, parent=top)
    alone = await make_institution(session)  # of another tree
    own = await make_team(session, institution=low, on_call_phone="13700000003")
    teams = {
        "own": own,
        "middle": await make_team(session, institution=low),
        "top": await make_team(session, institution=beside),
        "nobody": await make_team(session, institution=alone),
    }

    phones = {name: await on_call_phone_of(session, team.id) for name, team in teams.items()}

    assert phones == {
        "own": "13700000003", "middle": "13700000002", "top": "13700000001", "nobody": None,
    }  # fmt: skip
    listed = await session.execute(
        select(Team.id, on_call_phone()).join(Institution, Institution.id == Team.institution_id)
    )
    assert dict(list(listed)) == {team.id: phones[name] for name, team in teams.items()}


async def test_python_and_sql_agree_on_who_takes_patients(session: AsyncSession) -> None:
    for own, above, closed in product([None, ON_CALL], [None, OTHER], [None, clock.now()]):
        institution = await make_institution(session, phone=above)
        await make_team(session, institution=institution, phone=own, closed_at=closed)

    found = await session.execute(
        select(Team, taking_patients())
        .join(Team.institution)
        .options(contains_eager(Team.institution))
    )

    answers = [(takes_patients(team), by_sql) for team, by_sql in found]
    assert sorted(answers) == [(False, False)] * 5 + [(True, True)] * 3


@pytest.fixture
async def doctor(session: AsyncSession, home: Institution) -> StaffMember:
    return await make_staff(session, institution=home)


async def test_only_teams_that_take_patients_are_offered(
    session: AsyncSession, home: Institution, doctor: StaffMember
) -> None:
    silent = await make_team(session, institution=home, name="无电话")
    called = await make_team(session, institution=home, name="有电话", phone=ON_CALL)
    closed = await make_team(
        session, institution=home, name="已关闭", phone=ON_CALL, closed_at=clock.now()
    )
    for team in (silent, called, closed):
        await join_team(session, doctor, team)
    actor = actor_of(doctor.id)

    assert await teams_to_choose(session, actor) == [called]
    assert set(await teams_to_choose(session, actor, silent.id)) == {called, silent}
    assert await get_team_to_join(session, actor, called.id) == called
    with pytest.raises(TeamWithoutPhone):
        await get_team_to_join(session, actor, silent.id)
    with pytest.raises(TeamTakesNobody):
        await get_team_to_join(session, actor, closed.id)


async def test_a_team_out_of_reach_is_neither_offered_nor_joined(
    session: AsyncSession, doctor: StaffMember
) -> None:
    foreign = await make_team(session)

    assert await teams_to_choose(session, actor_of(doctor.id), foreign.id) == []
    with pytest.raises(TeamOutOfReach):
        await get_team_to_join(session, actor_of(doctor.id), foreign.id)


async def test_a_patient_is_told_where_and_when_to_call(session: AsyncSession) -> None:
    home = await make_institution(
        session, phone=OTHER, address="中山路 8 号", opening_hours=HOURS, on_call_phone=ON_CALL
    )
    team = await make_team(session, institution=home, phone="13700000005")

    assert await contacts_of(session, team.id) == (
        "第一团队", "青山镇卫生院", "13700000005", OTHER, "中山路 8 号", HOURS, ON_CALL,
    )  # fmt: skip
