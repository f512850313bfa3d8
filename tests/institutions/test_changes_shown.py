"""What is asked for and settled: taken back, listed, shown to who confirms, in the trail."""

from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.institutions.audit import CANCEL_ACCESS
from app.institutions.models import (
    AccessChange,
    AccessChangeState,
    Team,
    TeamMember,
    Tier,
)
from tests.counting import counted
from tests.institutions.confirming import ADMIN, ASKED, DAY, PAGE, Place, account_of
from tests.institutions.factories import (
    make_institution,
    make_staff,
    make_team,
)

OVER = "这项变更已经有了结果或已过期"


@pytest.fixture
async def place(app: FastAPI, session: AsyncSession) -> Place:
    return await Place(app, session).build()


async def test_who_asked_takes_it_back_and_nobody_else(place: Place) -> None:
    chief = await place.chief()
    asked = await place.renew(place.doctor)
    kept = await place.renew(await make_staff(place.session, team=place.team))
    address = f"{ADMIN}/access-changes/{asked['change']['change_id']}/cancel"

    other = await (await place.as_(place.upper)).post(address)
    own = await (await place.as_(place.operator)).post(address)

    assert other.status_code == 404
    assert own.json()["state"] == "cancelled"
    late = await place.confirm(chief, asked["change"]["change_id"])
    assert (late.status_code, OVER in late.text) == (409, True)
    assert await place.state(kept["change"]["change_id"]) is AccessChangeState.WAITING
    noted = select(AuditEvent).where(AuditEvent.action == CANCEL_ACCESS.code)
    event = (await place.session.scalars(noted)).one()
    assert (event.actor_id, event.subject_id) == (place.operator.id, place.doctor.id)
    assert event.detail is not None
    assert event.detail["change_id"] == asked["change"]["change_id"]
    assert (await account_of(place.session, place.doctor)).next_until is None


async def test_lists_show_what_the_subtree_asked_for(place: Place) -> None:
    await place.chief()
    asked = await place.renew(place.doctor)
    foreign = await make_staff(place.session, roles=[Role.OPERATOR])

    own = (await (await place.as_(place.operator)).get(f"{ADMIN}/access-changes")).json()
    above = (await (await place.as_(place.upper)).get(f"{ADMIN}/confirmations")).json()
    not_own = (await (await place.as_(place.operator)).get(f"{ADMIN}/confirmations")).json()
    beyond = (await (await place.as_(foreign)).get(f"{ADMIN}/access-changes")).json()

    assert own["items"] == above["items"] == [asked["change"]]
    assert not_own["items"] == beyond["items"] == []


async def test_the_page_says_who_asks_for_whom_from_what_to_what(
    place: Place, connection: AsyncConnection
) -> None:
    chief = await place.chief()
    admin = await place.as_(place.operator)
    await place.renew(place.doctor)
    nurse = await make_staff(place.session, institution=place.home, name="赵敏")
    second = await make_team(place.session, institution=place.home, name="第二团队")
    stand_in = await make_staff(place.session, institution=place.home, name="何静")
    gone = await make_staff(place.session, team=second, name="吴梅")
    (await account_of(place.session, gone)).is_active = False
    await place.session.flush()
    today = clock.today_in("Asia/Shanghai").isoformat()
    absence = {"from_on": today, "to_on": today, "stand_in_id": str(stand_in.id), "reason": "sick"}
    doctor = f"{ADMIN}/staff/{place.doctor.id}"
    answers = [
        await admin.put(f"{ADMIN}/teams/{second.id}/members",
                        json={"staff_ids": [str(gone.id), str(nurse.id)], "version": 1}),
        await admin.put(f"{doctor}/roles", json={"roles": ["doctor", "supervisor"]}),
        await admin.post(f"{doctor}/absences", json=absence),
        await admin.post(f"{ADMIN}/staff/{gone.id}/reactivate"),
        await admin.post(f"{ADMIN}/teams/{place.team.id}/merge", json={"into_id": str(second.id)}),
    ]  # fmt: skip
    assert [a.status_code for a in answers] == [202] * 5

    with counted(connection) as statements:
        page = await (await place.as_(chief)).get(PAGE)
        badges = await (await place.as_(chief)).get("/staff/badges")

    for shown in ("邓丽", "竹溪镇卫生院", "新的密码和动态码", "进入第二团队", "医生、督导",
                  "何静顶班", "启用：医生", "竹溪团队 →", "换新密码", "加入团队"):  # fmt: skip
        assert shown in page.text
    assert page.text.count('/confirm"') == 6
    assert ">6<" in badges.text
    # Two of them each open a session of the test's own.
    assert len([s for s in statements if not s.startswith("INSERT")]) <= 12


async def test_a_row_names_the_home_of_the_account_and_that_of_who_asks(place: Place) -> None:
    chief = await place.chief()
    village = await make_institution(
        place.session, parent=place.home, tier=Tier.VILLAGE_CLINIC, name="柳湾村卫生室"
    )
    doctor = await make_staff(
        place.session, team=await make_team(place.session, institution=village)
    )
    await place.renew(doctor)

    page = (await (await place.as_(chief)).get(PAGE)).text

    assert page.count("账号建于") == 1
    assert "柳湾村卫生室 · 账号建于" in page
    assert '邓丽 <span class="soft">竹溪镇卫生院</span>' in page


async def test_what_is_over_is_shown_to_both_sides_and_to_nobody_else(
    place: Place, session: AsyncSession
) -> None:
    chief = await place.chief()
    stranger = await make_staff(session, roles=[Role.SUPERVISOR])
    browser, admin = await place.as_(chief), await place.as_(place.operator)
    asked = {}
    for code, name in (("refuse", "甲"), ("confirm", "乙"), ("late", "丙"), ("waits", "丁")):
        member = await make_staff(session, team=place.team, name=name)
        address = f"{ADMIN}/staff/{member.id}/roles"
        answer = await admin.put(address, json={"roles": ["doctor", "supervisor"]})
        asked[code] = answer.json()["change"]["change_id"]
    for code in ("refuse", "confirm"):
        await browser.post(f"{PAGE}/{asked[code]}/{code}")
    late = await session.get_one(AccessChange, UUID(asked["late"]))
    late.expires_at = clock.now() - DAY
    await session.flush()

    waiting, over = (await browser.get(PAGE)).text.split("最近 30 天的结果")
    own = (await admin.get(ASKED)).text
    newest_first = sorted("甲乙丙", key=over.index), sorted("甲乙丙丁", key=own.index)
    assert newest_first == (list("丙乙甲"), list("丁丙乙甲"))
    others = [
        (await (await place.as_(place.upper)).get(ASKED)).text,
        (await (await place.as_(stranger)).get(PAGE)).text,
    ]

    assert [name in waiting for name in "甲乙丙丁"] == [False, False, False, True]
    assert [name in over for name in "甲乙丙丁"] == [True, True, True, False]
    for page in (over, own):
        assert all(word in page for word in ("被拒绝", "已生效", "过期作废", "周督导"))
    assert "等待确认" in own
    assert "等待确认" not in over
    assert not any(name in page for page in others for name in "甲乙丙丁")


async def test_what_took_effect_at_once_is_shown_to_who_asked_alone(
    place: Place, session: AsyncSession
) -> None:
    chief = await place.chief()
    clerk = await make_staff(
        session, institution=place.home, roles=[Role.RECORDS_CLERK], name="邹芳"
    )
    admin = await place.as_(place.operator)
    await admin.put(f"{ADMIN}/staff/{clerk.id}/title", json={"title": "nurse"})

    own = (await admin.get(ASKED)).text
    page = (await (await place.as_(chief)).get(PAGE)).text

    assert "邹芳" in own
    assert "不用别人确认" in own
    assert "邹芳" not in page


@pytest.mark.parametrize("word", ["confirm", "refuse"])
async def test_a_word_on_what_has_expired_says_so(
    place: Place, session: AsyncSession, word: str
) -> None:
    chief = await place.chief()
    change_id = (await place.renew(place.doctor))["change"]["change_id"]
    change = await session.get_one(AccessChange, UUID(change_id))
    change.expires_at = clock.now() - DAY
    await session.flush()

    answer = await (await place.as_(chief)).post(f"{PAGE}/{change_id}/{word}")

    assert (answer.status_code, OVER in answer.text) == (409, True)


async def test_what_is_said_is_in_the_trail(place: Place) -> None:
    chief = await place.chief()
    admin = await place.as_(place.operator)
    address = f"{ADMIN}/staff/{place.doctor.id}/roles"
    first = (await admin.put(address, json={"roles": ["doctor", "supervisor"]})).json()["change"]
    browser = await place.as_(chief)
    await browser.post(f"{PAGE}/{first['change_id']}/refuse")
    second = (await admin.put(address, json={"roles": ["supervisor"]})).json()["change"]
    await browser.post(f"{PAGE}/{second['change_id']}/confirm")

    rows = await place.session.scalars(
        select(AuditEvent).where(AuditEvent.subject_id == place.doctor.id).order_by(AuditEvent.id)
    )

    told = [(e.action, e.actor_id, (e.detail or {}).get("after")) for e in rows]
    both, one = ["doctor", "supervisor"], ["supervisor"]
    assert told == [
        ("request_access", place.operator.id, both),
        ("refuse_access", chief.id, both),
        ("request_access", place.operator.id, one),
        ("change_staff", chief.id, one),
        ("confirm_access", chief.id, one),
    ]


async def test_the_same_wish_again_is_the_one_that_waits(place: Place) -> None:
    await place.chief()
    admin = await place.as_(place.operator)
    address = f"{ADMIN}/staff/{place.doctor.id}/roles"

    asked = [
        (await admin.put(address, json={"roles": roles})).json()["change"]
        for roles in (["supervisor"], ["supervisor"], ["doctor", "supervisor"], ["doctor"])
    ]

    assert asked[0]["change_id"] == asked[1]["change_id"] != asked[2]["change_id"]
    assert asked[3]["state"] == "confirmed"  # what he is already: nothing is opened
    for change in asked[:3]:
        assert await place.state(change["change_id"]) is AccessChangeState.CANCELLED


async def test_a_team_is_joined_once_confirmed(place: Place, session: AsyncSession) -> None:
    chief = await place.chief()
    nurse = await make_staff(session, institution=place.home)
    team = await session.get_one(Team, place.team.id)
    sent = {"staff_ids": [str(place.doctor.id), str(nurse.id)], "version": 1}
    answer = await (await place.as_(place.operator)).put(
        f"{ADMIN}/teams/{team.id}/members", json=sent
    )
    of_team = select(TeamMember.staff_id).where(TeamMember.team_id == team.id)
    before = set(await session.scalars(of_team))

    await place.confirm(chief, answer.json()["asked"][0]["change"]["change_id"])

    assert before == {place.doctor.id}
    assert set(await session.scalars(of_team)) == {place.doctor.id, nurse.id}


async def test_a_list_without_a_newcomer_cancels_nothing_else(place: Place) -> None:
    """Neither what is over nor what else waits for the same team, or for another one."""
    chief = await place.chief()
    admin = await place.as_(place.operator)
    address = f"{ADMIN}/teams/{place.team.id}/members"
    joined, late, waits = [
        await make_staff(place.session, institution=place.home) for _ in range(3)
    ]
    everybody = [str(one.id) for one in (place.doctor, joined, late, waits)]
    answer = await admin.put(address, json={"staff_ids": everybody, "version": 1})
    changes = {one["change"]["staff_id"]: one["change"] for one in answer.json()["asked"]}
    ids = [changes[str(one.id)]["change_id"] for one in (joined, late, waits)]
    beside = await make_team(place.session, institution=place.home, name="第二团队")
    of_beside = {"staff_ids": [str(waits.id)], "version": 1}
    answer = await admin.put(f"{ADMIN}/teams/{beside.id}/members", json=of_beside)
    ids.append(answer.json()["asked"][0]["change"]["change_id"])
    address_of_merge = f"{ADMIN}/teams/{place.team.id}/merge"
    answer = await admin.post(address_of_merge, json={"into_id": str(beside.id)})
    assert answer.status_code == 202, answer.text
    ids.append(answer.json()["change"]["change_id"])
    await place.confirm(chief, ids[0])
    expired = await place.session.get_one(AccessChange, UUID(ids[1]))
    expired.expires_at = clock.now() - DAY
    await place.session.flush()

    await place.session.refresh(place.team)
    version = place.team.version
    emptied = {"staff_ids": [str(place.doctor.id)], "version": version}
    assert (await admin.put(address, json=emptied)).status_code in {200, 202}

    assert [await place.state(one) for one in ids] == [
        AccessChangeState.CONFIRMED,
        AccessChangeState.WAITING,  # nobody answered in time: it says so itself
        AccessChangeState.CANCELLED,
        AccessChangeState.WAITING,
        AccessChangeState.WAITING,
    ]
