"""The end of a treatment closes what waits about a severe symptom; corrected, it waits again."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts.models import WAITING, Alert, AlertState, ClosedWhy
from app.core import clock
from app.institutions.models import Team
from app.medication.alert_kinds import SEVERE_SIDE_EFFECT
from app.medication.flags import flag_truth
from app.medication.models import DoseHold, Outcome, Treatment
from app.medication.queries.treatments import get_plan
from app.medication.schemas.treatments import StopCorrection, TreatmentStop
from app.medication.service import changes
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.phone import Phone
from tests.medication.plans import HORIZON, ZONE, day
from tests.medication.stopped import (
    alert_of,
    days_of,
    decide_severe,
    dose_on,
    evening_of,
    words_of,
)

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def doctor(session: AsyncSession, team: Team) -> StaffActor:
    return actor_of((await make.make_staff(session, team=team)).id)


async def end(session: AsyncSession, doctor: StaffActor, treatment: Treatment, last: int) -> None:
    plan, _ = await get_plan(session, treatment.id)
    order = TreatmentStop(stopped_on=day(last), outcome=Outcome.STOPPED_BY_DOCTOR)
    await changes.stop(session, doctor, plan, ZONE, order)
    await session.flush()


async def correct(
    session: AsyncSession, doctor: StaffActor, treatment: Treatment, last: int | None
) -> None:
    plan, _ = await get_plan(session, treatment.id)
    order = StopCorrection(
        stopped_on=None if last is None else day(last),
        outcome=None if last is None else Outcome.STOPPED_BY_DOCTOR,
        reason="看错了日期",
    )
    await changes.correct_stop(session, doctor, plan, ZONE, order, HORIZON)
    await session.flush()


async def is_flagged(session: AsyncSession, patient: Patient) -> bool:
    truth = await flag_truth(session, [patient.id], clock.now())
    return "severe_side_effect" in {fact.code for fact in truth}


@pytest.mark.parametrize("last", [0, -1])
@pytest.mark.parametrize("corrected", [None, 3])
async def test_an_end_that_was_wrong_leaves_it_to_a_clinician(
    last: int, corrected: int | None, phone: Phone, session: AsyncSession, patient: Patient,
    tb: Treatment, pressure: Treatment, doctor: StaffActor,
) -> None:  # fmt: skip
    await phone.side_effects(await dose_on(session, tb), "yellow_skin")
    assert words_of(await days_of(session, pressure), 0, 10) == {"expected"}
    await end(session, doctor, tb, last)
    alert = await alert_of(session, patient)
    assert (alert.state, alert.closed_why) == (AlertState.CLOSED, ClosedWhy.SOURCE_ENDED)
    assert not await is_flagged(session, patient)

    await correct(session, doctor, tb, corrected)

    days = await days_of(session, tb)
    assert words_of(days, 0, corrected or 10) == {"stopped"}
    assert (await alert_of(session, patient)).state is AlertState.OPEN
    assert await is_flagged(session, patient)
    assert words_of(await days_of(session, pressure), 0, 10) == {"expected"}
    await decide_severe(session, doctor, patient, None)
    assert words_of(await days_of(session, tb), 0, corrected or 10) == {"expected"}


async def test_what_a_clinician_decided_stays_decided(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, doctor: StaffActor
) -> None:
    await phone.side_effects(await dose_on(session, tb), "yellow_skin")
    await decide_severe(session, doctor, patient, day(2))
    await end(session, doctor, tb, 0)

    await correct(session, doctor, tb, None)

    days = await days_of(session, tb)
    assert (words_of(days, 0, 2), words_of(days, 3, 10)) == ({"held"}, {"expected"})
    assert (await alert_of(session, patient)).closed_why is ClosedWhy.HANDLED


async def test_corrected_to_another_day_that_is_over_the_days_between_were_stopped(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, doctor: StaffActor
) -> None:
    """They were not to be taken: they are no misses."""
    await phone.side_effects(await dose_on(session, tb, -1), "yellow_skin")
    await end(session, doctor, tb, -2)

    await correct(session, doctor, tb, 0)

    days = await days_of(session, tb)
    assert (words_of(days, -1, 0), words_of(days, 1, 10)) == ({"held"}, {"cancelled"})
    assert (await alert_of(session, patient)).state is AlertState.CLOSED


async def test_what_was_felt_on_the_last_day_and_before_it_waits_as_one(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, doctor: StaffActor
) -> None:
    await phone.side_effects(await dose_on(session, tb, -1), "yellow_skin")
    await end(session, doctor, tb, 0)
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        await phone.side_effects(await evening_of(session, tb), "yellow_skin", key="felt-again-1")

    await correct(session, doctor, tb, None)

    holds = select(func.count()).where(DoseHold.treatment_id == tb.id)
    assert await session.scalar(holds) == 1
    assert words_of(await days_of(session, tb), -1, 10) == {"stopped"}
    waiting = select(func.count()).where(
        Alert.patient_id == patient.id, Alert.kind == SEVERE_SIDE_EFFECT.code,
        Alert.state.in_(WAITING),
    )  # fmt: skip
    assert (await session.scalar(waiting) or 0) >= 1


@pytest.mark.usefixtures("pressure")
async def test_one_that_waits_again_has_an_alert_also_where_the_first_was_handled(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, doctor: StaffActor
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")  # it stops both
    await end(session, doctor, tb, 0)
    await decide_severe(session, doctor, patient, None)
    assert (await alert_of(session, patient)).closed_why is ClosedWhy.HANDLED

    await correct(session, doctor, tb, None)

    states = await session.scalars(
        select(Alert.state).where(
            Alert.patient_id == patient.id, Alert.kind == SEVERE_SIDE_EFFECT.code
        )
    )
    assert sorted(states) == ["closed", "open"]
