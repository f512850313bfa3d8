"""A patient's own copy of the alerts about them, with everything that was done."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import select

from app.alerts.models import Alert, AlertEvent
from app.core.export import Listing

# How it is recognised, and when it would have been told further: of no use to the patient.
INTERNAL = {"episode", "escalate_from", "escalation_step", "escalate_at"}


def all_of(patient_id: UUID) -> dict[str, Listing]:
    own = Alert.patient_id == patient_id
    columns = [c for c in Alert.__table__.c if c.name not in INTERNAL]
    events = select(AlertEvent.__table__).join(Alert, Alert.id == AlertEvent.alert_id).where(own)
    return {
        "alert": Listing(select(*columns).where(own), (Alert.created_at, Alert.id), _shown),
        "alert_event": Listing(events, (AlertEvent.created_at, AlertEvent.id), _shown),
    }


def _shown(row: Mapping[str, Any]) -> Any:
    return to_jsonable_python(dict(row))
