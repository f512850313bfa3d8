"""How an account stands: its roles, its place, the teams whose records it opens."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import StaffAccount
from app.institutions.models import Absence, Institution, StaffMember, Team, TeamMember
from app.institutions.reach import clinic_today
from app.institutions.rules import Standing


async def home_of(session: AsyncSession, staff_id: UUID) -> Institution:
    result = await session.scalars(
        select(Institution)
        .join(StaffMember, StaffMember.institution_id == Institution.id)
        .where(StaffMember.id == staff_id)
        .execution_options(populate_existing=True)
    )
    return result.one()


async def standing_of(session: AsyncSession, staff_id: UUID) -> Standing:
    """Read it as it is now; the caller holds the lock of the tree."""
    result = await session.execute(
        select(StaffAccount.roles, StaffAccount.must_change_password, StaffMember.title)
        .join(StaffMember, StaffMember.id == StaffAccount.id)
        .where(StaffAccount.id == staff_id)
    )
    row = result.one()
    home = await home_of(session, staff_id)
    teams = {row.id: row.path for row in await session.execute(_teams_of(staff_id))}
    return Standing(
        staff_id,
        frozenset(row.roles),
        row.title,
        home,
        teams,
        in_use=not row.must_change_password,
        tree_has_teams=await tree_has_teams(session, home),
    )


def _teams_of(staff_id: UUID) -> Select[*tuple[Any, ...]]:
    """Select the institutions of own teams, and of those stood in for today or later."""
    stood_in_for = (
        select(TeamMember.team_id)
        .join(Absence, Absence.staff_id == TeamMember.staff_id)
        .where(
            Absence.stand_in_id == staff_id,
            Absence.cancelled_at.is_(None),
            Absence.to_on >= clinic_today(),
        )
    )
    own = select(TeamMember.team_id).where(TeamMember.staff_id == staff_id)
    return (
        select(Institution.id, Institution.path)
        .join(Team, Team.institution_id == Institution.id)
        .where(or_(Team.id.in_(own), Team.id.in_(stood_in_for)))
        .distinct()
    )


async def tree_has_teams(session: AsyncSession, place: Institution) -> bool:
    """Without a team anywhere, closed ones counted, there is no record."""
    topmost = place.path.partition(".")[0]
    within = select(Institution.id).where(Institution.path.startswith(topmost))
    found = select(exists().where(Team.institution_id.in_(within)))
    return bool(await session.scalar(found))


async def members_of(session: AsyncSession, team_ids: Collection[UUID]) -> set[UUID]:
    members = select(TeamMember.staff_id).where(TeamMember.team_id.in_(team_ids))
    return set(await session.scalars(members))
