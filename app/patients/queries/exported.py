"""What patients keep of a person beside the record itself, for them to take along.

Of a contact the kind and the day are given, not the note: it may hold what a neighbour or a
relative said, and the words of staff to each other (Personal Information Protection Law, art. 45,
gives a person what is theirs, not what is others').
"""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.filters import CLINIC_ZONE
from app.patients.models import ContactLog, PatientFlag


async def all_of(session: AsyncSession, patient_id: UUID) -> dict[str, Any]:
    return {
        "contacts": await _contacts(session, patient_id),
        "flags": await _flags(session, patient_id),
    }


def _day(at: datetime) -> str:
    return at.astimezone(ZoneInfo(CLINIC_ZONE)).date().isoformat()


async def _contacts(session: AsyncSession, patient_id: UUID) -> list[dict[str, str]]:
    result = await session.execute(
        select(ContactLog.kind, ContactLog.created_at)
        .where(ContactLog.patient_id == patient_id)
        .order_by(ContactLog.created_at, ContactLog.id)
    )
    return [{"kind": row.kind.value, "on": _day(row.created_at)} for row in result]


async def _flags(session: AsyncSession, patient_id: UUID) -> list[dict[str, Any]]:
    result = await session.scalars(
        select(PatientFlag)
        .where(PatientFlag.patient_id == patient_id)
        .order_by(PatientFlag.since, PatientFlag.id)
    )
    return [
        {
            "code": flag.code,
            "severity": flag.severity.value,
            "count": flag.count,
            "since": flag.since.isoformat(),
            "until": flag.until.isoformat() if flag.until else None,
        }
        for flag in result
    ]
