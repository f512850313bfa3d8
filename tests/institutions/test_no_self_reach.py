"""A village's operator tries every route of the admin API to read the township's records."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.institutions.models import (
    AccessChange,
    AccessChangeState,
    Institution,
    StaffMember,
    Team,
    TeamMember,
    Tier,
    Title,
)
from app.institutions.reach import clinic_today
from app.patients.models import Patient
from tests.accounts.factories import staff_client
from tests.institutions.factories import (
    join_team,
    make_absence,
    make_institution,
    make_staff,
    make_team,
)
from tests.patients.factories import make_patient

ADMIN = "/api/admin"


@dataclass
class District:
    """A township with a village below it; its village doctor works in the township's team."""

    township: Institution
    village: Institution
    beside: Institution
    team: Team
    village_team: Team
    village_doctor: StaffMember
    chief: StaffMember
    patient: Patient
    villager: Patient
    operator: StaffMember


@pytest.fixture
async def district(session: AsyncSession) -> District:
    top = await make_institution(session, tier=Tier.DISTRICT_HOSPITAL, name="区医院")
    township = await make_institution(session, parent=top, name="竹溪镇卫生院")
    village, beside = [
        await make_institution(session, parent=township, tier=Tier.VILLAGE_CLINIC, name=name)
        for name in ("柳湾村卫生室", "黄泥村卫生室")
    ]
    team = await make_team(session, institution=township, name="镇队")
    village_team = await make_team(session, institution=village, name="村队")
    village_doctor = await make_staff(session, institution=village, title=Title.VILLAGE_DOCTOR)
    await join_team(session, village_doctor, team)
    return District(
        township,
        village,
        beside,
        team,
        village_team,
        village_doctor,
        await make_staff(session, institution=township, roles=[Role.SUPERVISOR]),
        await make_patient(session, team=team),
        await make_patient(session, team=village_team),
        await make_staff(session, institution=village, roles=[Role.OPERATOR]),
    )


@pytest.fixture
async def admin(
    app: FastAPI, session: AsyncSession, district: District
) -> AsyncIterator[httpx.AsyncClient]:
    async with await staff_client(app, session, district.operator.id) as browser:
        yield browser


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "")


ASK_ABOVE = (409, "ask-operator-above")


async def reached(app: FastAPI, session: AsyncSession, staff_id: UUID) -> set[UUID]:
    """Open every patient as this person, as if their password were in the operator's hands."""
    found = set()
    async with await staff_client(app, session, staff_id) as browser:
        for patient_id in await session.scalars(select(Patient.id)):
            if (await browser.get(f"/staff/patients/{patient_id}")).status_code == 200:
                found.add(patient_id)
    return found


def new_staff(place: Institution, *roles: str, username: str = "puppet") -> dict[str, object]:
    return {
        "username": username,
        "name": "王医生",
        "title": "family_doctor",
        "institution_id": str(place.id),
        "roles": list(roles),
    }


@pytest.mark.parametrize(
    ("method", "verb", "body"),
    [
        ("POST", "credentials", None),
        ("PUT", "roles", {"roles": ["doctor", "supervisor"]}),
        ("PUT", "title", {"title": "specialist"}),
        ("PUT", "name", {"name": "李秀英"}),
        ("POST", "reactivate", None),
        ("POST", "move", {"institution_id": "village"}),
    ],
)
async def test_the_account_of_who_works_in_the_township_is_beyond_the_village(
    admin: httpx.AsyncClient, session: AsyncSession, district: District, method: str, verb: str,
    body: dict[str, object] | None,
) -> None:  # fmt: skip
    if body == {"institution_id": "village"}:
        body = {"institution_id": str(district.village.id)}
    account = await session.get_one(StaffAccount, district.village_doctor.id)
    before = (account.password_hash, account.totp_secret, list(account.roles))

    answer = await admin.request(
        method, f"{ADMIN}/staff/{district.village_doctor.id}/{verb}", json=body
    )

    await session.refresh(account)
    assert said(answer) == ASK_ABOVE
    assert (account.password_hash, account.totp_secret, account.roles) == before
    assert account.next_until is None
    assert (await session.get_one(StaffMember, account.id)).name == "王医生"


async def test_who_stands_in_for_the_township_next_week_is_beyond_the_village_today(
    admin: httpx.AsyncClient, session: AsyncSession, district: District
) -> None:
    nurse = await make_staff(session, institution=district.village)
    township_doctor = await make_staff(session, team=district.team)
    next_week = clinic_today() + timedelta(days=7)
    await make_absence(
        session, staff=township_doctor, stand_in=nurse, from_on=next_week, to_on=next_week
    )

    answer = await admin.post(f"{ADMIN}/staff/{nurse.id}/credentials")

    assert said(answer) == ASK_ABOVE


async def test_a_puppet_stands_in_for_nobody_of_the_township(
    app: FastAPI, admin: httpx.AsyncClient, session: AsyncSession, district: District
) -> None:
    made = await admin.post(f"{ADMIN}/staff", json=new_staff(district.village, "doctor"))
    puppet = UUID(made.json()["staff_id"])
    today = clinic_today().isoformat()
    absence = {"from_on": today, "to_on": today, "stand_in_id": str(puppet), "reason": "sick"}

    answer = await admin.post(f"{ADMIN}/staff/{district.village_doctor.id}/absences", json=absence)

    assert said(answer) == ASK_ABOVE
    assert await reached(app, session, puppet) == set()


async def test_a_puppet_comes_into_no_team_alone(
    app: FastAPI, admin: httpx.AsyncClient, session: AsyncSession, district: District
) -> None:
    made = await admin.post(f"{ADMIN}/staff", json=new_staff(district.village, "doctor"))
    puppet = UUID(made.json()["staff_id"])
    sent = {"staff_ids": [str(puppet)], "version": 1}

    of_township = await admin.put(f"{ADMIN}/teams/{district.team.id}/members", json=sent)
    of_village = await admin.put(f"{ADMIN}/teams/{district.village_team.id}/members", json=sent)

    assert said(of_township) == (404, "not-found")
    waiting = of_village.json()["asked"][0]
    assert waiting["change"]["state"] == "waiting"
    assert [c["staff_id"] for c in waiting["confirmers"]] == [str(district.chief.id)]
    own = waiting["change"]["change_id"]
    assert said(await admin.post(f"{ADMIN}/confirmations/{own}/confirm"))[0] == 404
    assert await reached(app, session, puppet) == set()


async def test_a_puppet_supervisor_stays_shut(
    app: FastAPI, admin: httpx.AsyncClient, session: AsyncSession, district: District
) -> None:
    made = await admin.post(f"{ADMIN}/staff", json=new_staff(district.village, "supervisor"))
    puppet = UUID(made.json()["staff_id"])
    doctor = await admin.post(
        f"{ADMIN}/staff", json=new_staff(district.village, "doctor", username="puppet.2")
    )
    second = UUID(doctor.json()["staff_id"])
    raised = await admin.put(f"{ADMIN}/staff/{second}/roles", json={"roles": ["supervisor"]})
    again = await admin.post(f"{ADMIN}/staff/{puppet}/reactivate")

    account = await session.get_one(StaffAccount, puppet, populate_existing=True)
    assert not account.is_active
    assert [a.json()["change"]["state"] for a in (raised, again)] == ["waiting", "waiting"]
    assert await reached(app, session, puppet) == await reached(app, session, second) == set()


async def test_an_operator_of_the_own_institution_is_not_made(
    admin: httpx.AsyncClient, session: AsyncSession, district: District
) -> None:
    clerk = await make_staff(session, institution=district.village, roles=[Role.RECORDS_CLERK])
    fellow = await make_staff(session, institution=district.village, roles=[Role.OPERATOR])
    tries = [
        await admin.post(f"{ADMIN}/staff", json=new_staff(district.village, "operator")),
        await admin.put(f"{ADMIN}/staff/{clerk.id}/roles", json={"roles": ["operator"]}),
        await admin.put(f"{ADMIN}/staff/{fellow.id}/roles", json={"roles": ["doctor"]}),
        await admin.post(f"{ADMIN}/staff/{fellow.id}/credentials"),
        await admin.post(f"{ADMIN}/staff/{fellow.id}/deactivate"),
    ]

    assert [said(answer) for answer in tries] == [ASK_ABOVE] * 5


async def test_the_own_account_gets_no_roles_and_both_kinds_go_on_no_account(
    admin: httpx.AsyncClient, district: District
) -> None:
    own = await admin.put(
        f"{ADMIN}/staff/{district.operator.id}/roles", json={"roles": ["supervisor"]}
    )
    both = await admin.post(
        f"{ADMIN}/staff", json=new_staff(district.village, "doctor", "operator")
    )
    clerk = await admin.post(
        f"{ADMIN}/staff", json=new_staff(district.village, "doctor", "records_clerk")
    )

    assert said(own) == (409, "own-account")
    assert said(both) == said(clerk) == (422, "roles-exclude")


async def test_nobody_is_moved_or_merged_upwards(
    app: FastAPI, admin: httpx.AsyncClient, session: AsyncSession, district: District
) -> None:
    made = await admin.post(f"{ADMIN}/staff", json=new_staff(district.village, "doctor"))
    puppet = UUID(made.json()["staff_id"])
    up = {"into_id": str(district.township.id)}
    tries = [
        await admin.post(
            f"{ADMIN}/staff/{puppet}/move", json={"institution_id": str(district.township.id)}
        ),
        await admin.post(f"{ADMIN}/institutions/{district.village.id}/merge", json=up),
        await admin.post(f"{ADMIN}/institutions/{district.township.id}/merge", json=up),
        await admin.post(f"{ADMIN}/institutions/{district.township.id}/close"),
        await admin.post(
            f"{ADMIN}/teams/{district.team.id}/merge",
            json={"into_id": str(district.village_team.id)},
        ),
        await admin.post(
            f"{ADMIN}/teams/{district.village_team.id}/merge",
            json={"into_id": str(district.team.id)},
        ),
        await admin.post(f"{ADMIN}/teams/{district.team.id}/reopen"),
    ]

    assert [said(answer) for answer in tries] == [(404, "not-found")] * 7
    assert await reached(app, session, puppet) == set()


async def test_a_team_that_a_puppet_is_in_takes_in_no_other_team_alone(
    app: FastAPI, admin: httpx.AsyncClient, session: AsyncSession, district: District
) -> None:
    """Confirmed for an empty team, it does not get the patients of a full one by a merge."""
    empty = await make_team(session, institution=district.village, name="空队")
    puppet = await make_staff(session, team=empty)

    answer = await admin.post(
        f"{ADMIN}/teams/{district.village_team.id}/merge", json={"into_id": str(empty.id)}
    )

    assert answer.json()["change"]["state"] == "waiting"
    members = await session.scalars(
        select(TeamMember.staff_id).where(TeamMember.team_id == district.village_team.id)
    )
    assert members.all() == []
    assert await reached(app, session, puppet.id) == set()


async def test_a_renamed_puppet_reaches_no_more(
    app: FastAPI, admin: httpx.AsyncClient, session: AsyncSession, district: District
) -> None:
    made = await admin.post(f"{ADMIN}/staff", json=new_staff(district.village, "doctor"))
    puppet = UUID(made.json()["staff_id"])

    answer = await admin.put(f"{ADMIN}/staff/{puppet}/name", json={"name": "督导"})

    assert answer.status_code == 200
    assert await reached(app, session, puppet) == set()


async def test_an_operator_writes_no_regimen_and_sees_no_jobs(
    admin: httpx.AsyncClient, district: District
) -> None:
    tries = [
        await admin.post("/api/treatment-templates", json={}, headers={"Idempotency-Key": "k" * 8}),
        await admin.get(f"{ADMIN}/jobs"),
        await admin.get(f"/staff/patients/{district.patient.id}"),
        await admin.get("/staff/confirmations"),
    ]

    assert [answer.status_code for answer in tries] == [403] * 4


async def test_nothing_of_all_this_took_effect_without_a_second_person(
    admin: httpx.AsyncClient, session: AsyncSession, district: District
) -> None:
    """What waits is in nobody's hands: old credentials of accounts of the village rest, too."""
    doctor = await make_staff(session, team=district.village_team)
    account = await session.get_one(StaffAccount, doctor.id)
    old = (account.password_hash, account.totp_secret)

    answer = await admin.post(f"{ADMIN}/staff/{doctor.id}/credentials")

    await session.refresh(account)
    assert answer.json()["asked"]["change"]["state"] == "waiting"
    assert (account.password_hash, account.totp_secret) == old
    settled = AccessChange.state != AccessChangeState.WAITING
    assert (await session.scalars(select(AccessChange.id).where(settled))).all() == []
