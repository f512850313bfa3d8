"""Bind a phone to a record by a code that works once, and undo it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.service import consents, wechat
from app.core import clock
from app.core.consents import ConsentDocument
from app.core.crypto import new_code, normalise_code, token_hash
from app.core.db import independent_session
from app.core.problems import Problem, TooManyAttempts
from app.patients import consents as record_consent
from app.patients.audit import BIND, CLOSE_ACCOUNT, EXPORT, ISSUE_BINDING_CODE, UNBIND
from app.patients.models import BindingAttempt, BindingCode, Patient
from app.patients.problems import ConsentRequired

CODE_LENGTH = 8
LIFE = timedelta(hours=24)
FAILURES_AN_HOUR = 10
PAGE = "pages/bind/index"


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


async def issue_code(
    session: AsyncSession, actor: StaffActor, patient_id: UUID, code: str
) -> BindingCode:
    """Older codes of this patient stop working: only the sheet in the hand counts."""
    await _revoke_codes(session, patient_id)
    issued = BindingCode(
        patient_id=patient_id,
        code_hash=token_hash(code),
        issued_by=actor.account_id,
        expires_at=clock.now() + LIFE,
    )
    session.add(issued)
    audit.record(session, actor, ISSUE_BINDING_CODE, patient_id=patient_id)
    return issued


async def _revoke_codes(session: AsyncSession, patient_id: UUID) -> None:
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
    """Locked, so that of two phones one is second."""
    found = await session.scalar(
        select(BindingCode)
        .where(BindingCode.code_hash == token_hash(normalise_code(typed)))
        .with_for_update()
    )
    if found is None:
        raise BindingCodeUnknown
    if found.used_at is not None:
        raise BindingCodeUsed
    if found.expires_at <= clock.now():
        raise BindingCodeExpired
    return found


async def bind(
    session: AsyncSession, binder: Binder, typed: str, documents: Sequence[ConsentDocument]
) -> Patient:
    """Consent comes in the same transaction: no record is open to a phone without it."""
    await wechat.refuse_closed(session, binder.wechat_account_id)
    code = await look_up(session, binder.wechat_account_id, typed)
    if record_consent.PURPOSE not in {purpose for purpose, _ in binder.accepted}:
        raise ConsentMissing
    consents.refuse_outdated(documents, binder.accepted)
    patient = await session.get_one(Patient, code.patient_id, with_for_update=True)
    if patient.wechat_account_id is not None:
        raise AlreadyBound
    patient.wechat_account_id = binder.wechat_account_id
    patient.closed_at = None
    code.used_at, code.used_by = clock.now(), binder.wechat_account_id
    await session.flush()  # the phone may be bound to another record: say so now
    await consents.accept(session, binder.wechat_account_id, binder.accepted)
    audit.record_of_phone(session, binder.wechat_account_id, BIND, patient.id)
    return patient


async def unbind(session: AsyncSession, actor: StaffActor, patient: Patient) -> None:
    patient.wechat_account_id = None
    await _revoke_codes(session, patient.id)
    audit.record(session, actor, UNBIND, patient_id=patient.id)


async def close_account(session: AsyncSession, account_id: UUID, patient: Patient) -> None:
    """Unbind for good and forget whose phone it was; the clinical record stays, as the law asks."""
    patient.wechat_account_id = None
    patient.closed_at = clock.now()
    await _revoke_codes(session, patient.id)
    audit.record_of_phone(session, account_id, CLOSE_ACCOUNT, patient.id)
    await wechat.close_account(session, account_id)


def record_export(session: AsyncSession, account_id: UUID, patient_id: UUID) -> None:
    audit.record_of_phone(session, account_id, EXPORT, patient_id)
