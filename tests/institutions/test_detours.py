"""An operator reaches in two steps what one step would let wait for a second person."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core import clock
from app.institutions.models import (
    AccessChangeKind,
    AccessChangeState,
    Institution,
    StaffMember,
    Team,
    TeamMember,
    Tier,
    Title,
)
from app.institutions.reach import clinic_today
from tests.institutions.confirming import ADMIN, Place, account_of, names
from tests.institutions.factories import (
    make_access_change,
    make_institution,
    make_staff,
    make_team,
)

WAITING = AccessChangeState.WAITING


@pytest.fixture
async def place(app: FastAPI, session: AsyncSession) -> Place:
    return await Place(app, session).build()


@pytest.fixture
async def village(place: Place) -> Institution:
    """Made by the township's operator: nobody and no team is there yet."""
    return await make_institution(
        place.session, parent=place.home, tier=Tier.VILLAGE_CLINIC, name="柳湾村卫生室"
    )


async def members_of(session: AsyncSession, team: Team) -> set[UUID]:
    mine = select(TeamMember.staff_id).where(TeamMember.team_id == team.id)
    return set(await session.scalars(mine))


def change_of(answer: httpx.Response) -> dict[str, Any]:
    body = answer.json()
    change: dict[str, Any] = body.get("asked", body)["change"]
    return change


@pytest.mark.parametrize("first", ["out of the team", "a clerk", "an operator", "the whole way"])
async def test_an_account_in_use_is_not_renewed_where_it_reaches_nothing_for_a_moment(
    place: Place, village: Institution, first: str
) -> None:
    """Else the doctor comes back into the team with a password that the operator knows."""
    await place.chief()
    admin = await place.as_(place.operator)
    doctor = f"{ADMIN}/staff/{place.doctor.id}"
    steps: dict[str, list[tuple[str, str, dict[str, object] | None]]] = {
        "out of the team": [
            ("PUT", f"{ADMIN}/teams/{place.team.id}/members", {"staff_ids": [], "version": 1})
        ],
        "a clerk": [("PUT", f"{doctor}/roles", {"roles": ["records_clerk"]})],
        "an operator": [
            ("POST", f"{doctor}/move", {"institution_id": str(village.id)}),
            ("PUT", f"{doctor}/roles", {"roles": ["operator"]}),
        ],
        "the whole way": [
            ("POST", f"{doctor}/deactivate", None),
            ("PUT", f"{ADMIN}/teams/{place.team.id}/members", {"staff_ids": [], "version": 1}),
            ("POST", f"{doctor}/move", {"institution_id": str(village.id)}),
        ],
    }
    for method, path, body in steps[first]:
        assert (await admin.request(method, path, json=body)).status_code in {200, 202}

    asked = await admin.post(f"{doctor}/credentials")

    assert change_of(asked)["state"] == "waiting"
    account = await account_of(place.session, place.doctor)
    assert account.password_hash == "not-a-hash"


async def test_rights_are_not_raised_between_two_teams(place: Place) -> None:
    await place.chief()
    place.doctor.title = Title.NURSE
    await place.session.flush()
    admin = await place.as_(place.operator)
    await admin.put(f"{ADMIN}/teams/{place.team.id}/members", json={"staff_ids": [], "version": 1})

    answer = await admin.put(f"{ADMIN}/staff/{place.doctor.id}/title", json={"title": "specialist"})

    assert change_of(answer)["state"] == "waiting"


@pytest.mark.parametrize("how", ["made", "raised", "moved"])
async def test_a_supervisor_waits_also_where_there_is_no_team_yet(
    place: Place, village: Institution, how: str
) -> None:
    """The team comes afterwards, and with it the patients."""
    chief = await place.chief()
    admin = await place.as_(place.operator)
    new = {
        "username": "puppet", "name": "何静", "title": "tb_supervisor",
        "institution_id": str(village.id), "roles": ["supervisor"],
    }  # fmt: skip
    if how == "made":
        answer = await admin.post(f"{ADMIN}/staff", json=new)
    elif how == "raised":
        made = await admin.post(f"{ADMIN}/staff", json=new | {"roles": ["doctor"]})
        answer = await admin.put(
            f"{ADMIN}/staff/{made.json()['staff_id']}/roles", json={"roles": ["supervisor"]}
        )
    else:
        other = await make_institution(
            place.session, parent=place.home, tier=Tier.VILLAGE_CLINIC, name="黄泥"
        )
        one = await make_staff(place.session, institution=other, roles=[Role.SUPERVISOR])
        answer = await admin.post(
            f"{ADMIN}/staff/{one.id}/move", json={"institution_id": str(village.id)}
        )

    assert change_of(answer)["state"] == "waiting"
    asked = answer.json().get("asked", answer.json())
    assert names(asked) == [str(chief.id)]


async def test_a_team_that_was_emptied_first_is_not_merged_alone(
    place: Place, village: Institution
) -> None:
    await place.chief()
    admin = await place.as_(place.operator)
    other = await make_team(place.session, institution=village, name="空队")
    emptied = await admin.put(
        f"{ADMIN}/teams/{place.team.id}/members", json={"staff_ids": [], "version": 1}
    )
    assert emptied.json()["removed"] == [str(place.doctor.id)]

    answer = await admin.post(
        f"{ADMIN}/teams/{place.team.id}/merge", json={"into_id": str(other.id)}
    )

    assert change_of(answer)["state"] == "waiting"
    assert place.team.merged_into_id is None


async def test_whoever_stands_in_before_there_is_a_team_waits_too(place: Place) -> None:
    """Else the stand-in comes into the team with the doctor, and nobody was asked."""
    await place.chief()
    new, puppet = [await make_staff(place.session, institution=place.home) for _ in range(2)]
    until = clinic_today() + timedelta(days=30)
    absence = {
        "from_on": clinic_today().isoformat(), "to_on": until.isoformat(),
        "stand_in_id": str(puppet.id), "reason": "training",
    }  # fmt: skip

    answer = await (await place.as_(place.operator)).post(
        f"{ADMIN}/staff/{new.id}/absences", json=absence
    )

    assert change_of(answer)["state"] == "waiting"


async def test_a_supervisor_at_the_end_of_a_chain_of_accounts_confirms_nothing(
    place: Place, village: Institution
) -> None:
    """The township's operator made the village's, who made its supervisor."""
    puppet = await make_staff(place.session, institution=village, roles=[Role.OPERATOR])
    supervisor = await place.chief(village)
    for maker, made in ((place.operator, puppet), (puppet, supervisor)):
        await make_access_change(
            place.session, requested_by=maker, staff_id=made.id, kind=AccessChangeKind.CREATED,
            state=AccessChangeState.CONFIRMED, settled_at=clock.now(),
        )  # fmt: skip
    chief = await place.chief()
    doctor = await make_staff(
        place.session, team=await make_team(place.session, institution=village)
    )

    asked = await place.renew(doctor)
    answer = await place.confirm(supervisor, asked["change"]["change_id"])

    assert names(asked) == [str(chief.id)]
    assert answer.status_code == 404
    assert (await place.confirm(chief, asked["change"]["change_id"])).status_code == 303


async def ask_to_join(place: Place, who: StaffMember) -> str:
    present = [str(i) for i in await members_of(place.session, place.team)]
    await place.session.refresh(place.team)
    answer = await (await place.as_(place.operator)).put(
        f"{ADMIN}/teams/{place.team.id}/members",
        json={"staff_ids": [*present, str(who.id)], "version": place.team.version},
    )
    change_id: str = answer.json()["asked"][0]["change"]["change_id"]
    return change_id


async def test_what_waits_is_void_once_the_person_is_out_of_the_asker_s_hands(
    place: Place,
) -> None:
    """Moved away by the operator above while it waited."""
    chief = await place.chief(place.top)
    elsewhere = await make_institution(place.session, parent=place.top, name="桃坪镇卫生院")
    nurse, neighbour = [await make_staff(place.session, institution=place.home) for _ in range(2)]
    change_id = await ask_to_join(place, nurse)
    kept = await ask_to_join(place, neighbour)
    change_id = await ask_to_join(place, nurse)
    upper = await place.as_(place.upper)
    moved = await upper.post(
        f"{ADMIN}/staff/{nurse.id}/move", json={"institution_id": str(elsewhere.id)}
    )
    assert change_of(moved)["state"] == "confirmed"

    answer = await place.confirm(chief, change_id)

    assert answer.status_code == 409
    assert await members_of(place.session, place.team) == {place.doctor.id}
    assert await place.state(kept) is AccessChangeState.CANCELLED  # its list was replaced


async def test_nobody_becomes_a_fellow_operator_while_a_move_waits(
    place: Place, village: Institution
) -> None:
    """A supervisor is moved up; waiting, the account is made an operator: it stays below."""
    await make_team(place.session, institution=village)
    puppet, chief = await place.chief(village), await place.chief(place.top)
    admin = await place.as_(place.operator)
    asked = await admin.post(
        f"{ADMIN}/staff/{puppet.id}/move", json={"institution_id": str(place.home.id)}
    )
    turned = await admin.put(f"{ADMIN}/staff/{puppet.id}/roles", json={"roles": ["operator"]})
    assert [change_of(a)["state"] for a in (asked, turned)] == ["waiting", "confirmed"]

    answer = await place.confirm(chief, change_of(asked)["change_id"])

    assert answer.status_code == 409
    await place.session.refresh(puppet)
    assert puppet.institution_id == village.id


async def test_nobody_becomes_a_fellow_operator_while_a_merge_waits(
    place: Place, village: Institution
) -> None:
    chief = await place.chief(place.top)
    admin = await place.as_(place.operator)
    asked = await admin.post(
        f"{ADMIN}/institutions/{village.id}/merge", json={"into_id": str(place.home.id)}
    )
    assert change_of(asked)["state"] == "waiting"
    puppet = await make_staff(place.session, institution=village, roles=[Role.OPERATOR])

    answer = await place.confirm(chief, change_of(asked)["change_id"])

    assert answer.status_code == 409
    await place.session.refresh(puppet)
    assert puppet.institution_id == village.id


async def test_what_waits_for_an_account_ends_when_it_is_switched_off(place: Place) -> None:
    chief = await place.chief(place.top)
    nurse, neighbour = [await make_staff(place.session, institution=place.home) for _ in range(2)]
    admin = await place.as_(place.operator)
    sent = {"staff_ids": [str(i) for i in (place.doctor.id, nurse.id, neighbour.id)], "version": 1}
    asked = (await admin.put(f"{ADMIN}/teams/{place.team.id}/members", json=sent)).json()["asked"]
    of_nurse, of_neighbour = [
        next(a["change"]["change_id"] for a in asked if a["change"]["staff_id"] == str(who.id))
        for who in (nurse, neighbour)
    ]

    off = await (await place.as_(place.upper)).post(f"{ADMIN}/staff/{nurse.id}/deactivate")

    assert off.status_code == 200
    assert await place.state(of_nurse) is AccessChangeState.CANCELLED
    assert await place.state(of_neighbour) is WAITING
    over = await place.confirm(chief, of_nurse)
    assert (over.status_code, "已经有了结果" in over.text) == (409, True)
