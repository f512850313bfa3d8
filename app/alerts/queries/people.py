"""Who is told about an alert, and who may take it over."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.models import Role, StaffAccount
from app.institutions.models import Absence, Institution, StaffMember, Team, TeamMember, Title
from app.institutions.reach import clinic_today, running

CLINICIANS = (Role.DOCTOR, Role.SUPERVISOR)


class Colleague(NamedTuple):
    staff_id: UUID
    name: str
    title: Title


def _holds(*roles: Role) -> ColumnElement[bool]:
    return or_(*(StaffAccount.roles.contains([role.value]) for role in roles))


def _above(team_id: UUID) -> Select[UUID, int]:
    """Select the team's institution and those above it; the depth of the team's own is greatest."""
    own, above = aliased(Institution), aliased(Institution)
    return (
        select(above.id, func.length(above.path).label("depth"))
        .join(own, own.path.startswith(above.path))
        .join(Team, Team.institution_id == own.id)
        .where(Team.id == team_id)
    )


async def supervisors_above(session: AsyncSession, team_id: UUID) -> list[list[UUID]]:
    """List supervisors level by level, the team's own institution first; a level may be empty.

    Without those who are away today, unless all of them are: nobody stands in for a supervisor.
    """
    above = _above(team_id).subquery()
    away = exists().where(Absence.staff_id == StaffAccount.id, running(clinic_today()))
    rows = await session.execute(
        select(above.c.depth, StaffAccount.id, away)
        .select_from(above)
        .outerjoin(StaffMember, StaffMember.institution_id == above.c.id)
        .outerjoin(
            StaffAccount,
            (StaffAccount.id == StaffMember.id) & StaffAccount.is_active & _holds(Role.SUPERVISOR),
        )
        .order_by(above.c.depth.desc(), StaffAccount.id)
    )
    everybody: dict[int, list[UUID]] = {}
    present: dict[int, list[UUID]] = {}
    for depth, staff_id, is_away in rows:
        for levels, belongs in ((everybody, True), (present, not is_away)):
            level = levels.setdefault(depth, [])
            if staff_id is not None and belongs:
                level.append(staff_id)
    return list((present if any(present.values()) else everybody).values())


def _colleagues(team_id: UUID) -> Select[UUID, str, Title]:
    """Select clinicians who reach the patients of this team.

    Its members, whoever stands in for one of them today, and supervisors above it.
    """
    members = select(TeamMember.staff_id).where(TeamMember.team_id == team_id)
    standing_in = (
        select(Absence.stand_in_id)
        .join(TeamMember, TeamMember.staff_id == Absence.staff_id)
        .where(TeamMember.team_id == team_id, running(clinic_today()))
    )
    above = _above(team_id).subquery()
    supervises = _holds(Role.SUPERVISOR) & StaffMember.institution_id.in_(select(above.c.id))
    return (
        select(StaffMember.id, StaffMember.name, StaffMember.title)
        .join(StaffAccount, StaffAccount.id == StaffMember.id)
        .where(StaffAccount.is_active, _holds(*CLINICIANS))
        .where(or_(StaffMember.id.in_(members), StaffMember.id.in_(standing_in), supervises))
    )


async def colleagues_of(session: AsyncSession, team_id: UUID, without: UUID) -> list[Colleague]:
    """List whom an alert of this team may be handed over to, members of the team first."""
    is_member = StaffMember.id.in_(select(TeamMember.staff_id).where(TeamMember.team_id == team_id))
    rows = await session.execute(
        _colleagues(team_id)
        .where(StaffMember.id != without)
        .order_by(is_member.desc(), StaffMember.name, StaffMember.id)
        .limit(200)
    )
    return [Colleague(*row) for row in rows]


async def reaches(session: AsyncSession, team_id: UUID, staff_id: UUID) -> bool:
    found = await session.scalar(_colleagues(team_id).where(StaffMember.id == staff_id))
    return found is not None


async def names_of(session: AsyncSession, staff_ids: Collection[UUID]) -> dict[UUID, str]:
    rows = await session.execute(
        select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(staff_ids))
    )
    return dict(rows.all())


async def title_of(session: AsyncSession, staff_id: UUID) -> Title | None:
    found = await session.scalars(select(StaffMember.title).where(StaffMember.id == staff_id))
    return found.one_or_none()
