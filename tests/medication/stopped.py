"""Treatments that a severe symptom stops, and how they stand afterwards."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts.models import Alert
from app.core import clock
from app.medication.alert_kinds import SEVERE_SIDE_EFFECT
from app.medication.models import Dose, SideEffectReport, Slot, Treatment
from app.medication.queries.severe import lock_treatments
from app.medication.schemas.severe import SevereDecision
from app.medication.service import severe
from app.patients.models import Condition, Patient
from tests.medication import factories as make
from tests.medication import plans
from tests.medication.phone import Phone
from tests.medication.plans import TODAY, day


async def course(session: AsyncSession, patient: Patient, condition: Condition) -> Treatment:
    """Lay doses from two days ago to ten days ahead, mornings and evenings."""
    treatment = await make.make_treatment(
        session, patient=patient, starts_on=day(-2), condition=condition, name=condition.value,
        slots=(Slot.MORNING, Slot.EVENING), laid_until=day(10),
    )  # fmt: skip
    for offset in range(-2, 11):
        for slot in (Slot.MORNING, Slot.EVENING):
            await make.make_dose(
                session, patient=patient, treatment=treatment, due_on=day(offset), slot=slot
            )
    return treatment


async def dose_on(session: AsyncSession, treatment: Treatment, offset: int = 0) -> Dose:
    return await plans.dose_on(session, treatment, offset)


async def evening_of(session: AsyncSession, treatment: Treatment) -> Dose:
    evening = select(Dose).where(
        Dose.treatment_id == treatment.id, Dose.due_on == TODAY, Dose.slot == Slot.EVENING
    )
    return (await session.scalars(evening)).one()


async def days_of(session: AsyncSession, treatment: Treatment) -> dict[int, set[str]]:
    """Tell by day what is expected, and whether the day stands still."""
    doses = await session.scalars(
        select(Dose)
        .where(Dose.treatment_id == treatment.id)
        .execution_options(populate_existing=True)
    )
    states: dict[int, set[str]] = {}
    for dose in doses:
        word = "stopped" if dose.severe_at else dose.expectation.value
        states.setdefault((dose.due_on - TODAY).days, set()).add(word)
    return states


def words_of(states: dict[int, set[str]], first: int, last: int) -> set[str]:
    return set().union(*(states[offset] for offset in range(first, last + 1)))


async def felt(phone: Phone, dose: Dose, *symptoms: str, note: str) -> None:
    at = clock.now().isoformat()
    answer = await phone.say(
        dose, "side-effects", f"felt-{dose.id}", symptoms=[*symptoms], note=note, reported_at=at
    )
    assert answer.status_code == 201


async def alert_of(session: AsyncSession, patient: Patient) -> Alert:
    found = await session.scalars(
        select(Alert)
        .where(Alert.patient_id == patient.id, Alert.kind == SEVERE_SIDE_EFFECT.code)
        .execution_options(populate_existing=True)
    )
    return found.one()


async def decide_severe(
    session: AsyncSession, actor: StaffActor, patient: Patient, until: date | None
) -> None:
    """Decide all that a severe symptom stopped: hold until this day, or go on."""
    stops, answers = await severe.what_stands(session, patient.id)
    decision = SevereDecision(
        seen=answers[0].id,
        until={stop.treatment_id: until for stop in stops},
        note="已打电话，症状消失",
        come_in=False,
    )
    await severe.decide(session, actor, patient, decision)
    await session.flush()  # the application reads it


async def let_go_on(session: AsyncSession, actor: StaffActor, patient: Patient) -> None:
    await decide_severe(session, actor, patient, None)


async def stop_at(session: AsyncSession, dose: Dose) -> None:
    """Stop the treatment of this dose as a severe answer does."""
    answer = SideEffectReport(
        patient_id=dose.patient_id, dose_id=dose.id, symptoms=["breathless"], severe=True,
        reported_at=clock.now(),
    )  # fmt: skip
    session.add(answer)
    await session.flush()
    patient = await session.get_one(Patient, dose.patient_id)
    treatments = await lock_treatments(session, patient.id)
    await severe.stop_for(session, treatments, patient.zone, dose, answer)
    await session.refresh(dose)
