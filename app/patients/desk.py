"""Patients' part of the desk: records whose phone is still not bound; whom to call."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.assembly import Features
from app.core.hot import hot
from app.core.pages import MOST_COUNTED, DeskLine
from app.core.severity import Severity
from app.institutions.reach import Reader, clinic_today
from app.patients.frame import Phone, phones_of
from app.patients.models import Guardian, Patient
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
    first: UUID | None


@hot(_Unbound)
def _unbound(
    supervises: bool, /, *, staff_id: UUID, on: date, at: datetime
) -> Select[int, datetime | None, UUID | None]:
    """Count to a hundred, from the oldest."""
    some = (
        select(Patient.created_at, Patient.id)
        .where(within_reach(Reader(staff_id, supervises, on)), unbound_too_long(at))
        .order_by(Patient.created_at, Patient.id)
        .limit(MOST_COUNTED)
        .cte("some")
    )
    first = select(some.c.id).order_by(some.c.created_at, some.c.id).limit(1).scalar_subquery()
    oldest_at = func.min(some.c.created_at).label("oldest_at")
    waiting = func.count().label("waiting")
    return select(waiting, oldest_at, first.label("first")).select_from(some)


async def lines(
    session: AsyncSession, actor: StaffActor, at: datetime, _: Features
) -> list[DeskLine]:
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
            unbound.first,
            ("绑定码", f"/staff/patients/{unbound.first}/binding"),
        )
    ]


class Who(NamedTuple):
    """A patient whom the desk names, and the telephone that answers; see `frame.Phone`."""

    name: str
    phone: Phone


async def who_of(session: AsyncSession, patient_ids: Collection[UUID]) -> dict[UUID, Who]:
    """One statement; none where nobody is named. Asked for what the reader was found to reach."""
    if not patient_ids:
        return {}
    rows = await session.execute(
        select(Patient, Guardian)
        .outerjoin(Guardian, Guardian.patient_id == Patient.id)
        .where(Patient.id.in_(patient_ids))
    )
    return {
        patient.id: Who(patient.name, phones_of(patient, guardian)[0]) for patient, guardian in rows
    }
