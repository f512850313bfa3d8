"""Put a line into inboxes, once for each person, and note what was read."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.feature import NoticeKind
from app.core.ids import uuid7
from app.core.refs import Ref
from app.core.stream import tell
from app.notifications.models import Notice
from app.patients.models import Patient

CHANGED = "notices.changed"


async def notify_staff(
    session: AsyncSession,
    staff_ids: Collection[UUID],
    kind: NoticeKind,
    *,
    key: str,
    subject: Ref | None = None,
    href: str | None = None,
) -> None:
    """Tell these members of staff; who was told under this key before is not told again."""
    own = _columns(kind, key, subject) | {"href": href}
    await _insert(session, [own | {"staff_id": i, "patient_id": None} for i in set(staff_ids)])
    await tell(session, [f"staff:{staff_id}" for staff_id in staff_ids], CHANGED)


async def notify_patients(
    session: AsyncSession,
    subjects: Collection[tuple[UUID, str, Ref | None]],
    kind: NoticeKind,
) -> None:
    """Tell several patients the same kind of news: (patient id, key, subject) each.

    Not those whose record is closed: its inbox was emptied, and nobody opens it.
    """
    ids = [patient_id for patient_id, _, _ in subjects]
    reached = await session.scalars(
        select(Patient.id).where(Patient.id.in_(ids), Patient.closed_at.is_(None))
    )
    still_open = set(reached)
    rows = [
        _columns(kind, key, subject) | {"staff_id": None, "patient_id": patient_id, "href": None}
        for patient_id, key, subject in subjects
        if patient_id in still_open
    ]
    await _insert(session, rows)


async def notify_patient(
    session: AsyncSession,
    patient_id: UUID,
    kind: NoticeKind,
    *,
    key: str,
    subject: Ref | None = None,
) -> None:
    """Tell one patient; told under this key before, they are not told again."""
    await notify_patients(session, [(patient_id, key, subject)], kind)


def _columns(kind: NoticeKind, key: str, subject: Ref | None) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "created_at": clock.now(),
        "kind": kind.code,
        "key": key,
        "subject_feature": subject.feature if subject else None,
        "subject_kind": subject.kind if subject else None,
        "subject_id": subject.id if subject else None,
    }


async def _insert(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    if rows:
        each = [row | {"id": uuid7()} for row in rows]
        await session.execute(insert(Notice).values(each).on_conflict_do_nothing())


async def read_until(session: AsyncSession, own: ColumnElement[bool], notice: Notice) -> None:
    """Note as read this line and every older one of the same inbox."""
    place = tuple_(Notice.created_at, Notice.id)
    await session.execute(
        update(Notice)
        .where(own, Notice.read_at.is_(None), place <= (notice.created_at, notice.id))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


async def forget_inbox(session: AsyncSession, patient_id: UUID) -> None:
    """Empty the inbox of a closed account."""
    await session.execute(delete(Notice).where(Notice.patient_id == patient_id))


async def join_inboxes(session: AsyncSession, from_id: UUID, into_id: UUID) -> None:
    """Two records become one: its inbox holds the lines of both, the same news once."""
    existing_keys = select(Notice.key).where(Notice.patient_id == into_id)
    await session.execute(
        delete(Notice).where(Notice.patient_id == from_id, Notice.key.in_(existing_keys))
    )
    await session.execute(
        update(Notice).where(Notice.patient_id == from_id).values(patient_id=into_id)
    )
