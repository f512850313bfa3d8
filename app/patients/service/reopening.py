"""A record that its holder closed is open again: a phone acts for it."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.events import publish
from app.patients.models import Patient

REOPENED = "patients.reopened"


async def reopen(session: AsyncSession, patient: Patient) -> None:
    """Of a (locked) record that is not closed, nothing."""
    if patient.closed_at is None:
        return
    patient.closed_at = None
    await publish(session, REOPENED, patient_id=patient.id)
