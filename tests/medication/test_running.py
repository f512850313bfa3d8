"""A treatment runs until its last day is over: everywhere, and until then it is cared for."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import WAITING, Alert, AlertState, ClosedWhy
from app.core import clock
from app.core.job_context import JobContext
from app.medication import jobs
from app.medication.models import Outcome, Treatment
from app.medication.problems import AfterLastDay, StoppedAfterPlan
from app.medication.running import running, runs_on, today_in
from app.medication.schemas.treatments import HoldCreate, TreatmentStop
from app.medication.service import changes
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.plans import (
    ZONE,
    X,
    day,
    days_with,
    dose_on,
    instant,
    plan,
    start,
    stopping,
)

pytestmark = pytest.mark.usefixtures("noon")


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Pacific/Apia"])
async def test_the_database_says_the_same_of_every_last_day(
    session: AsyncSession, zone: str
) -> None:
    patient = await make.make_patient(session, zone=zone)
    treatment = await make.make_treatment(session, patient=patient)
    hours = [clock.now() + timedelta(hours=hour) for hour in range(30)]
    today = clock.now().date()
    days: list[date | None] = [None, *(today + timedelta(days=n) for n in range(-2, 3))]
    said = {}
    for last in days:
        treatment.stopped_on, treatment.outcome = last, Outcome.CURED if last else None
        await session.flush()
        for at in hours:
            of_this = select(running(at)).where(Treatment.id == treatment.id)
            said[last, at] = await session.scalar(of_this)

    expected = {}
    for last, at in said:
        with clock.frozen(at):
            expected[last, at] = runs_on(last, today_in(zone))
    assert said == expected
    assert set(said.values()) == {True, False}


async def alerts_of(session: AsyncSession, treatment: Treatment) -> list[Alert]:
    found = await session.scalars(
        select(Alert)
        .where(Alert.subject_id == treatment.id)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def test_until_a_coming_last_day_misses_raise_alerts_and_then_they_close(
    session: AsyncSession, context: JobContext
) -> None:
    actor, treatment = await start(session, plan(days=20))
    _, neighbour = await start(session, plan(days=20))
    await changes.stop(session, actor, treatment, ZONE, stopping(3))
    await session.flush()

    with clock.frozen(instant(2, "09:00")):  # days 0 and 1 were missed
        await jobs.notice_misses_again(context)
        await jobs.end_treatments(context)
        raised = [a.state for a in await alerts_of(session, treatment)]
    with clock.frozen(instant(4, "02:59")):
        await jobs.end_treatments(context)
        last_night = [a.state for a in await alerts_of(session, treatment)]
    with clock.frozen(instant(4, "03:01")):
        await jobs.end_treatments(context)
        await jobs.notice_misses_again(context)
    (over,) = await alerts_of(session, treatment)

    assert raised == last_night == [AlertState.OPEN]
    assert (over.state, over.closed_why) == (AlertState.CLOSED, ClosedWhy.SOURCE_ENDED)
    assert over.closed_by is None
    assert [a.state in WAITING for a in await alerts_of(session, neighbour)] == [True]


async def test_until_its_last_day_a_treatment_may_be_held_edited_and_moved_within(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session, plan(days=20))
    await changes.stop(session, actor, treatment, ZONE, stopping(6))
    await session.flush()

    held = HoldCreate(from_on=day(1), to_on=day(2), reason="住院治疗")
    await changes.hold(session, actor, treatment, ZONE, held)
    ahead = await changes.edit_plan(
        session, actor, treatment, ZONE, day(3), plan(first=3, days=30, tablets="2")
    )

    assert await days_with(session, treatment, X.EXPECTED) == [0, 3, 4, 5, 6]
    assert await days_with(session, treatment, X.HELD) == [1, 2]
    assert (await dose_on(session, treatment, 6)).drugs[0]["tablets"] == "2"
    assert ahead.first_at == instant(3, "07:30")


async def test_nothing_is_planned_after_a_coming_last_day(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=20))
    await changes.stop(session, actor, treatment, ZONE, stopping(6))
    await session.flush()
    dose = await dose_on(session, treatment, 2)
    late = HoldCreate(from_on=day(7), to_on=day(8), reason="住院治疗")

    with pytest.raises(AfterLastDay):
        await changes.hold(session, actor, treatment, ZONE, late)
    with pytest.raises(AfterLastDay):
        await changes.edit_plan(session, actor, treatment, ZONE, day(7), plan(first=7))
    with pytest.raises(AfterLastDay):
        await changes.reschedule(session, actor, treatment, ZONE, dose, day(7))


@pytest.mark.parametrize(("last", "refused"), [(19, False), (20, True), (400, True)])
async def test_no_last_day_lies_after_the_last_planned_one(
    session: AsyncSession, last: int, refused: bool
) -> None:
    actor, treatment = await start(session, plan(days=20))
    order = TreatmentStop(stopped_on=day(last), outcome=Outcome.COMPLETED)

    if refused:
        with pytest.raises(StoppedAfterPlan):
            await changes.stop(session, actor, treatment, ZONE, order)
    else:
        await changes.stop(session, actor, treatment, ZONE, order)

    assert treatment.stopped_on == (None if refused else day(last))


async def test_the_pages_say_that_it_runs_until_its_last_day(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    today = today_in(patient.zone)
    last = today + timedelta(days=5)
    address = f"/staff/treatments/{treatment.id}"

    stopped = await desk.http.post(
        f"{address}/stop", data={"stopped_on": last.isoformat(), "outcome": "completed"}
    )
    pages = [await desk.http.get(p) for p in (address, f"/staff/patients/{patient.id}")]
    await session.refresh(treatment)
    treatment.stopped_on = over_on = today - timedelta(days=1)
    await session.flush()
    over = await desk.http.get(address)

    assert stopped.status_code == 303
    for page in pages:
        assert "进行中" in page.text
        assert f"{last.day}日为止" in page.text
    assert f"{address}/hold" in pages[0].text
    assert f"{over_on.day}日结束" in over.text
    assert f"{address}/hold" not in over.text


async def test_a_last_day_after_the_plan_is_refused_with_a_sentence(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient, days=10)
    today = today_in(patient.zone)
    sent: dict[str, Any] = {"outcome": "completed"}

    answers = [
        await desk.http.post(
            f"/staff/treatments/{treatment.id}/stop",
            data=sent | {"stopped_on": (today + timedelta(days=n)).isoformat()},
        )
        for n in (-1, 10, 100)
    ]

    assert [a.status_code for a in answers] == [422] * 3
    assert "不能早于" in answers[0].text
    assert all("不能晚于方案里安排的最后一天" in a.text for a in answers[1:])
