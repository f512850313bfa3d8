"""What patients put on a patient's page: the last contacts, and a quick way to note one."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.pages import Section
from app.patients.models import Patient
from app.patients.queries.contacts import newest_contacts

SHOWN = 3


async def sections(
    session: AsyncSession,
    actor: StaffActor,  # noqa: ARG001 every feature's sections are asked alike
    patient: Patient,
    at: datetime,  # noqa: ARG001
) -> list[Section]:
    contacts = await newest_contacts(session, patient.id, SHOWN)
    context = {"patient": patient, "contacts": contacts}
    return [Section("patients/_contacts_section.html", context)]
