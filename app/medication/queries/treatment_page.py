"""Reads of one treatment's page: its holds and what was changed, in one statement."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.json_rows import json_rows, typed
from app.medication.models import DoseHold, Treatment, TreatmentChange
from app.medication.queries.history import change_rows
from app.medication.schemas.patient_page import ChangeLine, HoldLine


class TreatmentPage(NamedTuple):
    holds: list[HoldLine]
    changes: list[ChangeLine]


async def treatment_page(session: AsyncSession, treatment_id: UUID) -> TreatmentPage:
    holds = (
        select(DoseHold)
        .where(DoseHold.treatment_id == treatment_id)
        .order_by(DoseHold.from_on.desc())
        .limit(100)
    )
    changes = change_rows().where(Treatment.id == treatment_id)
    result = await session.execute(select(json_rows(holds), json_rows(changes)))
    held, changed = result.one()
    return TreatmentPage(typed(HoldLine, held), typed(ChangeLine, changed))


async def changes_since(
    session: AsyncSession, treatment_id: UUID, version: int
) -> list[ChangeLine]:
    """List what was changed after the plan had this version, newest first."""
    changes = change_rows().where(Treatment.id == treatment_id, TreatmentChange.version > version)
    result = await session.execute(select(json_rows(changes)))
    return typed(ChangeLine, result.scalar_one())
