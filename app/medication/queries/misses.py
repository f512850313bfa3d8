"""Misses counted in SQL: those in a row since the newest dose that was kept, and all of a course.

`rules.state_of` says of one dose whether it is missed, `rates.missed` says the same in SQL; a test
holds the two equal over all facts that a dose can have.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import LateralFromClause

from app.core.statements import typed_rows
from app.medication.models import Dose, Treatment
from app.medication.rates import came, counts, missed
from app.medication.running import running


class Misses(NamedTuple):
    """Of a running treatment: the newest misses in a row, the oldest of them, and all."""

    treatment_id: UUID
    patient_id: UUID
    in_row: int
    first_id: UUID | None
    in_all: int


def _newest(at: datetime) -> Any:
    """Bound the walk through the index: no zone is further ahead."""
    return (at + timedelta(days=1)).date()


def last_kept(at: datetime, begun: Any) -> LateralFromClause:
    """Find the newest dose of `Treatment` of which anything came; `begun` is a column of Dose.

    Walked from the newest day back, so that a long course costs no more than its streak. Doses
    that are held, moved or cancelled do not count either way unless they were taken, nor does one
    whose film is announced and may still arrive.
    """
    kept = aliased(Dose)
    return (
        select(kept.due_on, kept.due_at)
        .where(
            kept.treatment_id == Treatment.id,
            counts(kept),
            getattr(kept, begun.key) <= at,
            kept.due_on <= _newest(at),
            came(kept),
        )
        .order_by(kept.due_on.desc(), kept.due_at.desc())
        .limit(1)
        .lateral("last_kept")
    )


def missed_since(last: LateralFromClause, at: datetime) -> ColumnElement[bool]:
    """Select doses of `Treatment` that are missed and newer than the last one kept."""
    newer = and_(Dose.due_on >= last.c.due_on, Dose.due_at > last.c.due_at)
    return and_(
        Dose.treatment_id == Treatment.id,
        Dose.due_on <= _newest(at),
        missed(at),
        or_(last.c.due_at.is_(None), newer),
    )


def _misses(treatment_ids: Collection[UUID], at: datetime) -> Select[*tuple[Any, ...]]:
    last = last_kept(at, Dose.closes_at)
    oldest_first = aggregate_order_by(Dose.id, Dose.due_on, Dose.due_at)
    row = (
        select(func.count().label("in_row"), func.array_agg(oldest_first)[1].label("first_id"))
        .where(missed_since(last, at))
        .lateral("streak")
    )
    course = (
        select(func.count().label("in_all"))
        .where(Dose.treatment_id == Treatment.id, missed(at))
        .lateral("course")
    )
    return (
        select(
            Treatment.id.label("treatment_id"),
            Treatment.patient_id,
            row.c.in_row,
            row.c.first_id,
            course.c.in_all,
        )
        .select_from(Treatment)
        .outerjoin(last, true())
        .join(row, true())
        .join(course, true())
        .where(Treatment.id.in_(treatment_ids), running(at))
        .order_by(Treatment.id)
    )


async def misses_of(
    session: AsyncSession, treatment_ids: Collection[UUID], at: datetime
) -> list[Misses]:
    """Count those of running treatments, in the order of their ids; one statement."""
    return typed_rows(Misses, await session.execute(_misses(treatment_ids, at)))
