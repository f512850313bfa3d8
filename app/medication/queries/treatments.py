"""Reads of plans."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from app.core.db import for_update
from app.medication.models import (
    DoseHold,
    Treatment,
    TreatmentPhase,
)
from app.patients.models import Patient


def with_plan() -> Select[Treatment]:
    return select(Treatment).options(
        selectinload(Treatment.phases).selectinload(TreatmentPhase.drugs)
    )


def plan_and_patient() -> Select[Treatment, Patient]:
    """One statement for one plan with phases and drugs; its rows want `unique()`."""
    return (
        select(Treatment, Patient)
        .join(Patient, Patient.id == Treatment.patient_id)
        .options(joinedload(Treatment.phases).joinedload(TreatmentPhase.drugs))
    )


async def get_plan(session: AsyncSession, treatment_id: UUID) -> tuple[Treatment, Patient]:
    result = await session.execute(plan_and_patient().where(Treatment.id == treatment_id))
    return result.unique().one()


async def lock_plan(session: AsyncSession, treatment_id: UUID) -> Treatment:
    """Lock a treatment and read its whole plan as it is now, loaded before or not."""
    result = await session.scalars(
        for_update(with_plan().where(Treatment.id == treatment_id), of=[Treatment])
    )
    return result.one()


def covers(day: ColumnElement[date] | InstrumentedAttribute[date]) -> ColumnElement[bool]:
    """As DoseHold.covers says it."""
    return and_(DoseHold.from_on <= day, or_(DoseHold.to_on.is_(None), DoseHold.to_on >= day))


def made_together(one: type[DoseHold], other: type[DoseHold]) -> ColumnElement[bool]:
    """Say of two holds that one act made them, of several treatments, and both stand as it did.

    Of those that wait for a clinician none was made so.
    """
    same = (getattr(one, n) == getattr(other, n) for n in ("from_on", "to_on", "reason", "held_by"))
    return and_(one.id != other.id, *same)


async def holds_of_each(
    session: AsyncSession, treatment_ids: Sequence[UUID]
) -> dict[UUID, list[DoseHold]]:
    result = await session.scalars(
        select(DoseHold).where(DoseHold.treatment_id.in_(treatment_ids)).order_by(DoseHold.from_on)
    )
    holds: dict[UUID, list[DoseHold]] = {treatment_id: [] for treatment_id in treatment_ids}
    for hold in result:
        holds[hold.treatment_id].append(hold)
    return holds


async def holds_of(session: AsyncSession, treatment_id: UUID) -> Sequence[DoseHold]:
    result = await session.scalars(
        select(DoseHold).where(DoseHold.treatment_id == treatment_id).order_by(DoseHold.from_on)
    )
    return result.all()


class ToLay(NamedTuple):
    laid_until: date
    treatment_id: UUID


def _runs_short(before: date) -> ColumnElement[bool]:
    """Of closed records nothing is laid out: `service/closing.py`."""
    closed = exists().where(Patient.id == Treatment.patient_id, Patient.closed_at.is_not(None))
    return Treatment.stopped_on.is_(None) & (Treatment.laid_until < before) & ~closed


async def treatments_to_lay(
    session: AsyncSession, before: date, last: ToLay | None, limit: int
) -> Sequence[ToLay]:
    """List running treatments whose laid-out doses end before this day."""
    place = (Treatment.laid_until, Treatment.id)
    statement = select(*place).where(_runs_short(before)).order_by(*place).limit(limit)
    if last is not None:
        statement = statement.where(tuple_(*place) > tuple(last))
    return [ToLay(*row) for row in await session.execute(statement)]


async def lock_to_lay(
    session: AsyncSession, treatment_ids: Sequence[UUID], before: date
) -> Sequence[Treatment]:
    """Lock those that still run short, with their plans; skips what is in another's hands."""
    result = await session.scalars(
        for_update(
            with_plan()
            .where(Treatment.id.in_(treatment_ids), _runs_short(before))
            .order_by(Treatment.id),
            skip_locked=True,
            of=[Treatment],
        )
    )
    return result.all()
