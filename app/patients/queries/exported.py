"""What patients keep of a person beside the record itself, for them to take along.

Of a contact the kind and the day are given, not the note: it may hold what a neighbour or a
relative said, and the words of staff to each other (Personal Information Protection Law, art. 45,
gives a person what is theirs, not what is others').
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core.export import Listing
from app.core.filters import CLINIC_ZONE
from app.patients.models import ContactLog, PatientFlag, RecordClosing


def all_of(patient_id: UUID) -> dict[str, Listing]:
    return {
        "contacts": _contacts(patient_id),
        "flags": _flags(patient_id),
        "closings": _closings(patient_id),
    }


def _day(at: datetime) -> str:
    return at.astimezone(ZoneInfo(CLINIC_ZONE)).date().isoformat()


def _contacts(patient_id: UUID) -> Listing:
    return Listing(
        select(ContactLog.kind, ContactLog.created_at, ContactLog.id).where(
            ContactLog.patient_id == patient_id
        ),
        (ContactLog.created_at, ContactLog.id),
        lambda row: {"kind": row["kind"].value, "on": _day(row["created_at"])},
    )


def _closings(patient_id: UUID) -> Listing:
    """With what was taken back of it; the notes are words of staff to each other."""
    return Listing(
        select(
            RecordClosing.reason,
            RecordClosing.closed_on,
            RecordClosing.created_at,
            RecordClosing.taken_back_at,
            RecordClosing.id,
        ).where(RecordClosing.patient_id == patient_id),
        (RecordClosing.created_at, RecordClosing.id),
        lambda row: {
            "reason": row["reason"].value,
            "closed_on": row["closed_on"].isoformat(),
            "on": _day(row["created_at"]),
            "taken_back_on": _day(row["taken_back_at"]) if row["taken_back_at"] else None,
        },
    )


def _flags(patient_id: UUID) -> Listing:
    return Listing(
        select(
            PatientFlag.code,
            PatientFlag.severity,
            PatientFlag.count,
            PatientFlag.since,
            PatientFlag.until,
            PatientFlag.id,
        ).where(PatientFlag.patient_id == patient_id),
        (PatientFlag.since, PatientFlag.id),
        _flag,
    )


def _flag(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "severity": row["severity"].value,
        "count": row["count"],
        "since": row["since"].isoformat(),
        "until": row["until"].isoformat() if row["until"] else None,
    }
