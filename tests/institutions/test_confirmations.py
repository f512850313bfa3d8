"""A second person's word: who may give it, when it holds, what it sets in motion."""

from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.core import clock
from app.institutions.models import (
    AccessChangeKind,
    AccessChangeState,
    TeamMember,
    Tier,
)
from app.institutions.rules import NOT_INDEPENDENT_FOR, WAITS_FOR
from tests.accounts.factories import staff_client
from tests.institutions.confirming import ADMIN, DAY, PAGE, Place, account_of, names
from tests.institutions.factories import (
    make_access_change,
    make_institution,
    make_staff,
    make_team,
)


@pytest.fixture
async def place(app: FastAPI, session: AsyncSession) -> Place:
    return await Place(app, session).build()


async def test_the_nearest_supervisor_is_asked_first_and_one_above_may(place: Place) -> None:
    above, near = await place.chief(place.top), await place.chief()

    asked = await place.renew(place.doctor)

    assert names(asked) == [str(near.id), str(above.id)]
    answer = await place.confirm(above, asked["change"]["change_id"])
    assert answer.status_code == 303
    assert await place.state(asked["change"]["change_id"]) is AccessChangeState.CONFIRMED


async def test_who_is_to_supervise_a_place_is_confirmed_there_not_where_the_team_works(
    place: Place,
) -> None:
    chief = await place.chief()
    village = await make_institution(place.session, parent=place.home, tier=Tier.VILLAGE_CLINIC)
    near = await place.chief(village)
    doctor = await make_staff(
        place.session,
        institution=place.home,
        team=await make_team(place.session, institution=village),
    )
    admin = await place.as_(place.operator)

    answer = await admin.put(
        f"{ADMIN}/staff/{doctor.id}/roles", json={"roles": ["doctor", "supervisor"]}
    )

    assert names(answer.json()) == [str(chief.id)]
    change_id = answer.json()["change"]["change_id"]
    assert (await place.confirm(near, change_id)).status_code == 404
    assert (await place.confirm(chief, change_id)).status_code == 303


async def test_a_supervisor_elsewhere_and_a_doctor_of_the_team_find_nothing(place: Place) -> None:
    await place.chief()
    elsewhere = await place.chief(await make_institution(place.session, parent=place.top))
    colleague = await make_staff(place.session, team=place.team)
    asked = await place.renew(place.doctor)

    answers = [
        await place.confirm(who, asked["change"]["change_id"]) for who in (elsewhere, colleague)
    ]

    assert [a.status_code for a in answers] == [404, 404]
    assert await place.state(asked["change"]["change_id"]) is AccessChangeState.WAITING


async def test_whoever_was_renewed_lately_by_who_asks_confirms_nothing_for_them(
    place: Place,
) -> None:
    chief = await place.chief()
    await make_access_change(
        place.session,
        requested_by=place.operator,
        staff_id=chief.id,
        kind=AccessChangeKind.CREDENTIALS,
        state=AccessChangeState.CONFIRMED,
        settled_at=clock.now(),
    )
    other = await place.chief(place.top)

    asked = await place.renew(place.doctor)
    change_id = asked["change"]["change_id"]
    too_early = await place.confirm(chief, change_id)
    with clock.frozen(clock.now() + NOT_INDEPENDENT_FOR + DAY):
        later = await place.renew(place.doctor)

    assert names(asked) == [str(other.id)]
    assert too_early.status_code == 404
    assert names(later) == [str(chief.id), str(other.id)]


async def test_a_supervisor_whose_account_is_closed_or_not_yet_opened_is_not_asked(
    place: Place,
) -> None:
    """Not yet opened: their credentials were renewed, and both sets wait for a second person."""
    closed, renewed, opened = [await place.chief() for _ in range(3)]
    now = clock.now()
    (await account_of(place.session, closed)).is_active = False
    (await account_of(place.session, renewed)).next_until = now + DAY
    (await account_of(place.session, opened)).next_until = now - DAY
    await place.session.flush()

    asked = await place.renew(place.doctor)
    with clock.frozen(now + DAY):
        later = await place.renew(place.doctor)

    assert names(asked) == [str(opened.id)]
    assert names(later) == [str(one.id) for one in (renewed, opened)]


async def test_a_supervisor_confirms_nothing_for_themselves(place: Place) -> None:
    chief, above = await place.chief(), await place.chief(place.top)
    admin = await place.as_(place.operator)

    sent = {"staff_ids": [str(place.doctor.id), str(chief.id)], "version": 1}
    answer = await admin.put(f"{ADMIN}/teams/{place.team.id}/members", json=sent)

    asked = answer.json()["asked"][0]
    assert names(asked) == [str(above.id)]
    assert (await place.confirm(chief, asked["change"]["change_id"])).status_code == 404


async def test_without_a_supervisor_the_operator_above_confirms_and_no_fellow(
    place: Place,
) -> None:
    fellow = await make_staff(place.session, institution=place.home, roles=[Role.OPERATOR])

    asked = await place.renew(place.doctor)
    address = f"{ADMIN}/confirmations/{asked['change']['change_id']}/confirm"
    of_fellow = await (await place.as_(fellow)).post(address)
    of_upper = await (await place.as_(place.upper)).post(address)

    assert names(asked) == [str(place.upper.id)]
    assert (of_fellow.status_code, of_fellow.json()["type"]) == (409, "not-independent")
    assert (of_upper.status_code, of_upper.json()["state"]) == (200, "confirmed")


async def test_where_a_supervisor_can_the_operator_above_does_not(place: Place) -> None:
    await place.chief()
    asked = await place.renew(place.doctor)

    answer = await (await place.as_(place.upper)).post(
        f"{ADMIN}/confirmations/{asked['change']['change_id']}/refuse"
    )

    assert (answer.status_code, answer.json()["type"]) == (409, "not-independent")
    assert await place.state(asked["change"]["change_id"]) is AccessChangeState.WAITING


async def test_accounts_of_one_hand_do_not_confirm_for_each_other(place: Place) -> None:
    """The upper operator made the lower one, who made another: all of it is one hand."""
    middle = await make_institution(
        place.session, parent=place.home, tier=Tier.VILLAGE_CLINIC, name="柳湾"
    )
    village_team = await make_team(place.session, institution=middle)
    puppet = await make_staff(place.session, institution=middle, roles=[Role.OPERATOR])
    for maker, made in ((place.upper, place.operator), (place.operator, puppet)):
        await make_access_change(
            place.session,
            requested_by=maker,
            staff_id=made.id,
            kind=AccessChangeKind.CREATED,
            state=AccessChangeState.CONFIRMED,
            settled_at=clock.now(),
        )
    doctor = await make_staff(place.session, team=village_team)
    browser = await place.as_(puppet)

    alone = await browser.post(f"{ADMIN}/staff/{doctor.id}/credentials")
    independent = await make_staff(place.session, institution=place.top, roles=[Role.OPERATOR])
    asked = await browser.post(f"{ADMIN}/staff/{doctor.id}/credentials")

    assert (alone.status_code, alone.json()["type"]) == (409, "nobody-can-confirm")
    assert names(asked.json()["asked"]) == [str(independent.id)]
    assert (await account_of(place.session, doctor)).next_until is not None


async def test_at_the_topmost_a_second_operator_confirms(place: Place) -> None:
    browser = await place.as_(place.upper)
    new = {
        "username": "he.jing", "name": "何静", "title": "administrator",
        "institution_id": str(place.top.id), "roles": ["operator"],
    }  # fmt: skip
    alone = await browser.post(f"{ADMIN}/staff", json=new)
    second = await make_staff(place.session, institution=place.top, roles=[Role.OPERATOR])
    asked = await browser.post(f"{ADMIN}/staff", json=new)
    made = UUID(asked.json()["staff_id"])
    shut = (await place.session.get_one(StaffAccount, made)).is_active
    change_id = asked.json()["asked"]["change"]["change_id"]
    answer = await (await place.as_(second)).post(f"{ADMIN}/confirmations/{change_id}/confirm")

    assert (alone.status_code, alone.json()["type"]) == (409, "nobody-can-confirm")
    assert names(asked.json()["asked"]) == [str(second.id)]
    assert (shut, answer.status_code) == (False, 200)
    account = await place.session.get_one(StaffAccount, made, populate_existing=True)
    assert account.is_active


async def test_an_operator_above_makes_operators_below_alone(place: Place) -> None:
    new = {
        "username": "he.jing", "name": "何静", "title": "administrator",
        "institution_id": str(place.home.id), "roles": ["operator"],
    }  # fmt: skip

    answer = await (await place.as_(place.upper)).post(f"{ADMIN}/staff", json=new)

    assert answer.json()["asked"]["change"]["state"] == "confirmed"


async def test_in_a_tree_without_teams_the_first_operator_makes_all(
    app: FastAPI, session: AsyncSession
) -> None:
    top = await make_institution(session, tier=Tier.DISTRICT_HOSPITAL)
    operator = await make_staff(session, institution=top, roles=[Role.OPERATOR])
    browser = await staff_client(app, session, operator.id)
    new = {"name": "何静", "title": "tb_supervisor", "institution_id": str(top.id)}

    answers = [
        await browser.post(f"{ADMIN}/staff", json=new | {"username": f"u.{role}", "roles": [role]})
        for role in ("operator", "supervisor", "doctor", "records_clerk")
    ]

    assert [a.json()["asked"]["change"]["state"] for a in answers] == ["confirmed"] * 4


async def test_what_was_asked_by_who_is_no_operator_any_more_is_void(place: Place) -> None:
    chief = await place.chief()
    asked = await place.renew(place.doctor)
    (await account_of(place.session, place.operator)).is_active = False
    await place.session.flush()

    answer = await place.confirm(chief, asked["change"]["change_id"])

    assert answer.status_code == 409
    assert await place.state(asked["change"]["change_id"]) is AccessChangeState.WAITING


async def test_a_team_that_came_since_is_at_stake_too(place: Place) -> None:
    """The village's supervisor may not open what the doctor has come to reach in the township."""
    village = await make_institution(
        place.session, parent=place.home, tier=Tier.VILLAGE_CLINIC, name="柳湾"
    )
    chief = await place.chief(village)
    doctor = await make_staff(
        place.session, team=await make_team(place.session, institution=village)
    )
    asked = await place.renew(doctor)
    place.session.add(TeamMember(team_id=place.team.id, staff_id=doctor.id))
    await place.session.flush()

    answer = await place.confirm(chief, asked["change"]["change_id"])

    assert answer.status_code == 409
    assert await place.state(asked["change"]["change_id"]) is AccessChangeState.WAITING


async def test_a_change_runs_out_and_is_confirmed_no_more(place: Place) -> None:
    chief = await place.chief()
    asked = await place.renew(place.doctor)

    with clock.frozen(clock.now() + WAITS_FOR):
        answer = await place.confirm(chief, asked["change"]["change_id"])
        page = await (await place.as_(chief)).get(PAGE)

    assert answer.status_code == 409
    assert "已经有了结果或已过期" in answer.text
    assert "没有等您确认的变更" in page.text


async def test_two_presses_settle_once_and_the_second_is_told(place: Place) -> None:
    chief = await place.chief()
    asked = await place.renew(place.doctor)

    first = await place.confirm(chief, asked["change"]["change_id"])
    second = await place.confirm(chief, asked["change"]["change_id"])

    assert (first.status_code, second.status_code) == (303, 409)
    assert "已经有了结果" in second.text
