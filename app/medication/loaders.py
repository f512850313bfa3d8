"""Row loaders: doses and recordings reached through the actor, 404 for a stranger's."""

from typing import Annotated, NamedTuple, TypeVar
from uuid import UUID

from fastapi import Depends
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor, OperatorActor, StaffActor
from app.core.db import Session, for_update
from app.core.idempotency import Idempotency, OncePerKey
from app.core.problems import NotFound
from app.core.statements import Prepared
from app.institutions.models import Institution, StaffMember
from app.institutions.reach import subtree
from app.medication import consents
from app.medication.models import (
    Dose,
    DoseHold,
    DoseReport,
    GuideVoice,
    Recording,
    Review,
    Treatment,
    TreatmentTemplate,
)
from app.medication.queries.doses import DoseToFilm, dose_to_film
from app.medication.queries.treatments import plan_and_patient
from app.medication.reach import may_be_shown
from app.patients.loaders import OwnRecord, OwnRecordOfPhone
from app.patients.models import Patient
from app.patients.reach import within_reach

R = TypeVar("R")


@Prepared
def _dose_of(lock: bool, /, *, dose_id: UUID, patient_id: UUID) -> Select[Dose]:
    statement = select(Dose).where(Dose.id == dose_id, Dose.patient_id == patient_id)
    return for_update(statement) if lock else statement


async def _own_dose(session: AsyncSession, patient_id: UUID, dose_id: UUID, *, lock: bool) -> Dose:
    dose = await _dose_of.scalar(session, lock, dose_id=dose_id, patient_id=patient_id)
    if dose is None:
        raise NotFound
    return dose


async def own_dose(session: Session, record: OwnRecordOfPhone, dose_id: UUID) -> Dose:
    return await _own_dose(session, record.patient.id, dose_id, lock=False)


async def own_dose_to_change(session: Session, record: OwnRecordOfPhone, dose_id: UUID) -> Dose:
    """Locked until the request ends: two taps meet here."""
    return await _own_dose(session, record.patient.id, dose_id, lock=True)


class Filming(NamedTuple):
    """A dose to film, locked, and the record that it is of."""

    record: OwnRecord
    dose: DoseToFilm
    once: Idempotency


async def own_dose_to_film(
    session: Session, record: OwnRecordOfPhone, dose_id: UUID, once: OncePerKey
) -> Filming:
    """Refuse a new film once the consent to it is withdrawn."""
    dose = await dose_to_film.first(
        session, dose_id=dose_id, patient_id=record.patient.id, key=once.key
    )
    if dose is None:
        raise NotFound
    record.require_consent(consents.PURPOSE)
    return Filming(record, dose, once)


# Each of these asks for its scope (`scopes.py`) once patients can check one.
ReadingRecord = OwnRecordOfPhone
ReportingRecord = OwnRecordOfPhone


async def _one(session: AsyncSession, actor: StaffActor, statement: Select[R]) -> R:
    """Fetch the one row of `statement` (already joined to Patient) within reach."""
    row: R | None = await session.scalar(statement.where(within_reach(actor)))
    if row is None:
        raise NotFound
    return row


class PatientPlan(NamedTuple):
    """A treatment with its phases and drugs, and whose it is."""

    treatment: Treatment
    patient: Patient


async def reachable_plan(
    session: Session, actor: ClinicianActor, treatment_id: UUID
) -> PatientPlan:
    statement = plan_and_patient().where(Treatment.id == treatment_id, within_reach(actor))
    row = (await session.execute(statement)).unique().one_or_none()
    if row is None:
        raise NotFound
    return PatientPlan(*row)


async def reachable_dose(session: Session, actor: ClinicianActor, dose_id: UUID) -> Dose:
    statement = select(Dose).join(Patient, Patient.id == Dose.patient_id)
    return await _one(session, actor, statement.where(Dose.id == dose_id))


async def reachable_hold(session: Session, actor: ClinicianActor, hold_id: UUID) -> DoseHold:
    statement = (
        select(DoseHold)
        .join(Treatment, Treatment.id == DoseHold.treatment_id)
        .join(Patient, Patient.id == Treatment.patient_id)
    )
    return await _one(session, actor, statement.where(DoseHold.id == hold_id))


async def reachable_recording(
    session: Session, actor: ClinicianActor, recording_id: UUID
) -> Recording:
    """One that may be shown: a film whose sender withdrew before it was read is nobody's."""
    statement = select(Recording).join(Patient, Patient.id == Recording.patient_id)
    this = Recording.id == recording_id
    return await _one(session, actor, statement.where(this, may_be_shown()))


async def reachable_entry(session: Session, actor: ClinicianActor, report_id: UUID) -> DoseReport:
    """Load what staff saw of a dose; the patient's own word is the patient's to correct."""
    statement = (
        select(DoseReport)
        .join(Dose, Dose.id == DoseReport.dose_id)
        .join(Patient, Patient.id == Dose.patient_id)
        .where(DoseReport.id == report_id, DoseReport.staff_id.is_not(None))
    )
    return await _one(session, actor, statement)


async def reachable_review(session: Session, actor: ClinicianActor, review_id: UUID) -> Review:
    statement = (
        select(Review)
        .join(Dose, Dose.id == Review.dose_id)
        .join(Patient, Patient.id == Dose.patient_id)
    )
    return await _one(session, actor, statement.where(Review.id == review_id))


OwnDose = Annotated[Dose, Depends(own_dose)]
OwnDoseToFilm = Annotated[Filming, Depends(own_dose_to_film)]
OwnDoseToChange = Annotated[Dose, Depends(own_dose_to_change)]
ReachablePlan = Annotated[PatientPlan, Depends(reachable_plan)]
ReachableDose = Annotated[Dose, Depends(reachable_dose)]
ReachableEntry = Annotated[DoseReport, Depends(reachable_entry)]
ReachableReview = Annotated[Review, Depends(reachable_review)]
ReachableHold = Annotated[DoseHold, Depends(reachable_hold)]
ReachableRecording = Annotated[Recording, Depends(reachable_recording)]


async def supervised_template(
    session: Session, actor: ClinicianActor, template_id: UUID
) -> TreatmentTemplate:
    """Load one of the own institution or below, locked; a standard one at the topmost place."""
    topmost = (
        select(StaffMember.id)
        .join(Institution, Institution.id == StaffMember.institution_id)
        .where(StaffMember.id == actor.account_id, Institution.parent_id.is_(None))
    )
    template = await session.scalar(
        for_update(
            select(TreatmentTemplate).where(
                TreatmentTemplate.id == template_id,
                or_(
                    TreatmentTemplate.institution_id.in_(subtree(actor.account_id)),
                    and_(TreatmentTemplate.institution_id.is_(None), topmost.exists()),
                ),
            )
        )
    )
    if template is None:
        raise NotFound
    return template


SupervisedTemplate = Annotated[TreatmentTemplate, Depends(supervised_template)]


async def operated_voice(session: Session, actor: OperatorActor, voice_id: UUID) -> GuideVoice:
    """Load the spoken words of the own institution or one below."""
    voice = await session.scalar(
        select(GuideVoice).where(
            GuideVoice.id == voice_id, GuideVoice.institution_id.in_(subtree(actor.account_id))
        )
    )
    if voice is None:
        raise NotFound
    return voice


OperatedVoice = Annotated[GuideVoice, Depends(operated_voice)]
