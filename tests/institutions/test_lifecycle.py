"""Rename, close, reopen and merge institutions and teams; rename staff; all of it written down."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role, StaffAccount
from app.core import clock
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
    return await make_staff(session, institution=home, roles=[Role.OPERATOR])


@pytest.fixture
async def admin(app: FastAPI, session: AsyncSession, operator: StaffMember) -> httpx.AsyncClient:
    return await staff_client(app, session, operator.id)


@pytest.fixture
async def chief(session: AsyncSession, home: Institution) -> StaffMember:
    return await make_staff(session, institution=home, roles=[Role.SUPERVISOR], name="督导")


async def trail(session: AsyncSession, subject_id: UUID) -> list[dict[str, Any] | None]:
    events = select(AuditEvent.detail).where(AuditEvent.subject_id == subject_id)
    return list(await session.scalars(events.order_by(AuditEvent.id)))


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


@pytest.mark.parametrize("kind", ["institutions", "teams"])
async def test_a_name_changes_and_its_twin_beside_it_is_refused(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, kind: str
) -> None:
    make = make_team if kind == "teams" else make_institution
    place = {"institution": home} if kind == "teams" else {"parent": home}
    one, _two = [await make(session, name=name, **place) for name in ("一", "二")]
    address = f"{ADMIN}/{kind}/{one.id}/name"

    renamed = await admin.put(address, json={"name": " 新\u200b名 ", "version": 1})
    twin = await admin.put(address, json={"name": "二", "version": 2})
    stale = await admin.put(address, json={"name": "三", "version": 1})
    same = await admin.put(address, json={"name": "新名", "version": 2})

    assert (renamed.json()["name"], renamed.json()["version"]) == ("新名", 2)
    assert said(twin) == (409, "name-taken")
    assert said(stale) == (409, "conflict")
    assert same.status_code == 200
    assert {"code": "renamed", "before": "一", "after": "新名"} in await trail(session, one.id)


@pytest.mark.parametrize("name", ["   ", "\u200b", "·"])
async def test_a_name_of_nothing_is_refused(
    admin: httpx.AsyncClient, home: Institution, name: str
) -> None:
    institution = {"parent_id": str(home.id), "tier": "village_clinic", "name": name}
    made = await admin.post(f"{ADMIN}/institutions", json=institution)
    team = await admin.post(f"{ADMIN}/teams", json={"institution_id": str(home.id), "name": name})

    assert said(made) == said(team) == (422, "invalid")


async def test_a_twin_is_not_made_beside_an_open_one(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    await make_institution(session, parent=home, tier=Tier.VILLAGE_CLINIC, name="柳湾")
    await make_team(session, institution=home, name="一队")
    await make_team(session, institution=home, name="旧队", closed_at=clock.now())

    clinic = {"parent_id": str(home.id), "tier": "village_clinic", "name": "柳湾"}
    institution = await admin.post(f"{ADMIN}/institutions", json=clinic)
    team = {"institution_id": str(home.id), "name": "一队"}
    twin = await admin.post(f"{ADMIN}/teams", json=team)
    free = await admin.post(f"{ADMIN}/teams", json=team | {"name": "旧队"})

    assert said(institution) == said(twin) == (409, "name-taken")
    assert free.status_code == 201


async def test_an_institution_closes_when_it_is_empty(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    below = await make_institution(session, parent=home)
    child = await make_institution(session, parent=below, tier=Tier.VILLAGE_CLINIC)
    team = await make_team(session, institution=below)
    nurse = await make_staff(session, institution=below)
    gone = await make_staff(session, institution=below)
    (await session.get_one(StaffAccount, gone.id)).is_active = False
    beside = await make_institution(session, parent=home)
    address = f"{ADMIN}/institutions/{below.id}"

    full = await admin.post(f"{address}/close")
    child.closed_at = team.closed_at = clock.now()
    (await session.get_one(StaffAccount, nurse.id)).is_active = False
    await session.flush()
    closed = await admin.post(f"{address}/close")
    again = await admin.post(f"{address}/close")

    assert said(full) == (409, "institution-not-empty")
    assert [full.json()[n] for n in ("institutions", "teams", "staff")] == [1, 1, 1]
    assert closed.json()["closed_at"] is not None
    assert again.json()["closed_at"] == closed.json()["closed_at"]
    assert await trail(session, below.id) == [{"code": "closed"}]
    await session.refresh(beside)
    assert beside.closed_at is None


async def test_nothing_is_made_or_moved_into_a_closed_institution(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    closed = await make_institution(session, parent=home, closed_at=clock.now())
    gone = await make_staff(session, institution=closed)
    (await session.get_one(StaffAccount, gone.id)).is_active = False
    nurse = await make_staff(session, institution=home)
    here = {"institution_id": str(closed.id)}
    child = {"parent_id": str(closed.id), "tier": "village_clinic", "name": "x"}
    new = {"username": "zhao.min", "name": "赵敏", "title": "nurse", "roles": ["doctor"]}

    answers = [
        await admin.post(f"{ADMIN}/institutions", json=child),
        await admin.post(f"{ADMIN}/teams", json=here | {"name": "x"}),
        await admin.post(f"{ADMIN}/staff", json=here | new),
        await admin.post(f"{ADMIN}/staff/{nurse.id}/move", json=here),
        await admin.post(f"{ADMIN}/staff/{gone.id}/reactivate"),
        await admin.post(f"{ADMIN}/institutions/{home.id}/merge", json={"into_id": str(closed.id)}),
    ]

    assert [said(a) for a in answers[:5]] == [(409, "institution-closed")] * 5
    assert said(answers[5]) == (422, "merge-refused")  # it lies below


async def test_what_is_closed_opens_again_below_an_open_one_only(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    below = await make_institution(session, parent=home, closed_at=clock.now())
    child = await make_institution(session, parent=below, closed_at=clock.now())
    team = await make_team(session, institution=below, closed_at=clock.now())
    early = [
        await admin.post(f"{ADMIN}/institutions/{child.id}/reopen"),
        await admin.post(f"{ADMIN}/teams/{team.id}/reopen"),
    ]

    for path in (f"institutions/{below.id}", f"institutions/{child.id}", f"teams/{team.id}"):
        assert (await admin.post(f"{ADMIN}/{path}/reopen")).json()["closed_at"] is None

    assert [said(a) for a in early] == [(409, "institution-closed")] * 2
    assert await trail(session, team.id) == [{"code": "reopened"}]


async def test_a_closed_team_takes_no_members(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    team = await make_team(session, institution=home, closed_at=clock.now())

    answer = await admin.put(
        f"{ADMIN}/teams/{team.id}/members", json={"staff_ids": [], "version": 1}
    )

    assert said(answer) == (409, "team-closed")


async def test_members_set_names_who_came_and_went(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, chief: StaffMember
) -> None:
    team, other = [await make_team(session, institution=home, name=n) for n in "一二"]
    stays, goes, comes = [await make_staff(session, institution=home) for _ in range(3)]
    for member in (stays, goes):
        await join_team(session, member, team)
        await join_team(session, member, other)

    sent = {"staff_ids": [str(stays.id), str(comes.id)], "version": 1}
    await admin.put(f"{ADMIN}/teams/{team.id}/members", json=sent)
    await confirm_all(session, chief)

    assert await trail(session, team.id) == [
        {"code": "members_removed", "removed": [str(goes.id)], "absences_released": []},
        {"code": "member_added", "staff_id": str(comes.id)},
    ]
    kept = await session.scalars(select(TeamMember.staff_id).where(TeamMember.team_id == other.id))
    assert set(kept) == {stays.id, goes.id}


async def test_a_merged_institution_hands_everything_over(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, chief: StaffMember
) -> None:
    old = await make_institution(session, parent=home, name="旧镇")
    new = await make_institution(session, parent=home, name="新镇")
    clinic = await make_institution(session, parent=old, tier=Tier.VILLAGE_CLINIC)
    own_team = await make_team(session, institution=old)
    clinic_team = await make_team(session, institution=clinic)
    doctor = await make_staff(session, team=own_team)
    beside = await make_institution(session, parent=home, name="邻镇")
    beside_clinic = await make_institution(session, parent=beside, tier=Tier.VILLAGE_CLINIC)
    beside_team = await make_team(session, institution=beside)
    paths = (home.path, new.path, beside.path, beside_clinic.path)

    answer = await admin.post(f"{ADMIN}/institutions/{old.id}/merge", json={"into_id": str(new.id)})
    await session.refresh(old)
    assert (answer.json()["change"]["state"], old.closed_at) == ("waiting", None)
    await confirm_all(session, chief)

    rows = (home, old, new, clinic, own_team, clinic_team, doctor, beside, beside_clinic,
            beside_team)  # fmt: skip
    for row in rows:
        await session.refresh(row)
    assert old.merged_into_id == new.id
    assert old.closed_at is not None
    assert (clinic.parent_id, clinic.path) == (new.id, f"{new.path}.{clinic.id}")
    assert (own_team.institution_id, clinic_team.institution_id) == (new.id, clinic.id)
    assert doctor.institution_id == new.id
    assert (home.path, new.path, beside.path, beside_clinic.path) == paths
    assert (beside_clinic.parent_id, beside_team.institution_id) == (beside.id, beside.id)
    assert await trail(session, old.id) == [{"code": "merged", "into_id": str(new.id)}]
    assert await trail(session, new.id) == [{"code": "took_in", "from_id": str(old.id)}]
    reopened = await admin.post(f"{ADMIN}/institutions/{old.id}/reopen")
    assert said(reopened) == (409, "already-merged")


async def test_an_institution_merges_into_the_one_above(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    middle = await make_institution(session, parent=home)
    low = await make_institution(session, parent=middle, tier=Tier.VILLAGE_CLINIC)

    answer = await admin.post(
        f"{ADMIN}/institutions/{middle.id}/merge", json={"into_id": str(home.id)}
    )

    await session.refresh(low)
    assert answer.json()["change"]["state"] == "confirmed"  # nowhere is a team
    assert (low.parent_id, low.path) == (home.id, f"{home.path}.{low.id}")


async def test_merges_that_break_the_tree_are_refused(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    centre = await make_institution(session, parent=home, name="镇")
    clinic = await make_institution(session, parent=centre, tier=Tier.VILLAGE_CLINIC, name="村")
    other = await make_institution(session, parent=home, tier=Tier.VILLAGE_CLINIC, name="别村")
    closed = await make_institution(session, parent=home, name="旧", closed_at=clock.now())
    foreign = await make_institution(session, name="别区")
    tries = [
        (centre, centre, (422, "merge-refused")),
        (centre, clinic, (422, "merge-refused")),
        (centre, other, (422, "tier-too-high")),  # its clinic would hang below a clinic
        (centre, closed, (409, "institution-closed")),
        (closed, centre, (409, "institution-closed")),
        (centre, foreign, (404, "not-found")),
    ]

    for one, into, expected in tries:
        answer = await admin.post(
            f"{ADMIN}/institutions/{one.id}/merge", json={"into_id": str(into.id)}
        )
        assert said(answer) == expected, (one.name, into.name)

    await session.refresh(clinic)
    assert clinic.path == f"{centre.path}.{clinic.id}"


async def test_a_merged_team_gives_its_members_and_takes_nobody(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, chief: StaffMember
) -> None:
    old, new, beside = [await make_team(session, institution=home, name=n) for n in "旧新邻"]
    both, one = [await make_staff(session, institution=home) for _ in range(2)]
    for member, team in ((both, old), (both, new), (one, old)):
        await join_team(session, member, team)

    answer = await admin.post(f"{ADMIN}/teams/{old.id}/merge", json={"into_id": str(new.id)})
    await session.refresh(old)
    assert (answer.json()["change"]["state"], old.closed_at) == ("waiting", None)
    await confirm_all(session, chief)
    listed = (await admin.get(f"{ADMIN}/teams")).json()["items"]
    shown = next(t for t in listed if t["team_id"] == str(old.id))

    members = await session.execute(select(TeamMember.team_id, TeamMember.staff_id))
    of_new = {staff for team, staff in members if team == new.id}
    assert of_new == {both.id, one.id}
    assert (shown["takes_patients"], shown["merged_into_id"]) == (False, str(new.id))
    await session.refresh(beside)
    assert beside.closed_at is None
    reopened = await admin.post(f"{ADMIN}/teams/{old.id}/reopen")
    assert said(reopened) == (409, "already-merged")
    assert await trail(session, new.id) == [{"code": "took_in", "from_id": str(old.id)}]


async def test_merges_of_teams_that_leave_patients_alone_are_refused(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    team = await make_team(session, institution=home, name="一")
    closed = await make_team(session, institution=home, name="关", closed_at=clock.now())
    silent_home = await make_institution(session, parent=home, phone=None)
    silent = await make_team(session, institution=silent_home, name="哑")
    foreign = await make_team(session)
    tries = [
        (team, team, (422, "merge-refused")),
        (team, closed, (409, "team-closed")),
        (closed, team, (409, "team-closed")),
        (team, silent, (422, "team-without-phone")),
        (team, foreign, (404, "not-found")),
    ]

    for one, into, expected in tries:
        answer = await admin.post(f"{ADMIN}/teams/{one.id}/merge", json={"into_id": str(into.id)})
        assert said(answer) == expected, (one.name, into.name)

    await session.refresh(team)
    assert team.closed_at is None


async def test_a_staff_member_gets_another_name_and_title(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, operator: StaffMember
) -> None:
    nurse = await make_staff(session, institution=home)
    beside = await make_staff(session, institution=home)

    await admin.put(f"{ADMIN}/staff/{nurse.id}/name", json={"name": "赵\u200b敏"})
    await admin.put(f"{ADMIN}/staff/{nurse.id}/title", json={"title": "pharmacist"})
    own = await admin.put(f"{ADMIN}/staff/{operator.id}/title", json={"title": "specialist"})

    await session.refresh(nurse)
    assert (nurse.name, nurse.title) == ("赵敏", "pharmacist")
    assert said(own) == (409, "own-account")
    assert await trail(session, nurse.id) == [
        {"code": "renamed", "before": "王医生", "after": "赵敏"},
        {"code": "title_set", "before": "family_doctor", "after": "pharmacist"},
    ]
    await session.refresh(beside)
    assert (beside.name, beside.title) == ("王医生", "family_doctor")


async def test_changes_of_staff_say_from_what_to_what(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, chief: StaffMember
) -> None:
    below = await make_institution(session, parent=home)
    team = await make_team(session, institution=home)
    doctor = await make_staff(session, team=team)
    address = f"{ADMIN}/staff/{doctor.id}"

    await admin.put(f"{address}/roles", json={"roles": ["supervisor"]})
    await confirm_all(session, chief)
    await admin.post(f"{address}/move", json={"institution_id": str(below.id)})
    for verb in ("deactivate", "reactivate", "credentials", "end-sessions"):
        await admin.post(f"{address}/{verb}")
        await confirm_all(session, chief)

    told = [d for d in await trail(session, doctor.id) if d and "change_id" not in d]
    assert told == [
        {"code": "roles_set", "before": ["doctor"], "after": ["supervisor"]},
        {
            "code": "moved", "from_id": str(home.id), "to_id": str(below.id),
            "teams_left": [str(team.id)], "absences_released": [],
        },
        {"code": "deactivated", "absences_released": []},
        {"code": "reactivated"},
        {"code": "credentials_prepared"},
        {"code": "credentials_renewed", "phone_kept": False},
        {"code": "sessions_ended"},
    ]  # fmt: skip


async def test_what_is_made_is_written_down(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    clinic = {"parent_id": str(home.id), "tier": "village_clinic", "name": "柳湾"}
    institution = (await admin.post(f"{ADMIN}/institutions", json=clinic)).json()
    place = {"institution_id": institution["institution_id"]}
    team = (await admin.post(f"{ADMIN}/teams", json=place | {"name": "一队"})).json()

    made = UUID(institution["institution_id"])
    assert await trail(session, made) == [{"code": "created", "parent_id": str(home.id)}]
    assert await trail(session, UUID(team["team_id"])) == [{"code": "created"} | place]
    listed = (await admin.get(f"{ADMIN}/audit")).json()["items"]
    assert [e["detail"]["code"] for e in listed] == ["created", "created"]
