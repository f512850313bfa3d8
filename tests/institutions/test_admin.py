"""Operators run their subtree: institutions, teams, staff; nothing beyond it."""

import re
from uuid import UUID

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role, StaffAccount
from app.core.ids import uuid7
from app.institutions.audit import CHANGE_STAFF
from app.institutions.models import Institution, StaffMember, TeamMember, Tier
from tests.accounts.factories import staff_client
from tests.institutions.factories import (
    confirm_all,
    join_team,
    make_institution,
    make_staff,
    make_team,
)

ADMIN = "/api/admin"


@pytest.fixture
async def home(session: AsyncSession) -> Institution:
    return await make_institution(session, tier=Tier.DISTRICT_HOSPITAL, name="区医院")


@pytest.fixture
async def operator(session: AsyncSession, home: Institution) -> StaffMember:
    return await make_staff(session, institution=home, roles=[Role.OPERATOR], name="管理员")


@pytest.fixture
async def admin(app: FastAPI, session: AsyncSession, operator: StaffMember) -> httpx.AsyncClient:
    return await staff_client(app, session, operator.id)


@pytest.fixture
async def chief(session: AsyncSession, home: Institution) -> StaffMember:
    return await make_staff(session, institution=home, roles=[Role.SUPERVISOR], name="督导")


@pytest.fixture
async def foreign(session: AsyncSession) -> Institution:
    return await make_institution(session, name="别区的卫生院")


def new_staff(institution_id: UUID, **changes: object) -> dict[str, object]:
    usual = {
        "username": "zhao.min",
        "name": "赵敏",
        "title": "nurse",
        "institution_id": str(institution_id),
        "roles": ["doctor"],
    }
    return usual | changes


async def test_institution_grows_below_its_parent(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    body = {"parent_id": str(home.id), "tier": "township_centre", "name": "青山镇卫生院"}

    answer = await admin.post(f"{ADMIN}/institutions", json=body)

    assert answer.status_code == 201
    made = await session.get_one(Institution, UUID(answer.json()["institution_id"]))
    assert made.path == f"{home.path}.{made.id}"


async def test_names_of_places_and_people_have_one_form(
    admin: httpx.AsyncClient, home: Institution
) -> None:
    body = {"parent_id": str(home.id), "tier": "township_centre"}
    staff = new_staff(home.id, name="热依汗\u30fb吐尔逊")

    made = await admin.post(f"{ADMIN}/institutions", json=body | {"name": "阿克\uff0e苏"})
    twin = await admin.post(f"{ADMIN}/institutions", json=body | {"name": "阿克\u200b·苏"})
    blank = await admin.post(f"{ADMIN}/institutions", json=body | {"name": "\u200b·"})
    person = await admin.post(f"{ADMIN}/staff", json=staff)
    people = (await admin.get(f"{ADMIN}/staff")).json()["items"]

    assert (made.status_code, made.json()["name"]) == (201, "阿克·苏")
    assert twin.status_code == 409
    assert blank.status_code == 422
    assert person.status_code == 201
    assert "热依汗·吐尔逊" in {each["name"] for each in people}


async def test_institution_must_be_of_a_lower_tier(
    admin: httpx.AsyncClient, home: Institution
) -> None:
    body = {"parent_id": str(home.id), "tier": "district_hospital", "name": "又一家"}

    answer = await admin.post(f"{ADMIN}/institutions", json=body)

    assert (answer.status_code, answer.json()["type"]) == (422, "tier-too-high")


async def test_lists_show_the_subtree_only(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, foreign: Institution
) -> None:
    below = await make_institution(session, parent=home, name="下级")
    await make_team(session, institution=below, name="本区团队")
    await make_team(session, institution=foreign, name="别区团队")
    await make_staff(session, institution=foreign, name="别区医生")

    institutions = (await admin.get(f"{ADMIN}/institutions")).json()
    teams = (await admin.get(f"{ADMIN}/teams")).json()
    staff = (await admin.get(f"{ADMIN}/staff")).json()

    assert [i["name"] for i in institutions["items"]] == ["区医院", "下级"]
    assert [t["name"] for t in teams["items"]] == ["本区团队"]
    assert [s["name"] for s in staff["items"]] == ["管理员"]


async def test_lists_page_on(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    for number in range(3):
        await make_staff(session, institution=home, name=f"医生{number}")

    first = (await admin.get(f"{ADMIN}/staff?limit=3")).json()
    query = {"limit": 3, "cursor": first["next_cursor"]}
    second = (await admin.get(f"{ADMIN}/staff", params=query)).json()

    names = [s["name"] for s in first["items"] + second["items"]]
    assert sorted(names) == ["医生0", "医生1", "医生2", "管理员"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("institutions", {"parent_id": "?", "tier": "village_clinic", "name": "x"}),
        ("teams", {"institution_id": "?", "name": "x"}),
        ("staff", new_staff(uuid7())),
    ],
)
async def test_nothing_is_made_in_a_foreign_institution(
    admin: httpx.AsyncClient, foreign: Institution, path: str, body: dict[str, object]
) -> None:
    place = "parent_id" if path == "institutions" else "institution_id"

    answer = await admin.post(f"{ADMIN}/{path}", json=body | {place: str(foreign.id)})

    assert (answer.status_code, answer.json()["type"]) == (404, "not-found")


async def test_team_gets_its_members_as_a_whole(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, chief: StaffMember
) -> None:
    made = await admin.post(
        f"{ADMIN}/teams", json={"institution_id": str(home.id), "name": "第一团队"}
    )
    one, two = [await make_staff(session, institution=home) for _ in range(2)]
    address = f"{ADMIN}/teams/{made.json()['team_id']}/members"

    first = await admin.put(address, json={"staff_ids": [str(one.id), str(two.id)], "version": 1})
    confirmed = await confirm_all(session, chief)
    again = await admin.put(address, json={"staff_ids": [str(two.id)], "version": 4})

    assert [first.json()["removed"], len(first.json()["asked"]), confirmed] == [[], 2, 2]
    assert again.json() == {"removed": [str(one.id)], "asked": []}
    members = await session.scalars(select(TeamMember.staff_id))
    assert list(members) == [two.id]


async def test_a_newcomer_who_is_not_wanted_any_more_is_not_waited_for(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, chief: StaffMember
) -> None:
    team, beside = [await make_team(session, institution=home, name=n) for n in "一二"]
    one, two = [await make_staff(session, institution=home) for _ in range(2)]
    for other in (team, beside):
        sent = {"staff_ids": [str(one.id), str(two.id)], "version": 1}
        await admin.put(f"{ADMIN}/teams/{other.id}/members", json=sent)

    address, only = f"{ADMIN}/teams/{team.id}/members", [str(two.id)]
    await admin.put(address, json={"staff_ids": only, "version": 2})
    again = await admin.put(address, json={"staff_ids": only, "version": 3})
    await confirm_all(session, chief)

    rows = await session.execute(select(TeamMember.team_id, TeamMember.staff_id))
    assert {tuple(row) for row in rows} == {
        (team.id, two.id), (beside.id, one.id), (beside.id, two.id),
    }  # fmt: skip
    assert len(again.json()["asked"]) == 1


async def test_stranger_cannot_be_put_into_a_team(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, foreign: Institution
) -> None:
    team = await make_team(session, institution=home)
    stranger = await make_staff(session, institution=foreign)

    answer = await admin.put(
        f"{ADMIN}/teams/{team.id}/members", json={"staff_ids": [str(stranger.id)], "version": 1}
    )

    assert answer.status_code == 404


async def test_new_member_logs_in_with_what_was_handed_over(
    admin: httpx.AsyncClient,
    client: httpx.AsyncClient,
    session: AsyncSession,
    home: Institution,
) -> None:
    made = await admin.post(f"{ADMIN}/staff", json=new_staff(home.id))
    handed = made.json()
    secret = re.search(r"secret=(\w+)", handed["otpauth_uri"])
    assert secret

    form = {
        "username": "zhao.min",
        "password": handed["initial_password"],
        "code": pyotp.TOTP(secret[1]).now(),
    }
    login = await client.post("/staff/login", data=form)

    assert made.status_code == 201
    assert "设置您自己的密码" in login.text
    changes = select(func.count()).where(AuditEvent.action == CHANGE_STAFF.code)
    assert await session.scalar(changes) == 1


async def test_username_is_taken_once(admin: httpx.AsyncClient, home: Institution) -> None:
    await admin.post(f"{ADMIN}/staff", json=new_staff(home.id))

    answer = await admin.post(f"{ADMIN}/staff", json=new_staff(home.id))

    assert (answer.status_code, answer.json()["type"]) == (409, "username-taken")


async def test_deactivation_ends_sessions_at_once_and_can_be_undone(
    app: FastAPI, admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    doctor = await make_staff(session, institution=home)
    browser = await staff_client(app, session, doctor.id)
    before = await browser.get("/staff/account")

    gone = await admin.post(f"{ADMIN}/staff/{doctor.id}/deactivate")
    after = await browser.get("/staff/account")
    back = await admin.post(f"{ADMIN}/staff/{doctor.id}/reactivate")

    assert (before.status_code, after.status_code) == (200, 303)
    assert (gone.json()["is_active"], back.status_code) == (False, 202)
    assert back.json()["change"]["state"] == "confirmed"  # without a team it opens nothing
    assert (await session.get_one(StaffAccount, doctor.id, populate_existing=True)).is_active
    assert (await browser.get("/staff/account")).status_code == 303


async def test_operator_ends_anybody_s_sessions_and_it_is_written_down(
    app: FastAPI,
    admin: httpx.AsyncClient,
    session: AsyncSession,
    home: Institution,
    operator: StaffMember,
) -> None:
    doctor = await make_staff(session, institution=home)
    browser = await staff_client(app, session, doctor.id)

    answer = await admin.post(f"{ADMIN}/staff/{doctor.id}/end-sessions")

    assert answer.status_code == 204
    assert (await browser.get("/staff/account")).status_code == 303
    written = (await session.scalars(select(AuditEvent))).one()
    assert (written.action, written.actor_id, written.subject_id) == (
        CHANGE_STAFF.code,
        operator.id,
        doctor.id,
    )


async def test_move_leaves_the_old_teams_behind(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    below = await make_institution(session, parent=home)
    team = await make_team(session, institution=home)
    doctor = await make_staff(session, institution=home)
    await join_team(session, doctor, team)

    answer = await admin.post(
        f"{ADMIN}/staff/{doctor.id}/move", json={"institution_id": str(below.id)}
    )

    assert answer.json()["change"]["state"] == "confirmed"
    await session.refresh(doctor)
    assert doctor.institution_id == below.id
    assert await session.scalar(select(func.count()).select_from(TeamMember)) == 0


async def test_roles_change(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    doctor = await make_staff(session, institution=home)

    answer = await admin.put(
        f"{ADMIN}/staff/{doctor.id}/roles", json={"roles": ["supervisor", "doctor", "doctor"]}
    )

    assert answer.json()["change"]["payload"]["after"] == ["doctor", "supervisor"]
    account = await session.get_one(StaffAccount, doctor.id, populate_existing=True)
    assert account.roles == ["doctor", "supervisor"]


async def test_lost_credentials_are_replaced_and_the_old_ones_die(
    app: FastAPI, admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    doctor = await make_staff(session, institution=home)
    browser = await staff_client(app, session, doctor.id)
    account = await session.get_one(StaffAccount, doctor.id)
    before = (account.totp_secret, account.password_hash)

    answer = await admin.post(f"{ADMIN}/staff/{doctor.id}/credentials")

    assert answer.json()["initial_password"]
    after = await session.get_one(StaffAccount, doctor.id, populate_existing=True)
    assert after.totp_secret != before[0]
    assert after.password_hash != before[1]
    assert after.must_change_password
    assert (await browser.get("/staff/account")).status_code == 303


@pytest.mark.parametrize(
    ("method", "verb", "body"),
    [
        ("POST", "deactivate", None),
        ("POST", "credentials", None),
        ("PUT", "roles", {"roles": ["supervisor"]}),
        ("POST", "move", {"institution_id": str(uuid7())}),
    ],
)
async def test_operators_do_not_change_their_own_rights(
    admin: httpx.AsyncClient,
    operator: StaffMember,
    method: str,
    verb: str,
    body: dict[str, object] | None,
) -> None:
    answer = await admin.request(method, f"{ADMIN}/staff/{operator.id}/{verb}", json=body)

    assert (answer.status_code, answer.json()["type"]) == (409, "own-account")


async def test_staff_of_another_district_is_not_found(
    admin: httpx.AsyncClient, session: AsyncSession, foreign: Institution
) -> None:
    stranger = await make_staff(session, institution=foreign)

    answer = await admin.post(f"{ADMIN}/staff/{stranger.id}/deactivate")

    assert answer.status_code == 404


async def test_move_to_a_foreign_institution_is_refused(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, foreign: Institution
) -> None:
    doctor = await make_staff(session, institution=home)

    answer = await admin.post(
        f"{ADMIN}/staff/{doctor.id}/move", json={"institution_id": str(foreign.id)}
    )

    assert answer.status_code == 404


async def test_doctor_is_no_operator(app: FastAPI, session: AsyncSession) -> None:
    doctor = await make_staff(session)

    answer = await (await staff_client(app, session, doctor.id)).get(f"{ADMIN}/staff")

    assert (answer.status_code, answer.json()["type"]) == (403, "not-allowed")


async def test_name_loses_what_cannot_be_seen(admin: httpx.AsyncClient, home: Institution) -> None:
    body = {"institution_id": str(home.id), "name": "团队\x00\u200b"}

    answer = await admin.post(f"{ADMIN}/teams", json=body)

    assert (answer.status_code, answer.json()["name"]) == (201, "团队")
