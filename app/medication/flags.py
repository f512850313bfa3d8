"""Flags of medication: missed in a row, a severe side effect not yet resolved.

Both are read from the doses in SQL. A film ends a row of misses when it arrives (a verdict, good or
bad, comes later and changes nothing of that), so does the patient's word or a dose staff saw.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.feature import FlagFact
from app.core.severity import Severity
from app.medication.flag_kinds import FLAGS, MISSED_IN_ROW, SEVERE_SIDE_EFFECT, SOURCE
from app.medication.models import Dose, DoseHold, Treatment
from app.medication.queries.misses import last_kept, missed_since
from app.medication.running import running
from app.patients.queries.flags import has_open
from app.patients.service import flags

# From so many misses in a row the flag stands, and from so many it is a danger.
STREAK, LONG_STREAK = 2, 4


async def refresh(session: AsyncSession, patient_ids: Collection[UUID]) -> None:
    """Bring the flags of these patients to the truth, in the transaction that changed it."""
    await flags.refresh(session, SOURCE, FLAGS, flag_truth, patient_ids)


async def refresh_standing(session: AsyncSession, patient_id: UUID) -> None:
    """As `refresh`, for what can only end a flag: one statement where none stands."""
    if await has_open(session, patient_id, SOURCE):
        await refresh(session, [patient_id])


async def flag_truth(
    session: AsyncSession, patient_ids: Collection[UUID], at: datetime
) -> list[FlagFact]:
    streaks = await session.execute(_streaks(patient_ids, at))
    facts = [
        FlagFact(row.patient_id, MISSED_IN_ROW.code, _severity(row.in_row), row.id, row.in_row)
        for row in streaks
        if row.in_row >= STREAK
    ]
    for row in await session.execute(_severe(patient_ids, at)):
        fact = FlagFact(row.patient_id, SEVERE_SIDE_EFFECT.code, Severity.SEVERE, row.id, None)
        facts.append(fact)
    return facts


def _severity(in_row: int) -> Severity:
    return Severity.DANGER if in_row >= LONG_STREAK else Severity.WARNING


def _streaks(patient_ids: Collection[UUID], at: datetime) -> Select[UUID, UUID, int]:
    """Count the misses of running treatments since the newest dose of which anything came."""
    last = last_kept(at, Dose.opens_at)
    counted = select(func.count()).select_from(Dose).where(missed_since(last, at))
    in_row = counted.scalar_subquery()
    return (
        select(Treatment.patient_id, Treatment.id, in_row.label("in_row"))
        .outerjoin(last, true())
        .where(Treatment.patient_id.in_(patient_ids), running(at))
    )


def _severe(patient_ids: Collection[UUID], at: datetime) -> Select[UUID, UUID]:
    """Select running treatments that wait for a doctor to say whether they go on."""
    waiting = exists().where(DoseHold.treatment_id == Treatment.id, DoseHold.held_by.is_(None))
    return select(Treatment.patient_id, Treatment.id).where(
        Treatment.patient_id.in_(patient_ids), running(at), waiting
    )
