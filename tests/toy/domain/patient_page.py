"""The toy's part of the patient's first page."""

from datetime import datetime

from app.toy.queries import newest_cups
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.pages import Section
from app.patients.models import Patient


async def sections(
    session: AsyncSession, _: StaffActor, patient: Patient, _at: datetime
) -> list[Section]:
    return [Section("toy/_section.html", {"rows": await newest_cups(session, patient.id)})]
