"""Bind a phone to a record by a code that works once, and undo it.

The patient's own phone, or for a child under 14 its guardian's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.service import consents, wechat
from app.core import clock
from app.core.consents import ConsentDocument
from app.core.crypto import new_code, normalise_code, token_hash
from app.core.db import for_update, get_locked, independent_session, lock_again
from app.core.events import publish
from app.core.filters import CLINIC_ZONE
from app.core.problems import Problem, TooManyAttempts
from app.patients import consents as record_consent
from app.patients.audit import BIND, END_GUARDIAN_BINDING, EXPORT, ISSUE_BINDING_CODE, UNBIND
from app.patients.guardianship import needs_guardian
from app.patients.models import BindingAttempt, BindingCode, Guardian, Patient, Relation
from app.patients.problems import (
    ConsentRequired,
    GuardianRequired,
    RecordChanged,
    RecordIsClosed,
)
from app.patients.queries.guardians import acts_for_a_record, guardian_of
from app.patients.service import reopening

CODE_LENGTH = 8
LIFE = timedelta(hours=24)
FAILURES_AN_HOUR = 10
PAGE = "pages/bind/index"
UNBOUND = "patients.unbound"


class BindingCodeUnknown(Problem):
    type, title, status = "binding-code-unknown", "没有这个绑定码，请核对后再输一次。", 404


class BindingCodeExpired(Problem):
    type, title, status = "binding-code-expired", "这个绑定码已过期，请医生重新给您一个。", 410


class BindingCodeUsed(Problem):
    type, title, status = "binding-code-used", "这个绑定码已经用过，请医生重新给您一个。", 410


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


def scene_of(code: str) -> str:
    return f"b={code}"


def make_code() -> str:
    """Apart from `issue_code`, so that WeChat can draw it before a transaction begins."""
    return new_code(CODE_LENGTH)


def relation_to_bind(patient: Patient) -> Relation:
    """Whose phone a code of this record binds today."""
    child = needs_guardian(patient.birth_on, clock.today_in(CLINIC_ZONE), patient.birth_precision)
    return Relation.GUARDIAN if child else Relation.SELF


async def refuse_useless_code(session: AsyncSession, patient: Patient) -> None:
    """Refuse a code that nobody could use: without a guardian (409), of an ended record (409)."""
    if patient.closed_why is not None:
        raise RecordIsClosed
    child = relation_to_bind(patient) is Relation.GUARDIAN
    if child and await guardian_of(session, patient.id) is None:
        raise GuardianRequired


async def issue_code(
    session: AsyncSession, actor: StaffActor, patient_id: UUID, code: str
) -> BindingCode:
    """Older codes of this patient stop working: only the sheet in the hand counts.

    The record is locked first, so that of two sheets printed at once the later one counts.
    """
    patient = await get_locked(session, Patient, patient_id)
    if patient.closed_why is not None:
        raise RecordIsClosed
    await revoke_codes(session, patient_id)
    issued = BindingCode(
        patient_id=patient_id,
        code_hash=token_hash(code),
        issued_by=actor.account_id,
        expires_at=clock.now() + LIFE,
    )
    session.add(issued)
    audit.record(session, actor, ISSUE_BINDING_CODE, patient_id=patient_id)
    return issued


async def revoke_codes(session: AsyncSession, patient_id: UUID) -> None:
    await session.execute(
        update(BindingCode)
        .where(BindingCode.patient_id == patient_id, BindingCode.used_at.is_(None))
        .values(expires_at=func.least(BindingCode.expires_at, clock.now()))
    )


async def look_up(session: AsyncSession, wechat_account_id: UUID, typed: str) -> BindingCode:
    """Every try counts as failed until the code turns out right."""
    attempt_id = await _begin_attempt(session, wechat_account_id)
    code = await _get_open_code(session, typed)
    await session.execute(delete(BindingAttempt).where(BindingAttempt.id == attempt_id))
    return code


async def _begin_attempt(session: AsyncSession, wechat_account_id: UUID) -> UUID:
    """Count ahead and in its own transaction: parallel guesses cannot outrun it."""
    async with independent_session(session) as own:
        key = func.hashtextextended(f"binding:{wechat_account_id}", 0)
        await own.execute(select(func.pg_advisory_xact_lock(key)))
        failures = await own.scalar(
            select(func.count())
            .select_from(BindingAttempt)
            .where(
                BindingAttempt.wechat_account_id == wechat_account_id,
                BindingAttempt.created_at > clock.now() - timedelta(hours=1),
            )
        )
        attempt = BindingAttempt(wechat_account_id=wechat_account_id)
        if failures is not None and failures < FAILURES_AN_HOUR:
            own.add(attempt)
            await own.flush()  # the id is read after the block
    if attempt.id is None:
        raise TooManyAttempts(retry_after_s=3600)
    return attempt.id


async def _get_open_code(session: AsyncSession, typed: str) -> BindingCode:
    """Locked, so that of two phones one is second.

    Its record is locked first, as by all who change a record and then its codes.
    """
    this = BindingCode.code_hash == token_hash(normalise_code(typed))
    patient_id = select(BindingCode.patient_id).where(this).scalar_subquery()
    await session.execute(
        for_update(select(Patient.id).where(Patient.id == patient_id), of=[Patient])
    )
    code = await session.scalar(for_update(select(BindingCode).where(this)))
    if code is None:
        raise BindingCodeUnknown
    if code.used_at is not None:
        raise BindingCodeUsed
    if code.expires_at <= clock.now():
        raise BindingCodeExpired
    return code


async def bind(
    session: AsyncSession, binder: Binder, typed: str, documents: Sequence[ConsentDocument]
) -> tuple[Patient, Relation]:
    """Consent comes in the same transaction: no record is open to a phone without it."""
    account_id = binder.wechat_account_id
    await wechat.refuse_closed(session, account_id)
    code = await look_up(session, account_id, typed)
    if record_consent.PURPOSE not in {purpose for purpose, _ in binder.accepted}:
        raise ConsentMissing
    consents.refuse_outdated(documents, binder.accepted)
    patient = await get_locked(session, Patient, code.patient_id)
    if patient.merged_into_id is not None:
        raise BindingCodeExpired  # made while the record was being joined to another
    if patient.closed_why is not None:
        raise BindingCodeExpired  # made while the record was being closed
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
    relation = relation_to_bind(patient)
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
    await revoke_codes(session, patient.id)
    return phones if released is None else [*phones, Relation.GUARDIAN.value]


def record_export(session: AsyncSession, account_id: UUID, patient_id: UUID) -> None:
    audit.record_of_phone(session, account_id, EXPORT, patient_id)
