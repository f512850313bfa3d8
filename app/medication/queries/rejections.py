"""Films that were not accepted, in a row since the newest dose that was: counted in SQL.

Of one dose `rules.state_of` says the same; doses of which nothing has been decided, and those that
were missed or held, are passed over. A test holds the two equal.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.statements import typed_rows
from app.medication.models import Dose, Treatment, Verdict
from app.medication.rates import counts, nothing_on_its_way
from app.medication.rules import SEEN_BY_STAFF, SETTLED
from app.medication.running import running

NOT_ACCEPTED = frozenset({Verdict.REJECTED, Verdict.UNVERIFIABLE})


class Rejections(NamedTuple):
    """Of a running treatment: the newest films in a row that were not accepted, and the oldest."""

    treatment_id: UUID
    patient_id: UUID
    in_row: int
    first_id: UUID | None


def _accepted(dose: type[Dose], at: datetime) -> ColumnElement[bool]:
    """Say that it ends a row: seen on film or by staff, or told as taken and not refused since."""
    told = and_(dose.verdict.is_(None), dose.self_reported_taken.is_(True))
    seen = or_(dose.verdict.in_(SETTLED), dose.evidence.in_(SEEN_BY_STAFF))
    return and_(nothing_on_its_way(at, dose), or_(seen, told))


def _not_accepted(dose: type[Dose], at: datetime) -> ColumnElement[bool]:
    return and_(
        counts(dose),
        nothing_on_its_way(at, dose),
        dose.verdict.in_(NOT_ACCEPTED),
        dose.evidence.not_in(SEEN_BY_STAFF),
    )


def _rejections(treatment_ids: Collection[UUID], at: datetime) -> Select[*tuple[Any, ...]]:
    newest_day = (at + timedelta(days=1)).date()  # bounds the walk: no zone is further ahead
    kept = aliased(Dose)
    last = (
        select(kept.due_on, kept.due_at)
        .where(kept.treatment_id == Treatment.id, kept.due_on <= newest_day, _accepted(kept, at))
        .order_by(kept.due_on.desc(), kept.due_at.desc())
        .limit(1)
        .lateral("last_accepted")
    )
    newer = and_(Dose.due_on >= last.c.due_on, Dose.due_at > last.c.due_at)
    oldest_first = aggregate_order_by(Dose.id, Dose.due_on, Dose.due_at)
    row = (
        select(func.count().label("in_row"), func.array_agg(oldest_first)[1].label("first_id"))
        .where(
            Dose.treatment_id == Treatment.id,
            Dose.due_on <= newest_day,
            _not_accepted(Dose, at),
            or_(last.c.due_at.is_(None), newer),
        )
        .lateral("streak")
    )
    return (
        select(Treatment.id.label("treatment_id"), Treatment.patient_id, *row.c)
        .select_from(Treatment)
        .outerjoin(last, true())
        .join(row, true())
        .where(Treatment.id.in_(treatment_ids), running(at))
        .order_by(Treatment.id)
    )


async def rejections_of(
    session: AsyncSession, treatment_ids: Collection[UUID], at: datetime
) -> list[Rejections]:
    """Count those of running treatments, in the order of their ids; one statement."""
    return typed_rows(Rejections, await session.execute(_rejections(treatment_ids, at)))
