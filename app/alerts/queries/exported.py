"""A patient's own copy of the alerts about them, with everything that was done."""

from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert, AlertEvent

# How it is recognised, and when it would have been told further: of no use to the patient.
INTERNAL = {"episode", "escalate_from", "escalation_step", "escalate_at"}


async def all_of(session: AsyncSession, patient_id: UUID) -> dict[str, Any]:
    own = Alert.patient_id == patient_id
    columns = [c for c in Alert.__table__.c if c.name not in INTERNAL]
    alerts = await session.execute(select(*columns).where(own).order_by(Alert.created_at, Alert.id))
    events = await session.execute(
        select(AlertEvent.__table__)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .where(own)
        .order_by(AlertEvent.created_at, AlertEvent.id)
    )
    return {
        "alert": [to_jsonable_python(dict(row)) for row in alerts.mappings()],
        "alert_event": [to_jsonable_python(dict(row)) for row in events.mappings()],
    }
