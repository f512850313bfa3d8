"""Join two records of one person: everything moves to one, the other is closed and leads there."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.assembly import Features
from app.core.db import for_update
from app.core.events import publish
from app.core.jobs import enqueue
from app.core.problems import NotFound, Problem
from app.patients.audit import MERGE_RECORDS
from app.patients.births import same_birth
from app.patients.models import (
    BindingCode,
    BirthPrecision,
    ContactLog,
    Guardian,
    Patient,
    RecordClosing,
)
from app.patients.problems import RecordChanged
from app.patients.queries.guardians import guardian_of
from app.patients.reach import within_reach
from app.patients.search import columns_to_find, document_hash
from app.patients.service import binding_codes, flags, reopening
from app.patients.service.record_locks import lock_rows_of

MERGED = "patients.merged"
GATHER_JOB = "patients.gather_merged"
# No request and no job lives so long: what was being written at the moment of a merge is there.
GATHER_AFTER = timedelta(minutes=10)


class SameRecord(Problem):
    type, title, status = "same-record", "这是同一份档案，请选择另一份。", 422


class DifferentIdNumbers(Problem):
    type, status = "different-id-numbers", 409
    title = "两份档案的身份证号不同，不是同一个人，不能合并。"


class TwoDocuments(Problem):
    type, status = "two-documents", 409
    title = "两份档案登记的证件种类不同。请先核对，在其中一份里清空证件号码，再合并。"


class DifferentPersons(Problem):
    type, status = "different-persons", 409
    title = "两份档案的性别或出生日期不同，请先核对并改正，再合并。"


class BothBound(Problem):
    type, status = "both-bound", 409
    title = "两份档案都绑定了手机，请先解除其中一份的绑定，再合并。"


@dataclass(frozen=True)
class Merge:
    """Which record goes into which, in the versions that the person compared."""

    from_id: UUID
    into_id: UUID
    from_version: int
    into_version: int


async def merge_records(
    session: AsyncSession, features: Features, actor: StaffActor, order: Merge
) -> Patient:
    """Move all that is kept of one record to the other; the actor reaches both, else NotFound."""
    old, kept = await _locked(session, features, actor, order)
    guardians = [await guardian_of(session, p.id) for p in (old, kept)]
    _refuse_two_persons(old, kept)
    if all(_is_bound(p, g) for p, g in zip((old, kept), guardians, strict=True)):
        raise BothBound
    await binding_codes.revoke_codes(session, kept.id)
    await _move_own_rows(session, old, kept)
    await _move_identity(session, old, kept, *guardians)
    await _move_rows_of_features(session, features, old.id, kept.id)
    _note(session, actor, old, kept)
    await publish(session, MERGED, from_id=old.id, into_id=kept.id)
    await enqueue(session, GATHER_JOB, at=clock.now() + GATHER_AFTER, patient_id=old.id)
    return kept


async def gather_merged(session: AsyncSession, features: Features, patient_id: UUID) -> None:
    """Move what was written to a record while it was joined to another; again moves nothing.

    Whoever had opened the record before it was joined wrote to it afterwards.
    """
    into_id = select(Patient.merged_into_id).where(Patient.id == patient_id).scalar_subquery()
    both = or_(Patient.id == patient_id, Patient.id == into_id)
    by_id = await _lock_both(session, features, both)
    old = by_id.pop(patient_id)
    for kept in by_id.values():
        await _move_own_rows(session, old, kept)
        await _move_rows_of_features(session, features, old.id, kept.id)


async def _move_rows_of_features(
    session: AsyncSession, features: Features, old_id: UUID, kept_id: UUID
) -> None:
    for feature in reversed(features.all):  # in the order of `record_locks`
        if feature.merges is not None:
            await feature.merges(session, old_id, kept_id)
    await flags.follow(session, old_id, kept_id)
    await flags.refresh_all(session, features, [old_id, kept_id])


async def _lock_both(
    session: AsyncSession, features: Features, both: ColumnElement[bool]
) -> dict[UUID, Patient]:
    """In the order of their ids, so that two merges never wait for each other."""
    ids = await session.scalars(select(Patient.id).where(both))
    await lock_rows_of(session, features, ids.all())
    locked = for_update(select(Patient).where(both).order_by(Patient.id), of=[Patient])
    return {patient.id: patient for patient in await session.scalars(locked)}


async def _locked(
    session: AsyncSession, features: Features, actor: StaffActor, order: Merge
) -> tuple[Patient, Patient]:
    if order.from_id == order.into_id:
        raise SameRecord
    both = and_(Patient.id.in_([order.from_id, order.into_id]), within_reach(actor))
    by_id = await _lock_both(session, features, both)
    if len(by_id) < 2:
        raise NotFound
    old, kept = by_id[order.from_id], by_id[order.into_id]
    if (old.version, kept.version) != (order.from_version, order.into_version):
        raise RecordChanged
    return old, kept


def _refuse_two_persons(old: Patient, kept: Patient) -> None:
    if old.id_number and kept.id_number and not _same_document(old, kept):
        same_kind = old.document_kind is kept.document_kind
        raise DifferentIdNumbers if same_kind else TwoDocuments
    if old.sex is not kept.sex or not same_birth(old, kept):
        raise DifferentPersons


def _same_document(one: Patient, other: Patient) -> bool:
    """Of the numbers, not their hashes: of two old rows one may still have the hash of before."""
    numbers = [document_hash(str(p.id_number), p.document_kind) for p in (one, other)]
    return numbers[0] == numbers[1]


def _is_bound(patient: Patient, guardian: Guardian | None) -> bool:
    guarded = guardian is not None and guardian.wechat_account_id is not None
    return patient.wechat_account_id is not None or guarded


async def _move_own_rows(session: AsyncSession, old: Patient, kept: Patient) -> None:
    """Take along contacts, closings and codes; a code not used yet stops working."""
    await binding_codes.revoke_codes(session, old.id)
    for table in (ContactLog, BindingCode, RecordClosing):
        await session.execute(
            update(table)
            .where(table.patient_id == old.id)
            .values(patient_id=kept.id)
            .execution_options(synchronize_session=False)
        )
    await session.execute(
        update(Patient)
        .where(Patient.merged_into_id == old.id)
        .values(merged_into_id=kept.id)
        .execution_options(synchronize_session=False)
    )


async def _move_identity(
    session: AsyncSession,
    old: Patient,
    kept: Patient,
    old_guardian: Guardian | None,
    kept_guardian: Guardian | None,
) -> None:
    """Give the kept record what it lacks; the phone that is bound stays bound."""
    account, number, kind = old.wechat_account_id, old.id_number, old.document_kind
    was_bound = _is_bound(old, old_guardian)
    old.wechat_account_id, old.id_number, old.id_number_hash = None, None, None
    old.search_keys, old.closed_at, old.merged_into_id = [], clock.now(), kept.id
    old.closed_why = None
    await session.flush()  # account and number are unique: they must be free before they are taken
    kept.wechat_account_id = kept.wechat_account_id or account
    if kept.id_number is None:
        kept.id_number, kept.document_kind = number, kind
    if kept.birth_precision is BirthPrecision.YEAR:
        kept.birth_on, kept.birth_precision = old.birth_on, old.birth_precision
    kept.weight_kg = kept.weight_kg if kept.weight_kg is not None else old.weight_kg
    kept.conditions = [*kept.conditions, *(c for c in old.conditions if c not in kept.conditions)]
    if was_bound:
        await reopening.reopen(session, kept)
    guardian = await _one_guardian(session, kept, old_guardian, kept_guardian)
    _make_findable(kept, guardian)


async def _one_guardian(
    session: AsyncSession, kept: Patient, old: Guardian | None, own: Guardian | None
) -> Guardian | None:
    """Keep one guardian: whose phone is bound, else the kept record's."""
    if old is None:
        return own
    if own is not None:
        if old.wechat_account_id is None:
            await session.delete(old)
            return own
        await session.execute(delete(Guardian).where(Guardian.id == own.id))
    old.patient_id = kept.id
    return old


def _make_findable(kept: Patient, guardian: Guardian | None) -> None:
    document = (kept.document_kind, kept.id_number)
    phone = guardian.phone if guardian is not None else None
    for name, value in columns_to_find(kept.name, kept.phone, document, phone).items():
        setattr(kept, name, value)


def _note(session: AsyncSession, actor: StaffActor, old: Patient, kept: Patient) -> None:
    old.version += 1
    kept.version += 1
    for one, other in ((old, kept), (kept, old)):
        detail = {"from_id": str(old.id), "into_id": str(kept.id), "version": one.version}
        audit.record(
            session,
            actor,
            MERGE_RECORDS,
            patient_id=one.id,
            subject_id=other.id,
            detail=detail,
        )
