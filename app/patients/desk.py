"""Patients' line on the desk: records whose phone is still not bound."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.hot import hot
from app.core.pages import MOST_COUNTED, DeskLine
from app.core.severity import Severity
from app.institutions.reach import Reader, clinic_today
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


class _Unbound(NamedTuple):
    waiting: int
    oldest_at: datetime | None


@hot(_Unbound)
def _unbound(
    supervises: bool, /, *, staff_id: UUID, on: date, at: datetime
) -> Select[int, datetime | None]:
    """Count to a hundred, from the oldest."""
    some = (
        select(Patient.created_at)
        .where(within_reach(Reader(staff_id, supervises, on)), unbound_too_long(at))
        .order_by(Patient.created_at)
        .limit(MOST_COUNTED)
        .subquery()
    )
    oldest_at = func.min(some.c.created_at).label("oldest_at")
    return select(func.count().label("waiting"), oldest_at).select_from(some)


async def lines(session: AsyncSession, actor: StaffActor, at: datetime) -> list[DeskLine]:
    unbound = await _unbound.one(
        session, actor.supervises, staff_id=actor.account_id, on=clinic_today(), at=at
    )
    return [
        DeskLine(
            "建档两天还没绑定手机的患者",
            unbound.waiting,
            "/staff/patients?show=unbound",
            Severity.NOTICE,
            unbound.oldest_at,
        )
    ]
