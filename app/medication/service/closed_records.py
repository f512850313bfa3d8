"""What a closed record takes, and what it does not: the one place that says it.

Nobody asks a closed record for its pills. So all that would lay a dose, or let one stand again, is
refused until the record is open: to start, edit or hold a treatment, to end a hold, to move a
dose, to correct an end to a later day or to none. What was seen or said is a fact all the same:
films are read, staff enter and correct what they saw, a severe answer is decided, a treatment gets
its end and its outcome. Of none of that comes a dose that is due from the closing on.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.medication.models import Dose
from app.medication.running import dose_day_in
from app.patients.models import Patient, RecordClosing
from app.patients.problems import RecordIsClosed


async def is_closed(session: AsyncSession, patient_id: UUID) -> bool:
    """Read it as it is now. A closing locks the treatments first: who holds one, asks for sure."""
    closed_at = select(Patient.closed_at).where(Patient.id == patient_id)
    return await session.scalar(closed_at) is not None


async def refuse_closed(session: AsyncSession, patient_id: UUID) -> None:
    if await is_closed(session, patient_id):
        raise RecordIsClosed


def after_closing() -> ColumnElement[bool]:
    """Say of a dose that it is due on the day from which its record is closed, or later.

    That day is named by who closes a record for the team; a holder leaves on the day itself.
    """
    named = (
        select(RecordClosing.closed_on)
        .where(
            RecordClosing.patient_id == Patient.id,
            RecordClosing.taken_back_at.is_(None),
            Patient.closed_why.is_not(None),
        )
        .order_by(RecordClosing.created_at.desc(), RecordClosing.id.desc())
        .limit(1)
        .correlate(Patient)
        .scalar_subquery()
    )
    first = func.coalesce(named, dose_day_in(Patient.closed_at.expression, Patient.zone.expression))
    return exists().where(
        Patient.id == Dose.patient_id, Patient.closed_at.is_not(None), Dose.due_on >= first
    )
