"""Flags of patients: set and cleared by the feature that knows, in its own transaction."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.assembly import Features
from app.core.db import for_update
from app.core.feature import Feature, FlagFact, FlagKind, FlagTruth
from app.core.ids import uuid7
from app.core.severity import Severity
from app.patients.models import Patient, PatientFlag

OPEN = PatientFlag.until.is_(None)


class Differences(NamedTuple):
    """How many flags were missing, told something old, or stood without a reason."""

    added: int
    changed: int
    ended: int


async def set_flag(
    session: AsyncSession,
    patient_id: UUID,
    source: str,
    kind: FlagKind,
    severity: Severity,
    subject_id: UUID | None = None,
    count: int | None = None,
) -> None:
    """Raise it, or bring an open one to this severity and count; again changes nothing."""
    fact = FlagFact(patient_id, kind.code, severity, subject_id, count)
    await _write(session, source, [fact], clock.now())


async def clear_flag(
    session: AsyncSession,
    patient_id: UUID,
    source: str,
    kind: FlagKind,
    subject_id: UUID | None = None,
) -> None:
    """End this one; those of other subjects, kinds and patients stand."""
    this = and_(
        PatientFlag.patient_id == patient_id,
        PatientFlag.source == source,
        PatientFlag.code == kind.code,
        PatientFlag.subject_id.is_not_distinct_from(subject_id),
    )
    await _end(session, this, clock.now())


async def follow(session: AsyncSession, from_id: UUID, into_id: UUID) -> None:
    """Hand over the past flags of a record that is merged into another; open ones end.

    What stands for the joined record is then for `refresh_all` to say.
    """
    await _end(session, PatientFlag.patient_id == from_id, clock.now())
    await session.execute(
        update(PatientFlag)
        .where(PatientFlag.patient_id == from_id)
        .values(patient_id=into_id)
        .execution_options(synchronize_session=False)
    )


async def refresh(
    session: AsyncSession,
    source: str,
    kinds: Collection[FlagKind],
    truth: FlagTruth,
    patient_ids: Collection[UUID],
) -> Differences:
    """Bring all flags of one feature for these patients to its truth.

    The patients' rows are locked first: of two at once the later sees what the earlier wrote.
    """
    if not patient_ids:
        return Differences(0, 0, 0)
    await session.execute(
        for_update(
            select(Patient.id).where(Patient.id.in_(patient_ids)).order_by(Patient.id),
            key_share=True,
        )
    )
    at = clock.now()
    facts = {_key(fact): fact for fact in await truth(session, patient_ids, at)}
    codes = [kind.code for kind in kinds]
    standing = {_key(flag): flag for flag in await _open(session, source, codes, patient_ids)}
    added = [fact for key, fact in facts.items() if key not in standing]
    changed = [
        fact
        for key, fact in facts.items()
        if key in standing and _level(standing[key]) != _level(fact)
    ]
    ended = [flag.id for key, flag in standing.items() if key not in facts]
    await _write(session, source, [*added, *changed], at)
    if ended:
        await _end(session, PatientFlag.id.in_(ended), at)
    return Differences(len(added), len(changed), len(ended))


async def refresh_all(session: AsyncSession, features: Features, patient_ids: list[UUID]) -> None:
    """For what changes a record as a whole: a merge."""
    for feature in features.all:
        if feature.flag_truth is not None:
            await refresh_of(session, feature, feature.flag_truth, patient_ids)


async def refresh_of(
    session: AsyncSession, feature: Feature, truth: FlagTruth, patient_ids: Collection[UUID]
) -> Differences:
    return await refresh(session, feature.name, feature.flags, truth, patient_ids)


@dataclass(frozen=True)
class _OpenFlag:
    id: UUID
    patient_id: UUID
    code: str
    subject_id: UUID | None
    severity: Severity
    count: int | None


def _key(flag: FlagFact | _OpenFlag) -> tuple[UUID, str, UUID | None]:
    return flag.patient_id, flag.code, flag.subject_id


def _level(flag: FlagFact | _OpenFlag) -> tuple[Severity, int | None]:
    return flag.severity, flag.count


async def _open(
    session: AsyncSession, source: str, codes: Collection[str], patient_ids: Collection[UUID]
) -> Iterator[_OpenFlag]:
    result = await session.execute(
        select(
            PatientFlag.id,
            PatientFlag.patient_id,
            PatientFlag.code,
            PatientFlag.subject_id,
            PatientFlag.severity,
            PatientFlag.count,
        ).where(
            OPEN,
            PatientFlag.source == source,
            PatientFlag.code.in_(codes),
            PatientFlag.patient_id.in_(patient_ids),
        )
    )
    return (_OpenFlag(*row) for row in result)


async def _write(
    session: AsyncSession, source: str, facts: Collection[FlagFact], at: datetime
) -> None:
    if not facts:
        return
    upsert = insert(PatientFlag).values(
        [
            {
                "id": uuid7(),
                "created_at": at,
                "since": at,
                "source": source,
                "patient_id": fact.patient_id,
                "code": fact.code,
                "severity": fact.severity,
                "subject_id": fact.subject_id,
                "count": fact.count,
            }
            for fact in facts
        ]
    )
    new = upsert.excluded
    await session.execute(
        upsert.on_conflict_do_update(
            index_elements=["patient_id", "source", "code", "subject_id"],
            index_where=OPEN,
            set_={"severity": new.severity, "count": new.count},
            where=tuple_(PatientFlag.severity, PatientFlag.count).is_distinct_from(
                tuple_(new.severity, new.count)
            ),
        )
    )


async def _end(session: AsyncSession, which: ColumnElement[bool], at: datetime) -> None:
    await session.execute(
        update(PatientFlag)
        .where(OPEN, which)
        .values(until=at)
        .execution_options(synchronize_session=False)
    )
