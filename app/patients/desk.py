"""Patients' line on the desk: records whose phone is still not bound."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.pages import MOST_COUNTED, DeskLine
from app.core.severity import Severity
from app.patients.models import Patient
from app.patients.reach import has_phone, within_reach

# A patient is asked to bind on the day of the record; after two days somebody should call.
UNBOUND_FOR = timedelta(days=2)


def unbound_too_long(at: datetime) -> ColumnElement[bool]:
    """Select records in care, older than UNBOUND_FOR, without a phone."""
    return and_(
        ~has_phone(),
        Patient.closed_at.is_(None),
        Patient.created_at <= at - UNBOUND_FOR,
    )


async def lines(session: AsyncSession, actor: StaffActor, at: datetime) -> list[DeskLine]:
    """One statement; the oldest of at most a hundred."""
    some = (
        select(Patient.created_at)
        .where(within_reach(actor), unbound_too_long(at))
        .order_by(Patient.created_at)
        .limit(MOST_COUNTED)
        .subquery()
    )
    result = await session.execute(select(func.count(), func.min(some.c.created_at)))
    count, oldest_at = result.one()
    return [
        DeskLine(
            "建档两天还没绑定手机的患者",
            count,
            "/staff/patients?show=unbound",
            Severity.NOTICE,
            oldest_at,
        )
    ]
