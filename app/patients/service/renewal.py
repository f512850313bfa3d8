"""Bring records that were written before to the normal forms and search keys of this version.

`python -m app.release` runs it. It may be stopped and started again: each batch commits by itself,
and a record that is done says so in `keys_version`.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessionmaker, for_update
from app.core.normal_forms import clean_or_same, normalise_phone, plain_number
from app.patients import id_number
from app.patients.models import DocumentKind, Guardian, Patient
from app.patients.search import KEYS_VERSION, columns_to_find

log = logging.getLogger(__name__)
BATCH = 200
# A row is in use for a moment; what is held longer is for the next run.
WAITS_S = (0, 1, 5, 15)
FIRST = UUID(int=0)


@dataclass(frozen=True)
class Renewed:
    """`left` are in use still; `same_number_ids` have an ID number that another record has, too."""

    done: int
    left: int
    same_number_ids: list[UUID]


class _Batch(NamedTuple):
    last_id: UUID | None
    same_number_ids: list[UUID]
    done: int


async def renew_records(sessions: Sessionmaker) -> Renewed:
    """Renew all that are older; of two records with one number both are found by it now."""
    done, left, same = 0, 0, []
    for wait_s in WAITS_S:
        await asyncio.sleep(wait_s)
        last_id: UUID | None = FIRST
        while last_id is not None:
            async with sessions.begin() as session:
                batch = await _renew_batch(session, last_id)
            last_id, done = batch.last_id, done + batch.done
            same += batch.same_number_ids
        left = await _count_left(sessions)
        if left == 0:
            break
    for patient_id in same:
        log.warning("two records have one ID number: merge them", extra={"patient_id": patient_id})
    return Renewed(done, left, same)


async def _count_left(sessions: Sessionmaker) -> int:
    older = select(func.count()).select_from(Patient).where(Patient.keys_version < KEYS_VERSION)
    async with sessions() as session:
        return (await session.scalars(older)).one()


async def _renew_batch(session: AsyncSession, after_id: UUID) -> _Batch:
    """Leave rows that somebody else is writing for the next round."""
    result = await session.execute(
        for_update(
            select(Patient, Guardian)
            .outerjoin(Guardian, Guardian.patient_id == Patient.id)
            .where(Patient.keys_version < KEYS_VERSION, Patient.id > after_id)
            .order_by(Patient.id)
            .limit(BATCH),
            skip_locked=True,
            of=[Patient],
        )
    )
    rows = result.all()
    found = [
        (patient, _columns(patient, guardian))
        for patient, guardian in rows
        if patient.merged_into_id is None
    ]
    same = await _with_number_of_another(session, found)
    for patient, columns in found:
        if patient.id in same:
            columns.pop("id_number_hash")
        for name, value in columns.items():
            setattr(patient, name, value)
    for patient, _ in rows:
        patient.keys_version = KEYS_VERSION
    return _Batch(rows[-1][0].id if rows else None, same, len(rows))


def _columns(patient: Patient, guardian: Guardian | None) -> dict[str, Any]:
    """Make what it is found by, from the normal forms, which are written, too."""
    _write_normal_forms(patient, guardian)
    document = (patient.document_kind, patient.id_number)
    phone = guardian.phone if guardian is not None else None
    return columns_to_find(patient.name, patient.phone, document, phone)


async def _with_number_of_another(
    session: AsyncSession, found: Sequence[tuple[Patient, dict[str, Any]]]
) -> list[UUID]:
    """List those whose number is another record's, too: their hashes of before stay."""
    new = {
        patient.id: columns["id_number_hash"]
        for patient, columns in found
        if columns["id_number_hash"] not in {None, patient.id_number_hash}
    }
    with session.no_autoflush:
        result = await session.execute(
            select(Patient.id_number_hash, Patient.id).where(
                Patient.id_number_hash.in_(new.values())
            )
        )
    holders = {row[0]: row[1] for row in result}
    same = []
    for patient_id, number_hash in new.items():
        # The first of this batch gets it, as if it had been written already.
        if holders.setdefault(number_hash, patient_id) != patient_id:
            same.append(patient_id)
    return same


def _write_normal_forms(patient: Patient, guardian: Guardian | None) -> None:
    """Only what becomes another is written: each writing seals it anew."""
    _set(patient, "name", clean_or_same(patient.name))
    _set(patient, "phone", normalise_phone(patient.phone))
    if patient.id_number:
        is_resident = patient.document_kind is DocumentKind.RESIDENT_ID
        normalise = id_number.normalise if is_resident else plain_number
        _set(patient, "id_number", normalise(patient.id_number))
    if guardian is not None:
        _set(guardian, "name", clean_or_same(guardian.name))
        _set(guardian, "phone", normalise_phone(guardian.phone))


def _set(row: Patient | Guardian, name: str, value: str) -> None:
    if getattr(row, name) != value:
        setattr(row, name, value)
