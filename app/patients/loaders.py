"""Row access: a patient reaches their own record, staff the records within their reach."""

from datetime import date
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import Select, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import (
    ClinicianActor,
    OperatorActor,
    PatientActor,
    StaffActor,
    SupervisorActor,
)
from app.accounts.models import Consent
from app.core.db import Session
from app.core.hot import hot
from app.core.problems import NotFound
from app.core.state import features_of
from app.core.statements import Prepared
from app.institutions.reach import Reader, clinic_today, subtree_teams
from app.patients import consents
from app.patients.models import Guardian, Patient, Relation
from app.patients.problems import (
    ConsentRequired,
    NotBound,
    RecordEnded,
    RecordMerged,
    ScopeNotGranted,
)
from app.patients.reach import not_left, team_within_reach


class PatientOfPhone(NamedTuple):
    """What a phone's requests need of a record; who needs more reads the Patient by its id."""

    id: UUID
    team_id: UUID
    zone: str


class OwnRecord(NamedTuple):
    """The record a phone acts on, who holds the phone, what they may do, what was agreed to.

    `by_account` is stored with everything that is entered; `scopes` are declared by the features;
    `consents` are those of the account that holds the phone. `ended`: its team has closed it.
    """

    patient: PatientOfPhone
    by_account: UUID
    relation: Relation
    scopes: frozenset[str]
    consents: frozenset[str]
    ended: bool = False

    def require_consent(self, purpose: str) -> None:
        """Refuse with ConsentRequired (403) unless the consent to this purpose stands."""
        if purpose not in self.consents:
            raise ConsentRequired(purpose=purpose)

    def require_scope(self, code: str) -> None:
        """Refuse with ScopeNotGranted (403) what the patient has not allowed this person."""
        if code not in self.scopes:
            raise ScopeNotGranted(scope=code)


class _OfPhone(NamedTuple):
    id: UUID
    team_id: UUID
    zone: str
    is_own: bool
    ended: bool
    consents: list[str]


@hot(_OfPhone)
def _of_phone(*, account_id: UUID) -> Select[UUID, UUID, str, bool, bool, list[str]]:
    """One account acts for one record (`bindings.bind`), its own or a child's."""
    own = select(Patient.id).where(Patient.wechat_account_id == account_id, not_left())
    child = (
        select(Guardian.patient_id)
        .join(Patient, Patient.id == Guardian.patient_id)
        .where(Guardian.wechat_account_id == account_id, not_left())
    )
    acted_for = union_all(own, child).limit(1).scalar_subquery()
    agreed = select(Consent.purpose).where(
        Consent.wechat_account_id == account_id, Consent.withdrawn_at.is_(None)
    )
    return select(
        Patient.id,
        Patient.team_id,
        Patient.zone,
        Patient.wechat_account_id.is_not_distinct_from(account_id).label("is_own"),
        Patient.closed_at.is_not(None).label("ended"),
        func.array(agreed.scalar_subquery()).label("consents"),
    ).where(Patient.id == acted_for)


async def bound_record(request: Request, session: Session, actor: PatientActor) -> OwnRecord:
    """Load it in one statement, whatever was agreed to, also when its team has closed it.

    For what the law leaves to a person whatever happened: take along, look back, leave. All else
    takes `own_record`.
    """
    row = await _of_phone.first(session, account_id=actor.account_id)
    if row is None:
        raise NotBound
    return OwnRecord(
        PatientOfPhone(row.id, row.team_id, row.zone),
        actor.account_id,
        Relation.SELF if row.is_own else Relation.GUARDIAN,
        features_of(request).scopes,
        frozenset(row.consents),
        row.ended,
    )


async def own_record(request: Request, session: Session, actor: PatientActor) -> OwnRecord:
    """Load it in one statement, if the phone is bound and its health-record consent stands.

    RecordEnded (403) while a closing by staff stands: nobody is asked for anything any more.
    """
    record = await bound_record(request, session, actor)
    if record.ended:
        raise RecordEnded
    record.require_consent(consents.PURPOSE)
    return record


async def own_patient(record: Annotated[OwnRecord, Depends(own_record)]) -> PatientOfPhone:
    return record.patient


def scoped(code: str) -> Any:
    """Make a dependency: the own record, if its holder may do this. `code` is a FamilyScope's.

    `Reading = Annotated[OwnRecord, scoped("read_record")]`; patients and guardians may do all.
    """

    async def with_scope(record: Annotated[OwnRecord, Depends(own_record)]) -> OwnRecord:
        record.require_scope(code)
        return record

    with_scope.__name__ = f"scope:{code}"
    return Depends(with_scope)


@Prepared
def _reachable(
    supervises: bool, /, *, patient_id: UUID, staff_id: UUID, on: date
) -> Select[Patient]:
    return select(Patient).where(
        Patient.id == patient_id, team_within_reach(Reader(staff_id, supervises, on))
    )


async def _within_reach(session: AsyncSession, actor: StaffActor, patient_id: UUID) -> Patient:
    found = await _reachable.scalar(
        session,
        actor.supervises,
        patient_id=patient_id,
        staff_id=actor.account_id,
        on=clinic_today(),
    )
    if found is None:
        raise NotFound
    if found.merged_into_id is not None:
        raise RecordMerged(address=f"/staff/patients/{found.merged_into_id}")
    return found


async def reachable_patient(session: Session, actor: ClinicianActor, patient_id: UUID) -> Patient:
    """404 for a stranger's id, as for one that does not exist; a merged one leads to the other."""
    return await _within_reach(session, actor, patient_id)


async def supervised_patient(session: Session, actor: SupervisorActor, patient_id: UUID) -> Patient:
    """As `reachable_patient`, for acts that a supervisor alone may do."""
    return await _within_reach(session, actor, patient_id)


async def operated_patient(session: Session, actor: OperatorActor, patient_id: UUID) -> UUID:
    """Answer the id alone: an operator opens no record."""
    within = Patient.team_id.in_(subtree_teams(actor.account_id))
    found = await session.scalar(select(Patient.id).where(Patient.id == patient_id, within))
    if found is None:
        raise NotFound
    return found


OperatedPatientId = Annotated[UUID, Depends(operated_patient)]
BoundRecord = Annotated[OwnRecord, Depends(bound_record)]
OwnRecordOfPhone = Annotated[OwnRecord, Depends(own_record)]
OwnPatient = Annotated[PatientOfPhone, Depends(own_patient)]
ReachablePatient = Annotated[Patient, Depends(reachable_patient)]
SupervisedPatient = Annotated[Patient, Depends(supervised_patient)]
