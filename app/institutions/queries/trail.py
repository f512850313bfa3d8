"""The audit trail of a subtree: what its staff did, newest first."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.accounts.models import AuditEvent
from app.core.pagination import Key, Slice, decode, paginate_as
from app.institutions.models import StaffMember
from app.institutions.reach import subtree

# So many people are read one by one through the index of actors. Of more, most of the newest
# rows of the whole trail are theirs, and the index of times is the shorter way.
FEW = 200


class AuditRow(NamedTuple):
    id: UUID
    created_at: datetime
    actor_id: UUID
    actor_name: str
    action: str
    patient_id: UUID | None
    subject_id: UUID | None
    request_id: UUID | None
    detail: dict[str, Any] | None


async def list_audit(
    session: AsyncSession, actor: StaffActor, actor_id: UUID | None, cursor: str | None, limit: int
) -> Slice[AuditRow]:
    """Who did what, of the staff in the operator's subtree; never what the record says."""
    within: ColumnElement[bool] = StaffMember.institution_id.in_(subtree(actor.account_id))
    if actor_id is not None:
        within = and_(within, StaffMember.id == actor_id)
    some = select(StaffMember.id).where(within).limit(FEW + 1).subquery()
    if (await session.scalars(select(func.count()).select_from(some))).one() > FEW:
        return await _page(session, _rows(AuditEvent).where(within), AuditEvent, cursor, limit)
    newest = _newest_of_each(cursor, limit)
    statement = _rows(newest).where(within)
    return await _page(session, statement, newest, cursor, limit)


async def list_audit_of_patient(
    session: AsyncSession, actor: StaffActor, patient_id: UUID, cursor: str | None, limit: int
) -> Slice[AuditRow]:
    """Of one patient, whose team the caller has found in the operator's subtree."""
    within = StaffMember.institution_id.in_(subtree(actor.account_id))
    statement = _rows(AuditEvent).where(within, AuditEvent.patient_id == patient_id)
    return await _page(session, statement, AuditEvent, cursor, limit)


def _newest_of_each(cursor: str | None, limit: int) -> type[AuditEvent]:
    """Take a page of each person's rows; the page of all is among them."""
    own = select(AuditEvent).where(AuditEvent.actor_id == StaffMember.id)
    if cursor:
        place = tuple_(AuditEvent.created_at, AuditEvent.id)
        own = own.where(place < tuple_(*decode(cursor, datetime)))
    newest = own.order_by(AuditEvent.created_at.desc(), AuditEvent.id.desc()).limit(limit + 1)
    return aliased(AuditEvent, newest.correlate(StaffMember).lateral("newest"))


def _rows(event: type[AuditEvent]) -> Select[*tuple[Any, ...]]:
    is_by: ColumnElement[bool] = StaffMember.id == event.actor_id
    return (
        select(
            event.id,
            event.created_at,
            event.actor_id,
            StaffMember.name.label("actor_name"),
            event.action,
            event.patient_id,
            event.subject_id,
            event.request_id,
            event.detail,
        )
        .select_from(StaffMember)
        .join(event, is_by)
    )


async def _page(
    session: AsyncSession,
    statement: Select[*tuple[Any, ...]],
    event: type[AuditEvent],
    cursor: str | None,
    limit: int,
) -> Slice[AuditRow]:
    key = Key(event.created_at, event.id)
    return await paginate_as(AuditRow, session, statement, key, cursor, limit)
