"""Who may confirm a change of access: a second person, independent of who asked."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    Uuid,
    and_,
    any_,
    case,
    cast,
    exists,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.accounts.models import Role, StaffAccount
from app.core import clock
from app.core.statements import typed_rows
from app.institutions.models import (
    AccessChange,
    AccessChangeKind,
    AccessChangeState,
    Institution,
    StaffMember,
    Title,
)
from app.institutions.queries.standing import home_of
from app.institutions.rules import NOT_INDEPENDENT_FOR

MOST_ASKED = 20


class Confirmer(NamedTuple):
    id: UUID
    name: str
    title: Title


def handed_over(at: datetime) -> ColumnElement[bool]:
    """Match the changes by which an operator had an account in hand lately."""
    return and_(
        AccessChange.kind.in_([AccessChangeKind.CREATED, AccessChangeKind.CREDENTIALS]),
        AccessChange.state == AccessChangeState.CONFIRMED,
        AccessChange.created_at > at - NOT_INDEPENDENT_FOR,
    )


def handed_between(staff_id: UUID, at: datetime) -> CompoundSelect[*tuple[Any, ...]]:
    """Select whose account this person had in hand lately, and in whose hands theirs was.

    Whoever made an account that made another has that one in hand, too. Two accounts of one maker
    do not have each other: a founder makes the operator as well as the supervisor.
    """
    made, maker = AccessChange.staff_id, AccessChange.requested_by
    below = _hand(staff_id, at, of=maker, to=made, name="made_by")
    above = _hand(staff_id, at, of=made, to=maker, name="makers_of")
    return union(select(below.c.id), select(above.c.id))


def _hand(
    staff_id: UUID,
    at: datetime,
    *,
    of: InstrumentedAttribute[Any],
    to: InstrumentedAttribute[Any],
    name: str,
) -> CTE:
    reached = select(cast(literal(staff_id), Uuid).label("id")).cte(name, recursive=True)
    return reached.union(
        select(to).where(of == reached.c.id, handed_over(at), AccessChange.staff_id.is_not(None))
    )


def _same_hands(staff_id: UUID, at: datetime) -> CTE:
    """As `handed_between`, and on from each of them: for operators the whole web is one hand."""
    reached = select(cast(literal(staff_id), Uuid).label("id")).cte("same_hands", recursive=True)
    other = case(
        (AccessChange.requested_by == reached.c.id, AccessChange.staff_id),
        else_=AccessChange.requested_by,
    )
    touching = or_(AccessChange.requested_by == reached.c.id, AccessChange.staff_id == reached.c.id)
    return reached.union(
        select(other).where(touching, handed_over(at), AccessChange.staff_id.is_not(None))
    )


def uncovered(
    scope_ids: InstrumentedAttribute[list[UUID]] | ColumnElement[Any], home_path: Any
) -> ColumnElement[bool]:
    """Match where an institution of the scope does not lie below `home_path`."""
    at_stake = aliased(Institution)
    return exists().where(at_stake.id == any_(scope_ids), ~at_stake.path.startswith(home_path))


def _people(change: AccessChange, role: Role) -> Select[UUID, str, Title]:
    """Select active holders of the role with their home; neither who asked nor who gains."""
    ready = or_(StaffAccount.next_until.is_(None), StaffAccount.next_until <= clock.now())
    strangers = [change.requested_by] + ([change.staff_id] if change.staff_id else [])
    return (
        select(StaffMember.id, StaffMember.name, StaffMember.title)
        .join(StaffAccount, StaffAccount.id == StaffMember.id)
        .join(Institution, Institution.id == StaffMember.institution_id)
        .where(
            StaffAccount.is_active,
            StaffAccount.roles.contains([role.value]),
            ready,
            StaffMember.id.not_in(strangers),
        )
        .order_by(Institution.path.desc(), StaffMember.name, StaffMember.id)
    )


def _supervisors(change: AccessChange) -> Select[UUID, str, Title]:
    scope = cast(change.scope_ids, AccessChange.scope_ids.type)
    return _people(change, Role.SUPERVISOR).where(
        ~uncovered(scope, Institution.path),
        StaffMember.id.not_in(handed_between(change.requested_by, clock.now())),
    )


async def _operators(session: AsyncSession, change: AccessChange) -> Select[UUID, str, Title]:
    """Select those above the institution of who asked; above the topmost, its other operators."""
    home = await home_of(session, change.requested_by)
    if home.parent_id is None:
        place: ColumnElement[bool] = Institution.id == home.id
    else:
        above = literal(home.path).startswith(Institution.path)
        place = and_(above, Institution.id != home.id)
    same = _same_hands(change.requested_by, clock.now())
    return _people(change, Role.OPERATOR).where(place, StaffMember.id.not_in(select(same.c.id)))


async def confirmers_of(session: AsyncSession, change: AccessChange) -> list[Confirmer]:
    """List supervisors of all that is at stake, the nearest first; without any, operators above.

    Empty where nobody can confirm.
    """
    rows = (await session.execute(_supervisors(change).limit(MOST_ASKED))).all()
    if not rows:
        operators = await _operators(session, change)
        rows = (await session.execute(operators.limit(MOST_ASKED))).all()
    return typed_rows(Confirmer, rows)


async def may_confirm(session: AsyncSession, change: AccessChange, staff_id: UUID) -> bool:
    """Ask it anew when they confirm: roles, places and what was handed over may have changed.

    Renewed credentials may be confirmed by the account itself: its password opens nothing
    meanwhile, so whoever is in came in with the linked phone.
    """
    if change.kind is AccessChangeKind.CREDENTIALS and staff_id == change.staff_id:
        return True
    supervisors = _supervisors(change)
    if (await session.execute(supervisors.where(StaffMember.id == staff_id))).first():
        return True
    if (await session.execute(supervisors.limit(1))).first():
        return False
    operators = await _operators(session, change)
    return (await session.execute(operators.where(StaffMember.id == staff_id))).first() is not None
