"""Codes that bind a phone: issued by staff, printed, scanned or typed, looked up once."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.crypto import CODE_ALPHABET, keyring, new_code, normalise_code, token_hash
from app.core.db import for_update, get_locked, independent_session, take_turn
from app.core.filters import CLINIC_ZONE
from app.core.problems import Problem, TooManyAttempts
from app.patients.audit import ISSUE_BINDING_CODE
from app.patients.guardianship import needs_guardian
from app.patients.models import BindingAttempt, BindingCode, Patient, Relation
from app.patients.problems import GuardianRequired, RecordIsClosed
from app.patients.queries.guardians import guardian_of
from app.patients.service import typed_codes

CODE_LENGTH = 24  # with "b=" well below the 32 characters that a scene takes
LIFE = timedelta(hours=24)
FAILURES_AN_HOUR = 10
PAGE = "pages/bind/index"


class BindingCodeUnknown(Problem):
    type, title, status = "binding-code-unknown", "绑定码对不上，请核对后再试一次。", 404


class BindingCodeExpired(Problem):
    type, title, status = "binding-code-expired", "这个绑定码已过期，请医生重新给您一个。", 410


class BindingCodeUsed(Problem):
    type, title, status = "binding-code-used", "这个绑定码已经用过，请医生重新给您一个。", 410


class SheetVoid(Problem):
    """As staff read it; a patient reads that the code was used or has expired."""

    type, status = "sheet-void", 409
    title = "那张绑定码已经用过、过期了，或者后来又生成了新的。请重新生成一张。"


def scene_of(code: str) -> str:
    return f"b={code}"


def make_code() -> str:
    """Apart from `issue_code`, so that WeChat can draw it before a transaction begins."""
    return new_code(CODE_LENGTH)


def code_of(actor: StaffActor, patient_id: UUID, key: str) -> str:
    """Make the code of one press of the form, the same when its answer is loaded again.

    Nobody can tell it without the keyring; the key is the form's own and is kept nowhere.
    """
    secret = keyring().lookup_hash("binding_code", f"{actor.account_id}:{patient_id}:{key}")
    bits = int(secret, 16)
    size = len(CODE_ALPHABET)
    return "".join(CODE_ALPHABET[bits // size**n % size] for n in range(CODE_LENGTH))


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
    session: AsyncSession,
    actor: StaffActor,
    patient_id: UUID,
    code: str,
    digits: str | None = None,
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
    if digits is not None:
        await session.flush()  # the typed way names it
        session.add(typed_codes.typed_way(issued.id, digits))
    audit.record(session, actor, ISSUE_BINDING_CODE, patient_id=patient_id)
    return issued


class Sheet(NamedTuple):
    """What is printed; `digits` stand for the code where nobody can scan."""

    digits: str
    expires_at: datetime


async def issue_sheet(
    session: AsyncSession, actor: StaffActor, patient_id: UUID, code: str
) -> Sheet:
    """Issue a code of `code_of`, or find the one that its form has issued before.

    A sheet that is loaded again is the sheet in the hand, and must not shut it. SheetVoid (409)
    where it opens nothing any more: only another press makes another.
    """
    await get_locked(session, Patient, patient_id)
    this = BindingCode.code_hash == token_hash(code)
    issued = await session.scalar(select(BindingCode).where(this))
    if issued is None:
        digits = await typed_codes.draw_digits(session, code)
        issued = await issue_code(session, actor, patient_id, code, digits)
        return Sheet(digits, issued.expires_at)
    if issued.used_at is not None or issued.expires_at <= clock.now():
        raise SheetVoid
    return Sheet(await typed_codes.drawn_digits(session, issued.id, code), issued.expires_at)


async def open_until(session: AsyncSession, patient_id: UUID) -> datetime | None:
    """Say until when a code is out that still binds; None where there is none."""
    until: datetime | None = await session.scalar(
        select(func.max(BindingCode.expires_at)).where(
            BindingCode.patient_id == patient_id,
            BindingCode.used_at.is_(None),
            BindingCode.expires_at > clock.now(),
        )
    )
    return until


async def revoke_codes(session: AsyncSession, patient_id: UUID) -> None:
    await session.execute(
        update(BindingCode)
        .where(BindingCode.patient_id == patient_id, BindingCode.used_at.is_(None))
        .values(expires_at=func.least(BindingCode.expires_at, clock.now()))
    )


async def look_up(
    session: AsyncSession, wechat_account_id: UUID, typed: str, phone_tail: str | None = None
) -> BindingCode:
    """Every try counts as failed until the code turns out right.

    With `phone_tail` eight digits were typed: which of the two was wrong is not told.
    """
    attempt_id = await _begin_attempt(session, wechat_account_id)
    if phone_tail is None:
        code = await _get_code(session, BindingCode.code_hash == token_hash(normalise_code(typed)))
    else:
        code = await _get_typed_code(session, typed, phone_tail)
    _refuse_over(code)
    await session.execute(delete(BindingAttempt).where(BindingAttempt.id == attempt_id))
    return code


async def _begin_attempt(session: AsyncSession, wechat_account_id: UUID) -> UUID:
    """Count ahead and in its own transaction: parallel guesses cannot outrun it."""
    async with independent_session(session) as own:
        await take_turn(own, f"binding:{wechat_account_id}")
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


async def _get_typed_code(session: AsyncSession, digits: str, phone_tail: str) -> BindingCode:
    code_id = await typed_codes.count_try(session, digits)
    if code_id is None:
        raise BindingCodeUnknown
    code = await _get_code(session, BindingCode.id == code_id)
    patient = await session.get_one(Patient, code.patient_id)
    if not typed_codes.is_tail_of(await phone_asked(session, patient), phone_tail):
        raise BindingCodeUnknown
    await typed_codes.take_back_try(session, code.id)
    return code


async def phone_asked(session: AsyncSession, patient: Patient) -> str:
    """Tell the number whose last digits a typed code asks for: of a child its guardian's.

    Whoever has no phone is on record with the number of the contact.
    """
    guardian = await guardian_of(session, patient.id)
    if guardian is not None and relation_to_bind(patient) is Relation.GUARDIAN:
        return guardian.phone
    return patient.phone


async def _get_code(session: AsyncSession, this: ColumnElement[bool]) -> BindingCode:
    """Locked, so that of two phones one is second.

    Its record is locked first, as by all who change a record and then its codes.
    """
    patient_id = select(BindingCode.patient_id).where(this).scalar_subquery()
    await session.execute(
        for_update(select(Patient.id).where(Patient.id == patient_id), of=[Patient])
    )
    code = await session.scalar(for_update(select(BindingCode).where(this)))
    if code is None:
        raise BindingCodeUnknown
    return code


def _refuse_over(code: BindingCode) -> None:
    if code.used_at is not None:
        raise BindingCodeUsed
    if code.expires_at <= clock.now():
        raise BindingCodeExpired
