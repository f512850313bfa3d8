"""A closed record is asked for nothing more; what was due before it closed counts as before."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.job_context import JobContext
from app.features import FEATURES
from app.medication import jobs, rules
from app.medication.models import Dose, Evidence, Expectation, Outcome, Slot, Treatment
from app.medication.service import layouts
from app.medication.service.closing import open_record
from app.patients.models import Patient
from app.patients.service.closing import close_account
from app.patients.service.reopening import reopen
from tests.medication import factories as make
from tests.medication import stopped

pytestmark = pytest.mark.usefixtures("noon")
AHEAD = timedelta(days=5)
EXPECTED, CANCELLED, HELD = Expectation.EXPECTED, Expectation.CANCELLED, Expectation.HELD
REOPENED = text(
    "select args from procrastinate_jobs where task_name = 'medication.record_reopened'"
)


async def course(session: AsyncSession, patient: Patient) -> Treatment:
    """Began three days ago, laid out five days ahead."""
    first = rules.dose_day(clock.now(), patient.zone) - timedelta(days=3)
    treatment = await make.make_treatment(session, patient=patient, starts_on=first, days=90)
    last = first + timedelta(days=3) + AHEAD
    await layouts.lay_out(session, treatment, patient.zone, last)
    await session.flush()
    return treatment


async def close(session: AsyncSession, patient: Patient) -> None:
    assert patient.wechat_account_id is not None
    await close_account(session, FEATURES, patient.wechat_account_id, patient)
    await session.flush()


async def doses_of(session: AsyncSession, treatment: Treatment) -> Sequence[Dose]:
    own = select(Dose).where(Dose.treatment_id == treatment.id).order_by(Dose.due_on)
    return (await session.scalars(own.execution_options(populate_existing=True))).all()


async def told(session: AsyncSession, treatment: Treatment) -> list[Expectation]:
    return [dose.expectation for dose in await doses_of(session, treatment)]


async def opened(session: AsyncSession, patient: Patient, until: date) -> None:
    await reopen(session, patient)
    await session.flush()
    await open_record(session, patient.id, until)
    await session.flush()


async def test_doses_are_expected_until_the_day_of_closing(session: AsyncSession) -> None:
    patient, neighbour = [await make.make_patient(session) for _ in range(2)]
    mine, other = [await course(session, one) for one in (patient, neighbour)]
    today = (await doses_of(session, mine))[3]
    today.evidence = Evidence.IN_PERSON
    await session.flush()

    await close(session, patient)

    assert await told(session, mine) == [EXPECTED] * 3 + [CANCELLED] * 6
    assert await told(session, other) == [EXPECTED] * 9
    assert rules.counts(today)  # it was taken before
    await session.refresh(mine)
    assert (mine.stopped_on, mine.outcome) == (None, None)


async def test_nothing_more_is_laid_out_for_a_closed_record(
    session: AsyncSession, context: JobContext
) -> None:
    patient, neighbour = [await make.make_patient(session) for _ in range(2)]
    mine, other = [await course(session, one) for one in (patient, neighbour)]
    await close(session, patient)

    with clock.frozen(clock.now() + timedelta(days=1)):
        await jobs.lay_out_doses(context)

    assert len(await doses_of(session, mine)) == 9
    assert len(await doses_of(session, other)) > 30


async def test_a_record_that_is_bound_anew_is_asked_from_then_on(session: AsyncSession) -> None:
    patient = await make.make_patient(session)
    treatment = await course(session, patient)
    doses = await doses_of(session, treatment)
    held_on = doses[8].due_on
    doses[8].expectation = HELD
    await make.make_hold(session, treatment=treatment, from_on=held_on, to_on=held_on)
    await close(session, patient)

    with clock.frozen(clock.now() + timedelta(days=2)):  # past this day's hour
        for _ in range(2):
            await opened(session, patient, held_on + timedelta(days=2))

    now = await told(session, treatment)
    assert now[:6] == [EXPECTED] * 3 + [CANCELLED] * 3
    assert now[6:] == [EXPECTED] * 2 + [HELD] + [EXPECTED] * 2


async def test_opened_again_nothing_is_asked_for_that_was_replaced_or_stands_still(
    session: AsyncSession,
) -> None:
    patient = await make.make_patient(session)
    treatment = await course(session, patient)
    doses = await doses_of(session, treatment)
    today, replaced, left = doses[3], doses[5], doses[4]
    later: dict[str, Any] = {"due_on": doses[6].due_on, "slot": Slot.EVENING}
    moved = await make.make_dose(session, patient=patient, treatment=treatment, **later)
    replaced.expectation, replaced.moved_to_id = CANCELLED, today.id
    left.expectation, left.moved_to_id = Expectation.RESCHEDULED, moved.id
    await session.flush()
    await stopped.stop_at(session, today)
    await close(session, patient)

    await opened(session, patient, doses[-1].due_on)

    planned = doses[6]
    for dose in (planned, replaced, moved):
        await session.refresh(dose)
    assert (replaced.expectation, replaced.severe_at) == (CANCELLED, None)
    assert (planned.expectation, moved.expectation) == (HELD, HELD)
    assert planned.severe_at == moved.severe_at is not None


async def test_what_was_due_while_it_was_closed_is_never_laid_out(session: AsyncSession) -> None:
    patient = await make.make_patient(session)
    treatment = await course(session, patient)
    await close(session, patient)
    last = (await doses_of(session, treatment))[-1].due_on

    with clock.frozen(clock.now() + timedelta(days=20)):
        today = rules.dose_day(clock.now(), patient.zone)
        await opened(session, patient, today + timedelta(days=2))

    later = [dose.due_on for dose in await doses_of(session, treatment) if dose.due_on > last]
    assert later == [today + timedelta(days=n) for n in range(3)]


@pytest.mark.parametrize("why_not", ["ended", "closed"])
async def test_neither_an_ended_treatment_nor_a_closed_record_is_asked_again(
    session: AsyncSession, why_not: str
) -> None:
    patient = await make.make_patient(session)
    treatment = await course(session, patient)
    await close(session, patient)
    last = (await doses_of(session, treatment))[-1].due_on
    if why_not == "ended":
        yesterday = rules.dose_day(clock.now(), patient.zone) - timedelta(days=1)
        treatment.stopped_on, treatment.outcome = yesterday, Outcome.LOST
        await opened(session, patient, last)
    else:
        await open_record(session, patient.id, last)

    assert await told(session, treatment) == [EXPECTED] * 3 + [CANCELLED] * 6


async def test_opening_is_told_of_a_closed_record_only(session: AsyncSession) -> None:
    closed, other = [await make.make_patient(session) for _ in range(2)]
    await close(session, closed)

    for patient in (closed, other):
        await reopen(session, patient)

    told_of = (await session.execute(REOPENED)).scalars().all()
    assert told_of == [{"patient_id": str(closed.id)}]
    assert closed.closed_at is None
