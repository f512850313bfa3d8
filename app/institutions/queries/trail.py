"""The audit trail of a subtree: what its staff did, newest first."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.audit import NOBODY
from app.accounts.models import ActorKind, AuditEvent
from app.core.pagination import Key, Slice, decode, paginate_as
from app.institutions.models import StaffMember
from app.institutions.reach import subtree

# So many people are read one by one through the index of actors. Of more, most of the newest
# rows of the whole trail are theirs, and the index of times is the shorter way.
FEW = 200
EVENTS = AuditEvent.__table__
SYSTEM = "系统"  # who did what a job does on nobody's behalf


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
    """Who did what, of the staff in the operator's subtree; never what the record says.

    What the system did on nobody's behalf, about no patient, everybody sees.
    """
    people = _people(actor, actor_id)
    some = select(people.c.id).limit(FEW + 1).subquery()
    many = (await session.scalars(select(func.count()).select_from(some))).one() > FEW
    event = EVENTS if many else _newest_of_each(people, cursor, limit)
    return await _page(session, _rows(people, event), event, cursor, limit)


async def list_audit_of_patient(
    session: AsyncSession, actor: StaffActor, patient_id: UUID, cursor: str | None, limit: int
) -> Slice[AuditRow]:
    """Of one patient, whose team the caller has found in the operator's subtree."""
    statement = _rows(_people(actor, None), EVENTS).where(EVENTS.c.patient_id == patient_id)
    return await _page(session, statement, EVENTS, cursor, limit)


def _people(actor: StaffActor, actor_id: UUID | None) -> CTE:
    """Whose acts are shown, and their names."""
    staff = select(StaffMember.id, StaffMember.name).where(
        StaffMember.institution_id.in_(subtree(actor.account_id))
    )
    system = select(literal(NOBODY).label("id"), literal(SYSTEM).label("name"))
    people = union_all(staff, system).subquery()
    shown = select(people.c.id, people.c.name)
    if actor_id is not None:
        shown = shown.where(people.c.id == actor_id)
    return shown.cte("people")


def _is_shown(event: FromClause, people: CTE) -> ColumnElement[bool]:
    about_no_patient = or_(event.c.actor_kind != ActorKind.SYSTEM, event.c.patient_id.is_(None))
    return and_(event.c.actor_id == people.c.id, about_no_patient)


def _newest_of_each(people: CTE, cursor: str | None, limit: int) -> FromClause:
    """Take a page of each person's rows; the page of all is among them."""
    at, row_id = EVENTS.c.created_at, EVENTS.c.id
    own = select(EVENTS).where(_is_shown(EVENTS, people))
    if cursor:
        own = own.where(tuple_(at, row_id) < tuple_(*decode(cursor, datetime)))
    newest = own.order_by(at.desc(), row_id.desc()).limit(limit + 1)
    return newest.correlate(people).lateral("newest")


def _rows(people: CTE, event: FromClause) -> Select[*tuple[Any, ...]]:
    return (
        select(
            event.c.id,
            event.c.created_at,
            event.c.actor_id,
            people.c.name.label("actor_name"),
            event.c.action,
            event.c.patient_id,
            event.c.subject_id,
            event.c.request_id,
            event.c.detail,
        )
        .select_from(people)
        .join(event, _is_shown(event, people))
    )


async def _page(
    session: AsyncSession,
    statement: Select[*tuple[Any, ...]],
    event: FromClause,
    cursor: str | None,
    limit: int,
) -> Slice[AuditRow]:
    key = Key(event.c.created_at, event.c.id)
    return await paginate_as(AuditRow, session, statement, key, cursor, limit)
