"""Row access: a patient reaches their own record, staff the records within their reach."""

from datetime import date
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends
from sqlalchemy import Select, func, select

from app.accounts.access import ClinicianActor, PatientActor
from app.accounts.models import Consent
from app.core.db import Session
from app.core.problems import NotFound
from app.core.state import AppFeatures
from app.core.statements import Prepared
from app.institutions.reach import Reader, clinic_today
from app.patients import consents
from app.patients.models import Patient, Relation
from app.patients.problems import ConsentRequired, NotBound
from app.patients.reach import within_reach


class OwnRecord(NamedTuple):
    """The record a phone acts on, who holds the phone, what they may do, what was agreed to.

    `by_account` is stored with everything that is entered; `scopes` are declared by the features.
    """

    patient: Patient
    by_account: UUID
    relation: Relation
    scopes: frozenset[str]
    consents: frozenset[str]

    def require_consent(self, purpose: str) -> None:
        """Refuse with ConsentRequired (403) unless the consent to this purpose stands."""
        if purpose not in self.consents:
            raise ConsentRequired(purpose=purpose)


@Prepared
def _own_record(*, account_id: UUID) -> Select[Patient, list[str]]:
    agreed = select(Consent.purpose).where(
        Consent.wechat_account_id == Patient.wechat_account_id, Consent.withdrawn_at.is_(None)
    )
    return select(Patient, func.array(agreed.correlate(Patient).scalar_subquery())).where(
        Patient.wechat_account_id == account_id, Patient.closed_at.is_(None)
    )


async def own_record(features: AppFeatures, session: Session, actor: PatientActor) -> OwnRecord:
    """Load it in one statement, if the phone is bound and its health-record consent stands."""
    row = await _own_record.first(session, account_id=actor.account_id)
    if row is None:
        raise NotBound
    record = OwnRecord(row[0], actor.account_id, Relation.SELF, features.scopes, frozenset(row[1]))
    record.require_consent(consents.PURPOSE)
    return record


async def own_patient(record: Annotated[OwnRecord, Depends(own_record)]) -> Patient:
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


@Prepared
def _reachable(
    supervises: bool, /, *, patient_id: UUID, staff_id: UUID, on: date
) -> Select[Patient]:
    return select(Patient).where(
        Patient.id == patient_id, within_reach(Reader(staff_id, supervises, on))
    )


async def reachable_patient(session: Session, actor: ClinicianActor, patient_id: UUID) -> Patient:
    """404 for a stranger's id, as for one that does not exist."""
    found = await _reachable.scalar(
        session,
        actor.supervises,
        patient_id=patient_id,
        staff_id=actor.account_id,
        on=clinic_today(),
    )
    if found is None:
        raise NotFound
    return found


BoundPatient = Annotated[Patient, Depends(bound_patient)]
OwnRecordOfPhone = Annotated[OwnRecord, Depends(own_record)]
OwnPatient = Annotated[Patient, Depends(own_patient)]
ReachablePatient = Annotated[Patient, Depends(reachable_patient)]
