"""Flags of medication: missed in a row, a severe side effect not yet resolved.

Both are read from the doses in SQL. A film ends a row of misses when it arrives (a verdict, good or
bad, comes later and changes nothing of that), so does the patient's word or a dose staff saw.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.feature import FlagFact
from app.core.severity import Severity
from app.medication.flag_kinds import FLAGS, MISSED_IN_ROW, SEVERE_SIDE_EFFECT, SOURCE
from app.medication.models import Dose, Expectation, Treatment
from app.medication.rates import missed, nothing_came
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
    for row in await session.execute(_severe(patient_ids)):
        fact = FlagFact(row.patient_id, SEVERE_SIDE_EFFECT.code, Severity.SEVERE, row.id, None)
        facts.append(fact)
    return facts


def _severity(in_row: int) -> Severity:
    return Severity.DANGER if in_row >= LONG_STREAK else Severity.WARNING


def _streaks(patient_ids: Collection[UUID], at: datetime) -> Select[UUID, UUID, int]:
    """Count the misses of running treatments since the newest dose of which anything came.

    Walked from the newest day back, so that a long course costs no more than its streak.
    """
    newest = (at + timedelta(days=1)).date()  # no zone is further ahead
    kept = aliased(Dose)
    last = (
        select(kept.due_on, kept.due_at)
        .where(
            kept.treatment_id == Treatment.id,
            kept.expectation == Expectation.EXPECTED,
            kept.opens_at <= at,
            kept.due_on <= newest,
            ~nothing_came(kept),
        )
        .order_by(kept.due_on.desc(), kept.due_at.desc())
        .limit(1)
        .lateral("last_kept")
    )
    since = or_(
        last.c.due_at.is_(None), and_(Dose.due_on >= last.c.due_on, Dose.due_at > last.c.due_at)
    )
    in_row = (
        select(func.count())
        .select_from(Dose)
        .where(Dose.treatment_id == Treatment.id, Dose.due_on <= newest, missed(at), since)
        .scalar_subquery()
    )
    return (
        select(Treatment.patient_id, Treatment.id, in_row.label("in_row"))
        .outerjoin(last, true())
        .where(Treatment.patient_id.in_(patient_ids), Treatment.stopped_on.is_(None))
    )


def _severe(patient_ids: Collection[UUID]) -> Select[UUID, UUID]:
    """Select running treatments of which a dose waits for a doctor to say that it may go on."""
    waiting = exists().where(Dose.treatment_id == Treatment.id, Dose.severe_at.is_not(None))
    return select(Treatment.patient_id, Treatment.id).where(
        Treatment.patient_id.in_(patient_ids), Treatment.stopped_on.is_(None), waiting
    )
