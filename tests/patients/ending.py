"""A record that staff close, for the tests of several domains."""

from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core import clock
from app.features import FEATURES
from app.patients.models import Patient, RecordClosing, RecordEnd
from app.patients.service import closing, reopening


async def end_record(
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    reason: RecordEnd = RecordEnd.DIED,
    on: date | None = None,
    **changes: Any,
) -> RecordClosing:
    ending = closing.Ending(reason, on or clock.today_in(patient.zone), **changes)
    made = await closing.close_record(
        session, FEATURES, actor, patient, ending, version=patient.version
    )
    await session.flush()
    return made


async def take_back(
    session: AsyncSession, actor: StaffActor, patient: Patient, why: str = "记错了人"
) -> None:
    await reopening.take_back(session, actor, patient, why, version=patient.version)
    await session.flush()
