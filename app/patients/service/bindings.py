"""Bind a phone to a record by a code that works once, and undo it.

The patient's own phone, or for a child under 14 its guardian's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.service import consents, wechat
from app.core import clock
from app.core.consents import ConsentDocument
from app.core.db import for_update, get_locked, lock_again
from app.core.events import publish
from app.core.problems import Problem
from app.patients import consents as record_consent
from app.patients.audit import BIND, END_GUARDIAN_BINDING, EXPORT, UNBIND
from app.patients.models import Guardian, Patient, Relation
from app.patients.problems import (
    ConsentRequired,
    GuardianRequired,
    RecordChanged,
)
from app.patients.queries.guardians import acts_for_a_record, guardian_of
from app.patients.service import binding_codes, reopening

UNBOUND = "patients.unbound"


class AlreadyBound(Problem):
    type, status = "already-bound", 409
    title = "这部手机或这份档案已经绑定过，请联系您的医生。"
    constraint = "uq_patient_wechat_account_id"


class ConsentMissing(ConsentRequired):
    status = 422


@dataclass(frozen=True)
class Binder:
    """The phone that wants to bind, and what its holder agreed to."""

    wechat_account_id: UUID
    accepted: consents.Accepted
    phone_tail: str | None = None


async def bind(
    session: AsyncSession, binder: Binder, typed: str, documents: Sequence[ConsentDocument]
) -> tuple[Patient, Relation]:
    """Consent comes in the same transaction: no record is open to a phone without it."""
    account_id = binder.wechat_account_id
    await wechat.refuse_closed(session, account_id)
    code = await binding_codes.look_up(session, account_id, typed, binder.phone_tail)
    if record_consent.PURPOSE not in {purpose for purpose, _ in binder.accepted}:
        raise ConsentMissing
    consents.refuse_outdated(documents, binder.accepted)
    patient = await get_locked(session, Patient, code.patient_id)
    if patient.merged_into_id is not None:
        raise binding_codes.BindingCodeExpired  # made while the record was being joined to another
    if patient.closed_why is not None:
        raise binding_codes.BindingCodeExpired  # made while the record was being closed
    if await acts_for_a_record(session, account_id):
        raise AlreadyBound
    await _release_ended(session, account_id)
    relation = await _let_in(session, patient, account_id)
    await reopening.reopen(session, patient)
    patient.version += 1
    code.used_at, code.used_by = clock.now(), account_id
    await session.flush()  # the record may be bound to another phone: say so now
    await consents.accept(session, account_id, binder.accepted)
    detail = {"relation": relation.value, "version": patient.version}
    audit.record_of_phone(session, account_id, BIND, patient.id, detail)
    return patient, relation


async def _release_ended(session: AsyncSession, account_id: UUID) -> None:
    """Let this phone go from a record that its team has closed: another one takes it in care."""
    own = Patient.wechat_account_id == account_id
    child = Patient.id.in_(
        select(Guardian.patient_id).where(Guardian.wechat_account_id == account_id)
    )
    ended = await session.scalars(
        for_update(select(Patient).where(or_(own, child), Patient.closed_why.is_not(None)))
    )
    for patient in ended.all():
        phones = await release_phones(session, patient)
        patient.version += 1
        detail = {"phones": phones, "version": patient.version}
        audit.record_of_phone(session, account_id, UNBIND, patient.id, detail)
        await session.flush()  # the account is unique: it must be free before it is taken
        await publish(session, UNBOUND, patient_id=patient.id)


async def _let_in(session: AsyncSession, patient: Patient, account_id: UUID) -> Relation:
    """Point the (locked) record, or its guardian, at the account.

    Whoever has turned 14 and binds an own phone ends the guardian's access.
    """
    guardian = await guardian_of(session, patient.id)
    relation = binding_codes.relation_to_bind(patient)
    if relation is Relation.GUARDIAN:
        if guardian is None:
            raise GuardianRequired
        if patient.wechat_account_id or guardian.wechat_account_id:
            raise AlreadyBound
        guardian.wechat_account_id = account_id
        return relation
    if patient.wechat_account_id is not None:
        raise AlreadyBound
    patient.wechat_account_id = account_id
    if guardian is not None and guardian.wechat_account_id is not None:
        guardian.wechat_account_id = None
        audit.record_of_phone(session, account_id, END_GUARDIAN_BINDING, patient.id)
        await publish(session, UNBOUND, patient_id=patient.id)
    return relation


async def unbind(
    session: AsyncSession, actor: StaffActor, patient: Patient, *, version: int | None = None
) -> None:
    """Shut out every phone that acts on this record: the patient's and the guardian's.

    `version` is that of the form: another phone may have been bound since (RecordChanged, 409).
    """
    await lock_again(session, patient)
    if version is not None and version != patient.version:
        raise RecordChanged
    phones = await release_phones(session, patient)
    patient.version += 1
    detail = {"phones": phones, "version": patient.version}
    audit.record(session, actor, UNBIND, patient_id=patient.id, detail=detail)
    await publish(session, UNBOUND, patient_id=patient.id)


async def release_phones(session: AsyncSession, patient: Patient) -> list[str]:
    """Forget whose phones they were, and say as whom they acted; unused codes stop working."""
    await lock_again(session, patient)
    phones = [] if patient.wechat_account_id is None else [Relation.SELF.value]
    patient.wechat_account_id = None
    released = await session.scalar(
        update(Guardian)
        .where(Guardian.patient_id == patient.id, Guardian.wechat_account_id.is_not(None))
        .values(wechat_account_id=None)
        .returning(Guardian.id)
    )
    await binding_codes.revoke_codes(session, patient.id)
    return phones if released is None else [*phones, Relation.GUARDIAN.value]


def record_export(session: AsyncSession, account_id: UUID, patient_id: UUID) -> None:
    audit.record_of_phone(session, account_id, EXPORT, patient_id)
