"""Reads of plans."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

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


async def holds_of(session: AsyncSession, treatment_id: UUID) -> Sequence[DoseHold]:
    result = await session.scalars(
        select(DoseHold).where(DoseHold.treatment_id == treatment_id).order_by(DoseHold.from_on)
    )
    return result.all()


async def treatments_to_lay(session: AsyncSession, before: date, limit: int) -> Sequence[Treatment]:
    """List running treatments whose laid-out doses end before this day; skips held rows."""
    result = await session.scalars(
        for_update(
            with_plan()
            .where(Treatment.stopped_on.is_(None), Treatment.laid_until < before)
            .order_by(Treatment.laid_until)
            .limit(limit),
            skip_locked=True,
            of=[Treatment],
        )
    )
    return result.all()
