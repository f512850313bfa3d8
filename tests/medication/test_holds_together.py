"""Holds that overlap, one over all of a patient's treatments, and moves into held days."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.institutions.models import Team
from app.medication.models import Dose, DoseHold, Expectation, Treatment
from app.medication.problems import DayOnHold, MovedTooFar
from app.medication.queries.treatments import get_plan
from app.medication.running import today_in
from app.medication.schemas.treatments import HoldCreate
from app.medication.service import changes
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication import plans
from tests.medication.desk import Desk
from tests.medication.plans import ZONE, X, day, days_with, dose_on, holding, instant, plan, start
from tests.medication.test_races import overlapping

pytestmark = pytest.mark.usefixtures("noon")


async def test_a_day_is_held_while_any_hold_covers_it(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=12))
    long = await holding(session, actor, treatment, 0, 8)
    short = await holding(session, actor, treatment, 4, 6)

    with clock.frozen(instant(3, "12:00")):
        await changes.end_hold(session, actor, treatment, ZONE, long)
        await session.flush()
    after_the_long = await days_with(session, treatment, X.HELD)
    with clock.frozen(instant(5, "12:00")):
        await changes.end_hold(session, actor, treatment, ZONE, short)
        await session.flush()

    assert after_the_long == [0, 1, 2, 4, 5, 6]
    assert await days_with(session, treatment, X.HELD) == [0, 1, 2, 4]


async def test_a_day_that_was_moved_or_let_go_stays_so_under_a_hold(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=5))
    await changes.reschedule(
        session, actor, treatment, ZONE, await dose_on(session, treatment, 1), day(9)
    )
    held = await holding(session, actor, treatment, 0, 9)

    await changes.end_hold(session, actor, treatment, ZONE, held)

    assert await days_with(session, treatment, X.RESCHEDULED) == [1]
    assert await days_with(session, treatment, X.EXPECTED) == [0, 2, 3, 4, 9]


async def test_no_dose_moves_into_a_held_day_or_too_far(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=3))
    await holding(session, actor, treatment, 5, 6)
    dose = await dose_on(session, treatment, 2)

    for to in (5, 6):
        with pytest.raises(DayOnHold):
            await changes.reschedule(session, actor, treatment, ZONE, dose, day(to))
    with pytest.raises(MovedTooFar):
        await changes.reschedule(session, actor, treatment, ZONE, dose, day(61))
    moved = await changes.reschedule(session, actor, treatment, ZONE, dose, day(7))

    assert (moved.due_on, moved.expectation) == (day(7), X.EXPECTED)


async def test_a_dose_may_be_moved_back_to_its_day(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=3))
    first = await dose_on(session, treatment, 1)
    moved = await changes.reschedule(session, actor, treatment, ZONE, first, day(8))
    await session.flush()

    back = await changes.reschedule(session, actor, treatment, ZONE, moved, day(1))

    assert back.id == first.id
    assert await days_with(session, treatment, X.EXPECTED) == [0, 1, 2]
    assert await days_with(session, treatment, X.RESCHEDULED) == [8]


# -- on the page ----------------------------------------------------------------------------------


async def course(session: AsyncSession, patient: Patient, **columns: Any) -> Treatment:
    treatment = await make.make_treatment(session, patient=patient, **columns)
    await make.make_dose(session, patient=patient, treatment=treatment)
    return treatment


async def expectation(session: AsyncSession, treatment: Treatment) -> Expectation:
    found = await session.scalars(select(Dose.expectation).where(Dose.treatment_id == treatment.id))
    return found.one()


async def test_one_act_holds_all_that_runs_of_the_patient_once(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    today = today_in(patient.zone)
    ended = {"stopped_on": today - timedelta(days=1), "outcome": "completed"}
    one, other, over = [await course(session, patient, **more) for more in ({}, {}, ended)]
    neighbour = await course(session, await make.make_patient(session))
    last = today + timedelta(days=3)
    sent = {
        "from_on": today.isoformat(), "to_on": last.isoformat(),
        "reason": "住院治疗", "every": "yes", "key": "hold-all-key-1", "version": "1",
    }  # fmt: skip

    answers = [
        await desk.http.post(f"/staff/treatments/{one.id}/hold", data=sent) for _ in range(2)
    ]

    assert [a.status_code for a in answers] == [303, 303]
    said = [await expectation(session, t) for t in (one, other, over, neighbour)]
    assert said == [X.HELD, X.HELD, X.EXPECTED, X.EXPECTED]
    assert await session.scalar(select(func.count()).select_from(DoseHold)) == 2
    for address in (f"/staff/treatments/{other.id}", f"/staff/patients/{patient.id}"):
        page = await desk.http.get(address)
        assert f"暂停到 {last.month}月{last.day}日" in page.text


async def test_what_one_act_held_is_resumed_by_one_act(
    desk: Desk, session: AsyncSession, patient: Patient, team: Team
) -> None:
    """Home from the hospital early: no drug stays forgotten in a hold of its own."""
    today = today_in(patient.zone)
    one, other, later = [await course(session, patient) for _ in range(3)]
    neighbour = await course(session, await make.make_patient(session, team=team))
    days = {"from_on": today.isoformat(), "to_on": (today + timedelta(days=3)).isoformat()}
    form = days | {"reason": "住院治疗", "key": "hold-all-key-2", "every": "yes"}
    for treatment in (one, neighbour):
        await desk.http.post(f"/staff/treatments/{treatment.id}/hold", data=form)
        form["key"] += "n"
    own = form | {"key": "hold-of-one-key", "reason": "发热", "every": ""}
    await desk.http.post(f"/staff/treatments/{later.id}/hold", data=own)
    held = select(DoseHold.id).where(DoseHold.treatment_id == one.id)
    address = f"/staff/treatments/{one.id}"

    page = await desk.http.get(address)
    answer = await desk.http.post(
        f"/staff/holds/{(await session.scalars(held)).one()}/end", data={"every": "yes"}
    )

    assert "一起暂停的 3 个治疗都恢复" in page.text
    assert "恢复 3 个治疗的服药" in unquote(str(answer.headers))
    said = [await expectation(session, t) for t in (one, other, later, neighbour)]
    assert said == [X.EXPECTED, X.EXPECTED, X.HELD, X.HELD]  # the third has a hold of its own
    assert "都恢复" not in (await desk.http.get(address)).text


async def test_without_the_box_the_others_go_on(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    one, other = [await course(session, patient) for _ in range(2)]
    today = today_in(patient.zone).isoformat()

    await desk.http.post(
        f"/staff/treatments/{one.id}/hold",
        data={"from_on": today, "to_on": today, "reason": "住院治疗", "key": "one-hold-only"},
    )

    assert [await expectation(session, t) for t in (one, other)] == [X.HELD, X.EXPECTED]


@pytest.mark.parametrize("blank", ["\u200b", "\u3164", " \u2060 "])
async def test_a_reason_that_nobody_can_read_is_none(
    blank: str, desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    treatment = await course(session, patient)
    today = today_in(patient.zone).isoformat()

    answer = await desk.http.post(
        f"/staff/treatments/{treatment.id}/hold",
        data={"from_on": today, "to_on": today, "reason": blank},
    )

    assert answer.status_code == 422
    assert await expectation(session, treatment) is X.EXPECTED


async def test_two_who_hold_everything_at_once_from_two_treatments_do_not_wait_for_each_other(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        actor, one = await plans.start(session)
        patient = await session.get_one(Patient, one.patient_id)
        other = await make.make_treatment(session, patient=patient)
        ids = [one.id, other.id]
    days = HoldCreate(from_on=day(2), to_on=day(4), reason="肝功能异常")

    async def hold_from(session: AsyncSession, n: int) -> None:
        treatment, _ = await get_plan(session, ids[n])
        await changes.hold_all(session, actor, treatment, ZONE, days)

    async def second() -> None:
        async with committed_database.begin() as session:
            await hold_from(session, 1)

    await overlapping(committed_database, lambda session: hold_from(session, 0), second())

    async with committed_database() as session:
        assert await session.scalar(select(func.count()).select_from(DoseHold)) == 4
