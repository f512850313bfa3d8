"""Row access: a patient reaches their own record, staff the records within their reach."""

from datetime import date
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends
from sqlalchemy import ColumnElement, Select, exists, select

from app.accounts.access import ClinicianActor, PatientActor, StaffActor
from app.accounts.models import Consent, ConsentPurpose
from app.core.db import Session, built_once
from app.core.problems import NotFound, Problem
from app.institutions.reach import Reader, clinic_today, reachable_teams
from app.patients.models import Patient


class NotBound(Problem):
    type, title, status = "not-bound", "这部手机还没有绑定，请扫医生给您的码。", 403


class ConsentRequired(Problem):
    type, title, status = "consent-required", "请先阅读并同意知情同意书。", 403


class OwnRecord(NamedTuple):
    """The actor's own record, and whether the consent to be filmed stands beside it."""

    patient: Patient
    may_be_filmed: bool


def _consented(purpose: ConsentPurpose) -> ColumnElement[bool]:
    return exists().where(
        Consent.wechat_account_id == Patient.wechat_account_id,
        Consent.purpose == purpose,
        Consent.withdrawn_at.is_(None),
    )


@built_once
def _own_record(*, account_id: UUID) -> Select[Patient, bool, bool]:
    return select(
        Patient,
        _consented(ConsentPurpose.HEALTH_RECORD),
        _consented(ConsentPurpose.VIDEO_OBSERVATION),
    ).where(Patient.wechat_account_id == account_id, Patient.closed_at.is_(None))


async def own_record(session: Session, actor: PatientActor) -> OwnRecord:
    """Load it in one statement, if the phone is bound and its health-record consent stands."""
    found = await session.execute(*_own_record(account_id=actor.account_id))
    row = found.first()
    if row is None:
        raise NotBound
    patient, consented, may_be_filmed = row
    if not consented:
        raise ConsentRequired(purpose=ConsentPurpose.HEALTH_RECORD)
    return OwnRecord(patient, may_be_filmed)


async def own_patient(record: Annotated[OwnRecord, Depends(own_record)]) -> Patient:
    return record.patient


async def filming_patient(record: Annotated[OwnRecord, Depends(own_record)]) -> Patient:
    """Refuse a new film once the consent to it is withdrawn."""
    if not record.may_be_filmed:
        raise ConsentRequired(purpose=ConsentPurpose.VIDEO_OBSERVATION)
    return record.patient


async def bound_patient(session: Session, actor: PatientActor) -> Patient:
    """For what the law leaves to a person who withdrew consent: take along, look back, leave."""
    found = await session.scalar(
        select(Patient).where(
            Patient.wechat_account_id == actor.account_id, Patient.closed_at.is_(None)
        )
    )
    if found is None:
        raise NotBound
    return found


def within_reach(actor: StaffActor | Reader) -> ColumnElement[bool]:
    return Patient.team_id.in_(reachable_teams(actor))


@built_once
def _reachable(
    supervises: bool, /, *, patient_id: UUID, staff_id: UUID, on: date
) -> Select[Patient]:
    return select(Patient).where(
        Patient.id == patient_id, within_reach(Reader(staff_id, supervises, on))
    )


async def reachable_patient(session: Session, actor: ClinicianActor, patient_id: UUID) -> Patient:
    """404 for a stranger's id, as for one that does not exist."""
    wanted = _reachable(
        actor.supervises, patient_id=patient_id, staff_id=actor.account_id, on=clinic_today()
    )
    found: Patient | None = await session.scalar(*wanted)
    if found is None:
        raise NotFound
    return found


BoundPatient = Annotated[Patient, Depends(bound_patient)]
OwnPatient = Annotated[Patient, Depends(own_patient)]
FilmingPatient = Annotated[Patient, Depends(filming_patient)]
ReachablePatient = Annotated[Patient, Depends(reachable_patient)]
