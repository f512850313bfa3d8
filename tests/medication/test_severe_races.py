"""Two at once around a severe symptom: two phones that answer, two doctors who decide."""

from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts.models import Alert
from app.core import clock
from app.core.db import Sessionmaker
from app.medication.models import Dose, DoseHold, TreatmentChange
from app.medication.problems import SevereDecided, SevereHeardAgain
from app.medication.schemas.doses import SideEffectCreate
from app.medication.schemas.severe import SevereDecision
from app.medication.service import doses, severe
from app.medication.symptoms import SymptomCode
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.stopped import stop_at
from tests.medication.test_races import overlapping

pytestmark = pytest.mark.usefixtures("noon")


class Place(NamedTuple):
    patient_id: UUID
    dose_id: UUID
    doctors: list[StaffActor]


async def _place(sessions: Sessionmaker, *, stopped: bool) -> Place:
    async with sessions.begin() as session:
        patient = await make.make_patient(session)
        dose = await make.make_dose(session, patient=patient)
        doctors = [actor_of((await make.make_staff(session)).id) for _ in range(2)]
        if stopped:
            await stop_at(session, dose)
        return Place(patient.id, dose.id, doctors)


async def _answer(session: AsyncSession, place: Place) -> list[str]:
    patient = await session.get_one(Patient, place.patient_id)
    dose = await session.get_one(Dose, place.dose_id)
    felt = SideEffectCreate(symptoms=[SymptomCode.BREATHLESS], reported_at=clock.now())
    answered = await doses.report_side_effects(session, make.own_record(patient), dose, felt)
    return [treatment.name for treatment in answered.stopped]


async def _decision(sessions: Sessionmaker, place: Place) -> SevereDecision:
    async with sessions() as session:
        stops, answers = await severe.what_stands(session, place.patient_id)
    until = dict.fromkeys(stop.treatment_id for stop in stops)
    return SevereDecision(seen=answers[0].id, until=until, note="已打电话", come_in=False)


async def _decide(
    session: AsyncSession, place: Place, actor: StaffActor, decision: SevereDecision
) -> None:
    patient = await session.get_one(Patient, place.patient_id)
    await severe.decide(session, actor, patient, decision)


async def test_two_severe_answers_at_once_are_one_stop_and_one_alert(
    committed_database: Sessionmaker,
) -> None:
    place = await _place(committed_database, stopped=False)

    async def second() -> list[str]:
        async with committed_database.begin() as session:
            return await _answer(session, place)

    told = await overlapping(committed_database, lambda s: _answer(s, place), second())

    assert told[0] == told[1] != []
    async with committed_database() as session:
        assert await session.scalar(select(func.count()).select_from(DoseHold)) == 1
        alerts = (await session.scalars(select(Alert))).all()
        assert [alert.times_raised for alert in alerts] == [2]


async def test_of_two_decisions_at_once_the_second_is_told(
    committed_database: Sessionmaker,
) -> None:
    place = await _place(committed_database, stopped=True)
    decision = await _decision(committed_database, place)

    async def second() -> None:
        async with committed_database.begin() as session:
            with pytest.raises(SevereDecided):
                await _decide(session, place, place.doctors[1], decision)

    await overlapping(
        committed_database, lambda s: _decide(s, place, place.doctors[0], decision), second()
    )

    async with committed_database() as session:
        by = (await session.scalars(select(TreatmentChange.changed_by))).all()
        assert by == [place.doctors[0].account_id]


async def test_an_answer_that_comes_while_a_doctor_decides_is_read_first(
    committed_database: Sessionmaker,
) -> None:
    place = await _place(committed_database, stopped=True)
    decision = await _decision(committed_database, place)

    async def second() -> None:
        async with committed_database.begin() as session:
            with pytest.raises(SevereHeardAgain):
                await _decide(session, place, place.doctors[0], decision)

    await overlapping(committed_database, lambda s: _answer(s, place), second())

    async with committed_database() as session:
        dose = await session.get_one(Dose, place.dose_id)
        assert dose.severe_at is not None
