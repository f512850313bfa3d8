"""Whose sections stand on the patient's first page, and in which order."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts import patient_page as alerts
from app.core.pages import Section
from app.medication import patient_page as medication
from app.patients import patient_page as patients
from app.patients.models import Patient

Sections = Callable[[AsyncSession, StaffActor, Patient, datetime], Awaitable[list[Section]]]
SECTIONS: tuple[Sections, ...] = (alerts.sections, medication.sections, patients.sections)


async def sections_of(
    session: AsyncSession, actor: StaffActor, patient: Patient, at: datetime
) -> list[Section]:
    """One statement a section; features take their turns in the order of SECTIONS."""
    return [s for part in SECTIONS for s in await part(session, actor, patient, at)]
