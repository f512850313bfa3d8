"""Row loaders: doses and recordings reached through the actor, 404 for a stranger's."""

from typing import Annotated, NamedTuple, TypeVar
from uuid import UUID

from fastapi import Depends
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import ClinicianActor, StaffActor, SupervisorActor
from app.core.db import Session, built_once
from app.core.problems import NotFound
from app.institutions.models import Institution, StaffMember
from app.medication import consents
from app.medication.models import Dose, DoseHold, Recording, Treatment
from app.medication.queries.treatments import plan_and_patient
from app.patients.loaders import OwnPatient, OwnRecordOfPhone
from app.patients.models import Patient
from app.patients.reach import within_reach

R = TypeVar("R")


@built_once
def _dose_of(lock: bool, /, *, dose_id: UUID, patient_id: UUID) -> Select[Dose]:
    statement = select(Dose).where(Dose.id == dose_id, Dose.patient_id == patient_id)
    return statement.with_for_update() if lock else statement


async def _own_dose(session: AsyncSession, patient: Patient, dose_id: UUID, *, lock: bool) -> Dose:
    dose: Dose | None = await session.scalar(
        *_dose_of(lock, dose_id=dose_id, patient_id=patient.id)
    )
    if dose is None:
        raise NotFound
    return dose


async def own_dose(session: Session, patient: OwnPatient, dose_id: UUID) -> Dose:
    return await _own_dose(session, patient, dose_id, lock=False)


async def own_dose_to_change(session: Session, patient: OwnPatient, dose_id: UUID) -> Dose:
    """Locked until the request ends: two taps meet here."""
    return await _own_dose(session, patient, dose_id, lock=True)


async def filming_patient(record: OwnRecordOfPhone) -> Patient:
    """Refuse a new film once the consent to it is withdrawn."""
    record.require_consent(consents.PURPOSE)
    return record.patient


async def _one(session: AsyncSession, actor: StaffActor, statement: Select[R]) -> R:
    """Fetch the one row of `statement` (already joined to Patient) within reach."""
    found: R | None = await session.scalar(statement.where(within_reach(actor)))
    if found is None:
        raise NotFound
    return found


class PatientPlan(NamedTuple):
    """A treatment with its phases and drugs, and whose it is."""

    treatment: Treatment
    patient: Patient


async def reachable_plan(
    session: Session, actor: ClinicianActor, treatment_id: UUID
) -> PatientPlan:
    wanted = plan_and_patient().where(Treatment.id == treatment_id, within_reach(actor))
    row = (await session.execute(wanted)).unique().one_or_none()
    if row is None:
        raise NotFound
    return PatientPlan(*row)


async def reachable_dose(session: Session, actor: ClinicianActor, dose_id: UUID) -> Dose:
    wanted = select(Dose).join(Patient, Patient.id == Dose.patient_id)
    return await _one(session, actor, wanted.where(Dose.id == dose_id))


async def reachable_hold(session: Session, actor: ClinicianActor, hold_id: UUID) -> DoseHold:
    wanted = (
        select(DoseHold)
        .join(Treatment, Treatment.id == DoseHold.treatment_id)
        .join(Patient, Patient.id == Treatment.patient_id)
    )
    return await _one(session, actor, wanted.where(DoseHold.id == hold_id))


async def reachable_recording(
    session: Session, actor: ClinicianActor, recording_id: UUID
) -> Recording:
    wanted = select(Recording).join(Patient, Patient.id == Recording.patient_id)
    return await _one(session, actor, wanted.where(Recording.id == recording_id))


class Supervised(NamedTuple):
    """An institution in the supervisor's subtree; `home_path` is where that begins."""

    institution: Institution
    home_path: str


async def supervised_institution(
    session: Session, actor: SupervisorActor, institution_id: UUID | None = None
) -> Supervised:
    """Take the one asked for in the address, or the supervisor's own."""
    home = aliased(Institution)
    wanted = (
        select(Institution, home.path)
        .join(home, Institution.path.startswith(home.path))
        .join(StaffMember, StaffMember.institution_id == home.id)
        .where(StaffMember.id == actor.account_id, Institution.id == (institution_id or home.id))
    )
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound
    return Supervised(*row)


FilmingPatient = Annotated[Patient, Depends(filming_patient)]
OwnDose = Annotated[Dose, Depends(own_dose)]
OwnDoseToChange = Annotated[Dose, Depends(own_dose_to_change)]
ReachablePlan = Annotated[PatientPlan, Depends(reachable_plan)]
ReachableDose = Annotated[Dose, Depends(reachable_dose)]
ReachableHold = Annotated[DoseHold, Depends(reachable_hold)]
ReachableRecording = Annotated[Recording, Depends(reachable_recording)]
SupervisedInstitution = Annotated[Supervised, Depends(supervised_institution)]
