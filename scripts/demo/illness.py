"""Severe side effects: one some weeks ago, since spoken about, and one just now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.medication.models import Dose, Treatment
from app.medication.schemas.doses import SideEffectCreate
from app.medication.service import doses
from app.medication.symptoms import SymptomCode
from app.patients.loaders import OwnRecord, PatientOfPhone
from scripts.demo.enrolment import Enrolled, Registry
from scripts.demo.moments import CLINIC
from scripts.demo.orders import dose_on
from scripts.demo.people import Part

SEVERE_BEFORE_DAYS = 25


@dataclass(frozen=True, slots=True)
class Illness:
    """A patient reports it before this dose, at this instant."""

    enrolled: Enrolled
    dose_id: UUID
    at: datetime


async def illnesses_of(registry: Registry, enrolled: Enrolled) -> list[Illness]:
    """Plan them ahead: no story is told of the doses that they stop."""
    if not enrolled.plays(Part.SEVERE):
        return []
    treatment = enrolled.treatments[0]
    day = registry.today.astimezone(CLINIC).date() - timedelta(days=SEVERE_BEFORE_DAYS)
    earlier = await dose_on(registry, treatment, day)
    newest = await _newest_dose(registry, treatment)
    return [_felt(registry, enrolled, earlier, 0.3), _felt(registry, enrolled, newest, 0.5)]


async def _newest_dose(registry: Registry, treatment: Treatment) -> Dose:
    """Find the latest dose whose window has opened some minutes ago."""
    found = await registry.session.scalars(
        select(Dose)
        .where(
            Dose.treatment_id == treatment.id,
            Dose.opens_at < registry.today - timedelta(minutes=10),
        )
        .order_by(Dose.opens_at.desc())
        .limit(1)
    )
    return found.one()


def _felt(registry: Registry, enrolled: Enrolled, dose: Dose, share: float) -> Illness:
    end = min(registry.today, dose.closes_at - timedelta(hours=12))
    begin = min(dose.opens_at, end)
    return Illness(enrolled, dose.id, begin + (end - begin) * share)


async def report(session: AsyncSession, _at: datetime, *, illness: Illness) -> None:
    """As the phone of the patient sends it."""
    enrolled = illness.enrolled
    if enrolled.account_id is None:
        raise ValueError(f"patient {enrolled.id} has no phone")
    patient = enrolled.patient
    own = PatientOfPhone(patient.id, patient.team_id, patient.zone)
    record = OwnRecord(own, enrolled.account_id, enrolled.relation, frozenset(), frozenset())
    answer = SideEffectCreate(
        symptoms=[SymptomCode.YELLOW_SKIN, SymptomCode.POOR_APPETITE],
        note="眼白有点黄，不想吃东西",
        reported_at=illness.at,
    )
    dose = await session.get_one(Dose, illness.dose_id)
    await doses.report_side_effects(session, record, dose, answer)
