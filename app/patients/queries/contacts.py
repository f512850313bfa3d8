"""Reads of the contact log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import opened
from app.core.pagination import Key, paginate
from app.institutions.models import StaffMember, Title
from app.patients.models import ContactKind, ContactLog


class ContactLine(NamedTuple):
    at: datetime
    kind: ContactKind
    note: Annotated[str, opened(ContactLog.note)] | None
    staff_name: str
    staff_title: Title


class Contacts(NamedTuple):
    lines: Sequence[ContactLine]
    next_cursor: str | None


def _contacts_of(
    patient_id: UUID,
) -> Select[datetime, ContactKind, str | None, str, Title, UUID]:
    return (
        select(
            ContactLog.created_at,
            ContactLog.kind,
            ContactLog.note,
            StaffMember.name,
            StaffMember.title,
            ContactLog.id,
        )
        .join(StaffMember, StaffMember.id == ContactLog.staff_id)
        .where(ContactLog.patient_id == patient_id)
    )


def newest_contacts(patient_id: UUID, most: int) -> Select[*tuple[Any, ...]]:
    """Select ContactLines, to be read as JSON: `typed` opens their notes."""
    return (
        _contacts_of(patient_id)
        .with_only_columns(
            ContactLog.created_at.label("at"),
            ContactLog.kind,
            ContactLog.note,
            StaffMember.name.label("staff_name"),
            StaffMember.title.label("staff_title"),
            maintain_column_froms=True,
        )
        .order_by(ContactLog.created_at.desc(), ContactLog.id.desc())
        .limit(most)
    )


async def list_contacts(
    session: AsyncSession, patient_id: UUID, cursor: str | None, limit: int
) -> Contacts:
    """Newest first."""
    key = Key(ContactLog.created_at, ContactLog.id)
    page = await paginate(session, _contacts_of(patient_id), key, cursor, limit)
    return Contacts([ContactLine(*row[:5]) for row in page.rows], page.next_cursor)
