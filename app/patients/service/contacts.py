"""Write down how staff reached a patient: append-only, once per form."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.ids import uuid7
from app.core.problems import Invalid
from app.patients.audit import LOG_CONTACT
from app.patients.models import ContactKind, ContactLog, Patient


class NoteEmpty(Invalid):
    type, title, status = "note-empty", "请写下备注的内容。", 422


async def log_contact(
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    kind: ContactKind,
    note: str | None,
    key: str,
) -> UUID:
    """Write it once: the same key of the same person again changes nothing."""
    if kind is ContactKind.NOTE and not note:
        raise NoteEmpty
    line = {
        "id": uuid7(),
        "created_at": clock.now(),
        "patient_id": patient.id,
        "staff_id": actor.account_id,
        "kind": kind,
        "note": note,
        "client_key": key,
    }
    written: UUID | None = await session.scalar(
        insert(ContactLog)
        .values(line)
        .on_conflict_do_nothing(index_elements=["staff_id", "client_key"])
        .returning(ContactLog.id)
    )
    if written is None:
        same = ContactLog.staff_id == actor.account_id, ContactLog.client_key == key
        earlier: UUID = (await session.scalars(select(ContactLog.id).where(*same))).one()
        return earlier
    detail = {"kind": kind.value}
    audit.record(
        session, actor, LOG_CONTACT, patient_id=patient.id, subject_id=written, detail=detail
    )
    return written
