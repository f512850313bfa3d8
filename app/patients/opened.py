"""Opening a record: the one thing that every page of a patient does before it shows anything."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.patients.audit import READ_RECORD
from app.patients.models import Patient


async def open_page(
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    tab: str,
    subject_id: UUID | None = None,
) -> dict[str, Any]:
    """Note that the record was read; give `patients/frame.html` its context.

    `tab` is the key of a tab that the page stands under; `subject_id` names what was looked at.
    """
    audit.record(session, actor, READ_RECORD, patient_id=patient.id, subject_id=subject_id)
    return {"patient": patient, "tab": tab}
