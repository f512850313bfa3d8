"""Reach in the tree: which institutions, teams and staff an actor can act for."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, contains_eager

from app.accounts.access import StaffActor
from app.accounts.models import AuditEvent, StaffAccount
from app.core.pagination import Key, Slice, paginate
from app.institutions.models import Institution, StaffMember, Team, TeamMember, Title


class Reader(NamedTuple):
    """Whose reach is asked: a StaffActor has both, and so has a statement that is built once."""

    account_id: UUID
    supervises: bool


def own_teams(staff_id: UUID) -> Select[UUID]:
    return select(TeamMember.team_id).where(TeamMember.staff_id == staff_id)


def subtree(staff_id: UUID) -> Select[UUID]:
    """Select the staff member's institution and every one below it."""
    home, below = aliased(Institution), aliased(Institution)
    return (
        select(below.id)
        .join(home, below.path.startswith(home.path))
        .join(StaffMember, StaffMember.institution_id == home.id)
        .where(StaffMember.id == staff_id)
    )


def subtree_teams(staff_id: UUID) -> Select[UUID]:
    return select(Team.id).where(Team.institution_id.in_(subtree(staff_id)))


def reachable_teams(actor: StaffActor | Reader) -> Select[UUID]:
    """One rule for every list and loader: own care teams; a supervisor the whole subtree."""
    if not actor.supervises:
        return own_teams(actor.account_id)
    reach = or_(
        Team.id.in_(own_teams(actor.account_id)), Team.id.in_(subtree_teams(actor.account_id))
    )
    return select(Team.id).where(reach)


async def teams_to_choose(session: AsyncSession, actor: StaffActor) -> Sequence[Team]:
    """Teams that a new patient may be given to, with their institution, in the tree's order."""
    found = await session.scalars(
        select(Team)
        .join(Team.institution)
        .options(contains_eager(Team.institution))
        .where(Team.id.in_(reachable_teams(actor)))
        .order_by(Institution.path, Team.name)
        .limit(500)
    )
    return found.all()


async def doctors_of(session: AsyncSession, team_id: UUID) -> Sequence[StaffMember]:
    found = await session.scalars(
        select(StaffMember)
        .join(TeamMember, TeamMember.staff_id == StaffMember.id)
        .join(StaffAccount, StaffAccount.id == StaffMember.id)
        .where(TeamMember.team_id == team_id, StaffAccount.is_active)
        .order_by(StaffMember.id)
    )
    return found.all()


async def staff_name(session: AsyncSession, staff_id: UUID) -> str:
    found = await session.scalars(select(StaffMember.name).where(StaffMember.id == staff_id))
    return found.one()


def operated(actor: StaffActor) -> ColumnElement[bool]:
    return Institution.id.in_(subtree(actor.account_id))


async def list_institutions(
    session: AsyncSession, actor: StaffActor, cursor: str | None, limit: int
) -> Slice:
    statement = select(
        Institution.id, Institution.parent_id, Institution.tier, Institution.name, Institution.path
    ).where(operated(actor))
    key = Key(Institution.path, Institution.id, descending=False)
    return await paginate(session, statement, key, cursor, limit)


async def list_teams(
    session: AsyncSession, actor: StaffActor, cursor: str | None, limit: int
) -> Slice:
    statement = select(Team.id, Team.created_at, Team.institution_id, Team.name).where(
        Team.institution_id.in_(subtree(actor.account_id))
    )
    return await paginate(session, statement, Key(Team.created_at, Team.id), cursor, limit)


def staff_rows() -> Select[UUID, str, str, Title, UUID, list[str], bool]:
    return select(
        StaffMember.id,
        StaffAccount.username,
        StaffMember.name,
        StaffMember.title,
        StaffMember.institution_id,
        StaffAccount.roles,
        StaffAccount.is_active,
    ).join(StaffAccount, StaffAccount.id == StaffMember.id)


async def list_staff(
    session: AsyncSession, actor: StaffActor, cursor: str | None, limit: int
) -> Slice:
    within = StaffMember.institution_id.in_(subtree(actor.account_id))
    statement = staff_rows().where(within)
    key = Key(StaffAccount.username, StaffMember.id, descending=False)
    return await paginate(session, statement, key, cursor, limit)


async def get_staff_row(session: AsyncSession, staff_id: UUID) -> Row[*tuple[Any, ...]]:
    return (await session.execute(staff_rows().where(StaffMember.id == staff_id))).one()


async def list_audit(
    session: AsyncSession,
    actor: StaffActor,
    patient_id: UUID | None,
    actor_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> Slice:
    """Who did what, of the staff in the operator's subtree; never what the record says."""
    statement = (
        select(
            AuditEvent.id,
            AuditEvent.created_at,
            AuditEvent.actor_id,
            StaffMember.name.label("actor_name"),
            AuditEvent.action,
            AuditEvent.patient_id,
            AuditEvent.subject_id,
            AuditEvent.request_id,
            AuditEvent.detail,
        )
        .join(StaffMember, StaffMember.id == AuditEvent.actor_id)
        .where(StaffMember.institution_id.in_(subtree(actor.account_id)))
    )
    if patient_id is not None:
        statement = statement.where(AuditEvent.patient_id == patient_id)
    if actor_id is not None:
        statement = statement.where(AuditEvent.actor_id == actor_id)
    key = Key(AuditEvent.created_at, AuditEvent.id)
    return await paginate(session, statement, key, cursor, limit)
