"""Misses over several courses, several doses a day, and alerts that are closed already."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.job_context import JobContext
from app.medication import jobs, rules
from app.medication.models import Alert, AlertKind, Evidence, Slot, Treatment
from app.medication.service import alerts
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk

pytestmark = pytest.mark.usefixtures("noon")


async def _alerts(session: AsyncSession, treatment: Treatment) -> Sequence[Alert]:
    statement = select(Alert).where(Alert.treatment_id == treatment.id).order_by(Alert.kind)
    found = await session.scalars(statement.execution_options(populate_existing=True))
    return found.all()


@pytest.mark.parametrize("batch", [2, 200])
async def test_every_course_of_a_run_is_checked(
    batch: int, session: AsyncSession, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "BATCH", batch)
    courses = []
    for _ in range(3):
        patient = await make.make_patient(session)
        courses.append(await make.make_treatment(session, patient=patient))
        await make.make_doses(session, patient=patient, treatment=courses[-1], days=2)

    await jobs.notice_misses_again(context)

    raised = [[a.kind for a in await _alerts(session, course)] for course in courses]
    assert raised == [[AlertKind.TWO_MISSES]] * 3


@pytest.mark.parametrize(
    ("taken", "kinds"),
    [
        ((2, Slot.MORNING), [AlertKind.TWO_MISSES]),
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

    assert [a.kind for a in await _alerts(session, treatment)] == kinds


async def test_stop_closes_both_kinds_of_misses_and_nothing_closed_before(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    closed = await make.make_alert(session, treatment=treatment)
    await desk.http.post(
        f"/staff/alerts/{closed.id}/acknowledge", data={"action_taken": "已电话提醒"}
    )
    await session.refresh(closed)
    before = (closed.acknowledged_at, closed.acknowledged_by, closed.action_taken)
    for kind in (AlertKind.TWO_MISSES, AlertKind.SEVEN_MISSES):
        await make.make_alert(session, treatment=treatment, kind=kind)

    with clock.frozen(clock.now() + timedelta(hours=1)):
        stopped = await desk.http.post(
            f"/staff/treatments/{treatment.id}/stop",
            data={"stopped_on": clock.now().date().isoformat(), "outcome": "completed"},
        )

    assert stopped.status_code == 303
    after = await _alerts(session, treatment)
    assert [a for a in after if a.acknowledged_at is None] == []
    assert len(after) == 3
    assert (closed.acknowledged_at, closed.acknowledged_by, closed.action_taken) == before
    assert "已电话提醒" in before
