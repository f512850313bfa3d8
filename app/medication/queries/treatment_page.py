"""Reads of one treatment's page: its holds and what was changed, in one statement."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.json_rows import json_rows, typed
from app.core.statements import columns_of
from app.medication.models import DoseHold, Treatment, TreatmentChange
from app.medication.queries.history import change_rows
from app.medication.queries.treatments import made_together
from app.medication.running import running
from app.medication.schemas.patient_page import ChangeLine, HoldLine, HoldOfSeveral


class TreatmentPage(NamedTuple):
    holds: list[HoldOfSeveral]
    changes: list[ChangeLine]


async def treatment_page(session: AsyncSession, treatment_id: UUID) -> TreatmentPage:
    holds = (
        select(*columns_of(DoseHold, HoldLine.model_fields), _others().label("others"))
        .where(DoseHold.treatment_id == treatment_id)
        .order_by(DoseHold.from_on.desc())
        .limit(100)
    )
    changes = change_rows().where(Treatment.id == treatment_id)
    result = await session.execute(select(json_rows(holds), json_rows(changes)))
    held, changed = result.one()
    return TreatmentPage(typed(HoldOfSeveral, held), typed(ChangeLine, changed))


def _others() -> ScalarSelect[int]:
    """Count the other treatments that run and were held by the act that made a hold."""
    alike, other, own = aliased(DoseHold), aliased(Treatment), aliased(Treatment)
    return (
        select(func.count())
        .select_from(alike)
        .join(other, other.id == alike.treatment_id)
        .join(own, own.patient_id == other.patient_id)
        .where(
            made_together(alike, DoseHold),
            own.id == DoseHold.treatment_id,
            running(clock.now(), other),
        )
        .correlate(DoseHold)
        .scalar_subquery()
    )


async def changes_since(
    session: AsyncSession, treatment_id: UUID, version: int
) -> list[ChangeLine]:
    """List what was changed after the plan had this version, newest first."""
    changes = change_rows().where(Treatment.id == treatment_id, TreatmentChange.version > version)
    result = await session.execute(select(json_rows(changes)))
    return typed(ChangeLine, result.scalar_one())
