"""Misses over several courses, several doses a day, and alerts that are closed already."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import WAITING, Alert, AlertState, ClosedWhy
from app.core import clock
from app.core.feature import AlertKind
from app.core.job_context import JobContext
from app.medication import jobs, rules
from app.medication.alert_kinds import MISSES_IN_ALL, MISSES_IN_ROW, SEVERE_SIDE_EFFECT
from app.medication.models import Evidence, Slot, Treatment
from app.medication.service import misses
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk

pytestmark = pytest.mark.usefixtures("noon")


async def _alerts(session: AsyncSession, treatment: Treatment) -> Sequence[Alert]:
    statement = select(Alert).where(Alert.subject_id == treatment.id).order_by(Alert.kind)
    found = await session.scalars(statement.execution_options(populate_existing=True))
    return found.all()


@pytest.mark.parametrize("batch", [2, 200])
async def test_every_course_of_a_run_is_checked(
    batch: int, session: AsyncSession, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(misses, "BATCH", batch)
    courses = []
    for _ in range(3):
        patient = await make.make_patient(session)
        courses.append(await make.make_treatment(session, patient=patient))
        await make.make_doses(session, patient=patient, treatment=courses[-1], days=2)

    await jobs.notice_misses_again(context)

    raised = [[a.kind for a in await _alerts(session, course)] for course in courses]
    assert raised == [[MISSES_IN_ROW.code]] * 3


@pytest.mark.parametrize(
    ("taken", "kinds"),
    [
        ((2, Slot.MORNING), [MISSES_IN_ROW]),
        ((1, Slot.MORNING), []),
        ((2, Slot.EVENING), []),
    ],
)
async def test_doses_of_one_day_are_taken_in_their_order(
    taken: tuple[int, Slot],
    kinds: list[AlertKind],
    session: AsyncSession,
    context: JobContext,
    patient: Patient,
) -> None:
    """Three doses in the order morning, evening, morning; one taken, two missed."""
    treatment = await make.make_treatment(session, patient=patient)
    today = rules.dose_day(clock.now(), patient.zone)
    for ago, slot in ((2, Slot.MORNING), (2, Slot.EVENING), (1, Slot.MORNING)):
        await make.make_dose(
            session,
            patient=patient,
            treatment=treatment,
            due_on=today - timedelta(days=ago),
            slot=slot,
            evidence=Evidence.IN_PERSON if (ago, slot) == taken else Evidence.NONE,
        )

    await jobs.notice_misses_again(context)

    assert [a.kind for a in await _alerts(session, treatment)] == [k.code for k in kinds]


async def test_stop_closes_both_kinds_of_misses_and_spares_all_else(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    begun = clock.now().date() - timedelta(days=9)
    treatment = await make.make_treatment(session, patient=patient, starts_on=begun)
    neighbour = await make.make_treatment(session, patient=patient)
    handled = await make.make_alert(session, treatment=treatment)
    closed = await make.make_alert(session, treatment=treatment)
    await desk.http.post(
        f"/staff/alerts/{handled.id}/handle",
        data={"action_taken": "已电话提醒", "times_raised": "1"},
    )
    before = await _end(session, closed)
    waiting = [
        await make.make_alert(session, treatment=treatment, kind=kind)
        for kind in (MISSES_IN_ROW, MISSES_IN_ALL)
    ]
    spared = [
        await make.make_alert(session, treatment=treatment, kind=SEVERE_SIDE_EFFECT),
        await make.make_alert(session, treatment=neighbour),
    ]

    with clock.frozen(clock.now() + timedelta(minutes=30)):
        stopped = await desk.http.post(
            f"/staff/treatments/{treatment.id}/stop",
            data={"stopped_on": (begun + timedelta(days=8)).isoformat(), "outcome": "completed"},
        )

    assert stopped.status_code == 303
    for alert in (handled, closed, *waiting, *spared):
        await session.refresh(alert)
    assert {(a.closed_why, a.action_taken) for a in waiting} == {("source_ended", "治疗已结束。")}
    assert all(a.state in WAITING for a in spared)
    assert (handled.closed_why, handled.action_taken) == ("source_ended", "已电话提醒")
    assert (handled.handled_by, closed.closed_at, closed.action_taken) == (desk.staff.id, *before)


async def _end(session: AsyncSession, alert: Alert) -> tuple[datetime, str]:
    alert.state, alert.closed_why = AlertState.CLOSED, ClosedWhy.HANDLED
    alert.closed_at, alert.action_taken = clock.now(), "已上门看望"
    await session.flush()
    return alert.closed_at, alert.action_taken
