"""An end that was wrong: another day, or none; doses, alerts and flags follow, both lines stay."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role
from app.alerts import service as alert_service
from app.alerts.models import Alert, AlertState
from app.core import clock
from app.institutions.models import Team, Title
from app.medication.audit import CHANGE_TREATMENT
from app.medication.models import Dose, Evidence, Outcome, Treatment
from app.medication.problems import NotStopped, NotYoursToCorrect, ReasonOfCorrection
from app.medication.queries.treatments import get_plan
from app.medication.running import today_in
from app.medication.schemas.treatments import HoldCreate, StopCorrection
from app.medication.service import changes, misses
from app.patients.models import Patient
from tests.accounts.factories import actor_of, staff_client
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.plans import (
    HORIZON,
    ZONE,
    X,
    change,
    day,
    days_with,
    dose_on,
    instant,
    plan,
    start,
    stopping,
)

pytestmark = pytest.mark.usefixtures("noon")


def on(offset: int | None, reason: str | None = "记错了") -> StopCorrection:
    last = None if offset is None else day(offset)
    return StopCorrection(
        stopped_on=last, outcome=None if last is None else Outcome.COMPLETED, reason=reason
    )


async def correct(session: AsyncSession, actor: Any, treatment: Treatment, to: Any) -> None:
    await changes.correct_stop(session, actor, treatment, ZONE, to, HORIZON)
    await session.flush()


@pytest.mark.parametrize(
    ("to", "expected", "held"),
    [(2, [0, 1, 2], []), (7, [0, 1, 2, 3, 4, 7], [5, 6]), (None, [0, 1, 2, 3, 4, 7, 8, 9], [5, 6])],
)
async def test_doses_follow_the_last_day(
    session: AsyncSession, to: int | None, expected: list[int], held: list[int]
) -> None:
    actor, treatment = await start(session, plan(days=10))
    _, neighbour = await start(session, plan(days=10))
    await changes.stop(session, actor, neighbour, ZONE, stopping(4))
    pause = HoldCreate(from_on=day(5), to_on=day(6), reason="住院治疗")
    await changes.hold(session, actor, treatment, ZONE, pause)
    await changes.stop(session, actor, treatment, ZONE, stopping(4))
    await session.flush()

    await correct(session, actor, treatment, on(to, None))

    assert await days_with(session, treatment, X.EXPECTED) == expected
    assert await days_with(session, treatment, X.HELD) == held
    assert await days_with(session, neighbour, X.EXPECTED) == [0, 1, 2, 3, 4]


async def test_what_the_plan_had_let_go_does_not_come_back(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=10))
    await changes.reschedule(
        session, actor, treatment, ZONE, await dose_on(session, treatment, 3), day(12)
    )
    gone = await dose_on(session, treatment, 8)
    await change(session, gone, expectation=X.CANCELLED)
    await changes.stop(session, actor, treatment, ZONE, stopping(5))
    await session.flush()

    await correct(session, actor, treatment, on(None, None))

    assert await days_with(session, treatment, X.EXPECTED) == [0, 1, 2, 4, 5, 6, 7, 9, 12]
    assert await days_with(session, treatment, X.CANCELLED) == [8]
    assert await days_with(session, treatment, X.RESCHEDULED) == [3]


async def test_an_edit_made_meanwhile_holds_for_the_days_that_come_back(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session, plan(days=60))
    await changes.stop(session, actor, treatment, ZONE, stopping(5))
    edited = plan(first=3, days=57, tablets="2")
    await changes.edit_plan(session, actor, treatment, ZONE, day(3), edited)
    await session.flush()

    with clock.frozen(instant(4, "12:00")):
        await correct(session, actor, treatment, on(None))

    tablets = [(await dose_on(session, treatment, n)).drugs[0]["tablets"] for n in (2, 3, 8, 38)]
    assert tablets == ["3", "2", "2", "2"]  # laid out again up to the horizon


async def test_a_death_entered_for_the_wrong_patient_is_taken_back_with_all_that_followed(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session, plan(days=20))
    with clock.frozen(instant(3, "09:00")):  # three were missed
        await misses.notice_misses_of(session, [treatment.id])
        order = stopping(1)
        await changes.stop(session, actor, treatment, ZONE, order)
        await session.flush()
        stopped = [(a.kind, a.state) for a in await alerts_of(session, treatment)]
        taken = await change(
            session, await dose_on(session, treatment, 3), evidence=Evidence.IN_PERSON
        )
    with clock.frozen(instant(4, "08:00")):
        await correct(session, actor, treatment, on(None, "登记错了患者"))
        back = [(a.kind, a.state) for a in await alerts_of(session, treatment)]

    assert stopped == [("misses_in_row", AlertState.CLOSED)]
    assert back == stopped  # day 3 was kept: the streak is over
    assert taken.expectation is X.EXPECTED
    assert await days_with(session, treatment, X.EXPECTED) == list(range(20))
    assert (treatment.stopped_on, treatment.outcome) == (None, None)


async def alerts_of(session: AsyncSession, treatment: Treatment) -> list[Alert]:
    found = await session.scalars(
        select(Alert)
        .where(Alert.subject_id == treatment.id)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def test_alerts_that_closed_with_the_wrong_end_wait_again_while_they_hold(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session, plan(days=20))
    with clock.frozen(instant(3, "09:00")):
        await misses.notice_misses_of(session, [treatment.id])
        await changes.stop(session, actor, treatment, ZONE, stopping(1))
        await session.flush()
        (closed,) = await alerts_of(session, treatment)
        assert closed.state is AlertState.CLOSED

        await correct(session, actor, treatment, on(None))
        (again,) = await alerts_of(session, treatment)

    assert (again.state, again.closed_why, again.detail) == (AlertState.OPEN, None, {"count": 3})
    assert again.escalate_at is not None


async def test_an_alert_that_was_handled_before_the_wrong_end_is_handled_again(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session, plan(days=20))
    with clock.frozen(instant(3, "09:00")):
        await misses.notice_misses_of(session, [treatment.id])
        (alert,) = await alerts_of(session, treatment)
        await alert_service.handle(session, actor, alert, "已打电话")
        await changes.stop(session, actor, treatment, ZONE, stopping(1))
        await session.flush()

        await correct(session, actor, treatment, on(None))
        (again,) = await alerts_of(session, treatment)

    assert (again.state, again.action_taken) == (AlertState.HANDLED, "已打电话")
    assert (again.closed_why, again.escalate_at) == (None, None)


async def test_after_the_last_day_it_is_for_its_author_within_a_day_or_a_supervisor(
    session: AsyncSession,
) -> None:
    author, treatment = await start(session, plan(days=20))
    colleague = actor_of((await make.make_staff(session)).id)
    chief = actor_of((await make.make_staff(session)).id, Role.SUPERVISOR)
    with clock.frozen(instant(5, "12:00")):
        await changes.stop(session, author, treatment, ZONE, stopping(3))
        await session.flush()
    with clock.frozen(instant(6, "11:59")):
        with pytest.raises(NotYoursToCorrect):
            await correct(session, colleague, treatment, on(4))
        with pytest.raises(ReasonOfCorrection):
            await correct(session, author, treatment, on(4, None))
        await correct(session, author, treatment, on(4))
    with clock.frozen(instant(7, "12:00")):
        with pytest.raises(NotYoursToCorrect):
            await correct(session, author, treatment, on(5))
        await correct(session, chief, treatment, on(None))
        with pytest.raises(NotStopped):
            await correct(session, chief, treatment, on(5))


async def test_until_the_last_day_is_over_whoever_may_stop_may_correct(
    session: AsyncSession,
) -> None:
    author, treatment = await start(session, plan(days=20))
    colleague = actor_of((await make.make_staff(session)).id)
    await changes.stop(session, author, treatment, ZONE, stopping(3))
    await session.flush()

    with clock.frozen(instant(4, "02:59")):
        await correct(session, colleague, treatment, on(8, None))

    assert treatment.stopped_on == day(8)


# -- on the page ----------------------------------------------------------------------------------


@pytest.fixture
async def treatment(session: AsyncSession, patient: Patient) -> Treatment:
    begun = today_in(patient.zone) - timedelta(days=5)
    return await make.make_treatment(session, patient=patient, starts_on=begun)


async def sent(
    http: httpx.AsyncClient, treatment: Treatment, path: str, **data: Any
) -> httpx.Response:
    return await http.post(f"/staff/treatments/{treatment.id}/{path}", data=data)


async def test_both_lines_stay_on_the_page_and_the_trail_says_before_and_after(
    desk: Desk, session: AsyncSession, patient: Patient, treatment: Treatment
) -> None:
    yesterday = (today_in(patient.zone) - timedelta(days=1)).isoformat()
    before = today_in(patient.zone) - timedelta(days=3)
    await sent(desk.http, treatment, "stop", stopped_on=yesterday, outcome="died")

    without = await sent(desk.http, treatment, "correct-stop", taken_back="yes")
    other = await sent(
        desk.http, treatment, "correct-stop",
        stopped_on=before.isoformat(), outcome="lost", why="家属说早几天就走了",
    )  # fmt: skip
    back = await sent(desk.http, treatment, "correct-stop", taken_back="yes", why="登记错了患者")
    page = await desk.http.get(f"/staff/treatments/{treatment.id}")

    assert (without.status_code, other.status_code, back.status_code) == (422, 303, 303)
    assert "请写明更正的原因" in without.text
    assert page.text.count('class="withdrawn"') == 2
    assert "登记错了患者" in page.text
    assert "没有结束，继续服药" in page.text
    assert "进行中" in page.text
    trail = await session.scalars(
        select(AuditEvent.detail)
        .where(AuditEvent.subject_id == treatment.id, AuditEvent.action == CHANGE_TREATMENT.code)
        .order_by(AuditEvent.id)
    )
    _, first, second = trail.all()
    said = {n: (first or {}).get(n) for n in ("before", "after", "outcome_before", "outcome_after")}
    assert said == {
        "before": yesterday, "after": before.isoformat(),
        "outcome_before": "died", "outcome_after": "lost",
    }  # fmt: skip
    assert ((second or {})["code"], (second or {})["after"]) == ("stop_corrected", None)
    assert "登记错了" not in str(second)


@pytest.mark.parametrize(
    ("title", "roles", "days_ago", "status"),
    [
        (Title.FAMILY_DOCTOR, (Role.DOCTOR,), 0, 303),  # runs until tonight: a change of plan
        (Title.VILLAGE_DOCTOR, (Role.DOCTOR,), 0, 403),
        (Title.FAMILY_DOCTOR, (Role.DOCTOR,), 1, 422),
        (Title.ADMINISTRATOR, (Role.DOCTOR, Role.SUPERVISOR), 1, 303),
    ],
)
async def test_who_may_correct_anothers_end(
    app: FastAPI, desk: Desk, session: AsyncSession, team: Team, patient: Patient,
    treatment: Treatment, title: Title, roles: tuple[Role, ...], days_ago: int, status: int,
) -> None:  # fmt: skip
    last: date = today_in(patient.zone) - timedelta(days=days_ago)
    await sent(desk.http, treatment, "stop", stopped_on=last.isoformat(), outcome="died")
    staff = await make.make_staff(session, team=team, title=title, roles=roles)
    async with await staff_client(app, session, staff.id) as other:
        answer = await sent(other, treatment, "correct-stop", taken_back="yes", why="记错")

    assert answer.status_code == status
    found, _ = await get_plan(session, treatment.id)
    await session.refresh(found)
    assert (found.stopped_on is None) is (status == 303)


async def test_a_correction_without_a_day_says_what_to_fill_in(
    desk: Desk, session: AsyncSession, patient: Patient, treatment: Treatment
) -> None:
    today = today_in(patient.zone).isoformat()
    await sent(desk.http, treatment, "stop", stopped_on=today, outcome="died")
    answer = await sent(desk.http, treatment, "correct-stop", stopped_on="", outcome="", why="记错")

    assert (answer.status_code, "请填写最后一天和结果" in answer.text) == (422, True)
    standing = select(Dose.expectation).where(Dose.treatment_id == treatment.id).distinct()
    assert list(await session.scalars(standing)) == [X.EXPECTED]
