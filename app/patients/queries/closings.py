"""Reads of closings by staff: the one that stands, the lines of a page, what was wrong."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.db import for_update
from app.institutions.models import StaffMember, Title
from app.patients.models import Patient, RecordClosing


class ClosingLine(NamedTuple):
    """One closing as a page shows it."""

    closing: RecordClosing
    staff_name: str
    staff_title: Title
    taken_back_by: str | None


class WrongSpan(NamedTuple):
    """What a closing that was taken back had let go: from this day until that moment."""

    closed_on: date
    closed_at: datetime


async def standing_of(
    session: AsyncSession, patient_id: UUID, *, lock: bool = False
) -> RecordClosing | None:
    """Read the closing by which staff closed the record, while that stands."""
    statement = (
        select(RecordClosing)
        .join(Patient, Patient.id == RecordClosing.patient_id)
        .where(
            RecordClosing.patient_id == patient_id,
            RecordClosing.taken_back_at.is_(None),
            Patient.closed_why.is_not(None),
        )
        .order_by(RecordClosing.created_at.desc(), RecordClosing.id.desc())
        .limit(1)
    )
    if lock:
        statement = for_update(statement, of=[RecordClosing])
    return await session.scalar(statement)


async def closings_of(session: AsyncSession, patient_id: UUID) -> Sequence[ClosingLine]:
    """List them, newest first."""
    other = aliased(StaffMember)
    result = await session.execute(
        select(RecordClosing, StaffMember.name, StaffMember.title, other.name)
        .join(StaffMember, StaffMember.id == RecordClosing.staff_id)
        .outerjoin(other, other.id == RecordClosing.taken_back_by)
        .where(RecordClosing.patient_id == patient_id)
        .order_by(RecordClosing.created_at.desc(), RecordClosing.id.desc())
        .limit(50)
    )
    return [ClosingLine(*row) for row in result]


async def wrong_spans(session: AsyncSession, patient_id: UUID) -> Sequence[WrongSpan]:
    """List what was asked for before a closing that a person took back as wrong."""
    result = await session.execute(
        select(RecordClosing.closed_on, RecordClosing.created_at).where(
            RecordClosing.patient_id == patient_id, RecordClosing.taken_back_by.is_not(None)
        )
    )
    return [WrongSpan(*row) for row in result]
