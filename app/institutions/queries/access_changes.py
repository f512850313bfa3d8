"""Reads of changes of access: what waits, for whom, and what was asked for in a subtree."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.accounts.models import Role, StaffAccount
from app.core import clock
from app.core.feature import Declared, StaffReader
from app.core.pages import MOST_COUNTED
from app.core.pagination import Key, Slice, paginate_as
from app.core.statements import typed_rows
from app.institutions.models import (
    AccessChange,
    AccessChangeKind,
    AccessChangeState,
    Institution,
    StaffMember,
    Team,
)
from app.institutions.queries.confirmers import handed_between, uncovered
from app.institutions.queries.standing import home_of, standing_of
from app.institutions.reach import subtree

# Those that open what the account itself opens.
OF_ACCOUNT = {
    AccessChangeKind.CREDENTIALS,
    AccessChangeKind.ACTIVATION,
    AccessChangeKind.ROLES,
    AccessChangeKind.TITLE,
    AccessChangeKind.ABSENCE,
}


def waiting(at: datetime) -> ColumnElement[bool]:
    return and_(AccessChange.state == AccessChangeState.WAITING, AccessChange.expires_at > at)


async def waiting_members(session: AsyncSession, team_id: UUID) -> Sequence[AccessChange]:
    result = await session.scalars(
        select(AccessChange)
        .where(
            waiting(clock.now()),
            AccessChange.kind == AccessChangeKind.MEMBERSHIP,
            AccessChange.team_id == team_id,
        )
        .order_by(AccessChange.id)
    )
    return result.all()


async def waiting_of(session: AsyncSession, staff_id: UUID) -> Sequence[AccessChange]:
    result = await session.scalars(
        select(AccessChange)
        .where(waiting(clock.now()), AccessChange.staff_id == staff_id)
        .order_by(AccessChange.id)
    )
    return result.all()


async def waiting_alike(session: AsyncSession, change: AccessChange) -> Sequence[AccessChange]:
    """List what waits in whose place this one comes: of two absences only the very same."""
    alike = [
        waiting(clock.now()),
        AccessChange.kind == change.kind,
        AccessChange.staff_id.is_not_distinct_from(change.staff_id),
        AccessChange.team_id.is_not_distinct_from(change.team_id),
        AccessChange.id != change.id,
    ]
    if change.kind in {AccessChangeKind.ABSENCE, AccessChangeKind.INSTITUTION_MERGE}:
        alike.append(AccessChange.payload == change.payload)
    return (await session.scalars(select(AccessChange).where(*alike))).all()


async def has_operators(session: AsyncSession, institution_id: UUID) -> bool:
    found = select(
        exists().where(
            StaffMember.institution_id == institution_id,
            StaffAccount.id == StaffMember.id,
            StaffAccount.roles.contains([Role.OPERATOR.value]),
        )
    )
    return bool(await session.scalar(found))


async def widen_scope(session: AsyncSession, change: AccessChange) -> None:
    """Bring what is at stake up to date: the account may have come into teams since."""
    ids = set(change.scope_ids)
    if change.kind in OF_ACCOUNT and change.staff_id is not None:
        ids |= set((await standing_of(session, change.staff_id)).scope_ids)
    if change.team_id is not None:
        teams = {change.team_id, *_other_team(change)}
        ids |= set(await session.scalars(select(Team.institution_id).where(Team.id.in_(teams))))
    change.scope_ids = sorted(ids)


def _other_team(change: AccessChange) -> list[UUID]:
    merges = change.kind is AccessChangeKind.TEAM_MERGE
    return [UUID(change.payload["after"])] if merges else []


async def still_operates(session: AsyncSession, change: AccessChange) -> bool:
    """Say whether who asked is still an operator of all that is at stake."""
    found = select(
        exists().where(
            StaffAccount.id == change.requested_by,
            StaffAccount.is_active,
            StaffAccount.roles.contains([Role.OPERATOR.value]),
        )
    )
    if not await session.scalar(found):
        return False
    own = await home_of(session, change.requested_by)
    at_stake = select(Institution.path).where(Institution.id.in_(change.scope_ids))
    return all(path.startswith(own.path) for path in await session.scalars(at_stake))


def answered_by(actor: StaffReader) -> ColumnElement[bool]:
    """Match what this clinician may give the second word on, whether it still waits or not.

    As a supervisor of all that is at stake, or as the holder of the account whose credentials
    were renewed.
    """
    own_account = and_(
        AccessChange.kind == AccessChangeKind.CREDENTIALS,
        AccessChange.staff_id == actor.account_id,
    )
    if not actor.supervises:
        return own_account
    home = (
        select(Institution.path)
        .join(StaffMember, StaffMember.institution_id == Institution.id)
        .where(StaffMember.id == actor.account_id)
        .scalar_subquery()
    )
    supervised = and_(
        AccessChange.staff_id.is_distinct_from(actor.account_id),
        ~uncovered(AccessChange.scope_ids, home),
        AccessChange.requested_by.not_in(handed_between(actor.account_id, clock.now())),
    )
    return or_(own_account, supervised)


def waiting_for(actor: StaffReader) -> ColumnElement[bool]:
    return and_(waiting(clock.now()), answered_by(actor))


async def count_waiting(session: AsyncSession, actor: StaffReader, _: Declared) -> int:
    """For the badge; at most a hundred."""
    some = select(AccessChange.id).where(waiting_for(actor)).limit(MOST_COUNTED).subquery()
    return (await session.scalars(select(func.count()).select_from(some))).one()


async def find_answered(
    session: AsyncSession, actor: StaffReader, change_id: UUID
) -> AccessChange | None:
    """Find one that waits, or waited, for this clinician, or that they have settled themselves."""
    settled = AccessChange.settled_by == actor.account_id
    return await session.scalar(
        select(AccessChange).where(AccessChange.id == change_id, or_(answered_by(actor), settled))
    )


class ChangeRow(NamedTuple):
    id: UUID
    created_at: datetime
    kind: AccessChangeKind
    state: AccessChangeState
    staff_id: UUID | None
    team_id: UUID | None
    payload: dict[str, Any]
    requested_by: UUID
    expires_at: datetime
    settled_at: datetime | None
    settled_by: UUID | None


def change_rows() -> Select[*tuple[Any, ...]]:
    return select(
        AccessChange.id,
        AccessChange.created_at,
        AccessChange.kind,
        AccessChange.state,
        AccessChange.staff_id,
        AccessChange.team_id,
        AccessChange.payload,
        AccessChange.requested_by,
        AccessChange.expires_at,
        AccessChange.settled_at,
        AccessChange.settled_by,
    )


def asked_below(actor: StaffActor) -> ColumnElement[bool]:
    """Match what operators of the subtree asked for, oneself among them."""
    asker = aliased(StaffMember)
    within = select(asker.id).where(asker.institution_id.in_(subtree(actor.account_id)))
    return AccessChange.requested_by.in_(within)


async def list_changes(
    session: AsyncSession, actor: StaffActor, cursor: str | None, limit: int
) -> Slice[ChangeRow]:
    key = Key(AccessChange.created_at, AccessChange.id)
    statement = change_rows().where(asked_below(actor))
    return await paginate_as(ChangeRow, session, statement, key, cursor, limit)


def asked_by_others(actor: StaffActor) -> ColumnElement[bool]:
    return and_(asked_below(actor), AccessChange.requested_by != actor.account_id)


async def list_asked_by_others(
    session: AsyncSession, actor: StaffActor, cursor: str | None, limit: int
) -> Slice[ChangeRow]:
    """List what waits in the subtree; whether this operator may say yes is looked at then."""
    key = Key(AccessChange.created_at, AccessChange.id)
    statement = change_rows().where(asked_by_others(actor), waiting(clock.now()))
    return await paginate_as(ChangeRow, session, statement, key, cursor, limit)


async def get_change_row(session: AsyncSession, change_id: UUID) -> ChangeRow:
    result = await session.execute(change_rows().where(AccessChange.id == change_id))
    return typed_rows(ChangeRow, [result.one()])[0]
