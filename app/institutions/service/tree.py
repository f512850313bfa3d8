"""Grow the tree of institutions, and give its teams their members."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.ids import uuid7
from app.core.problems import NotFound, Problem
from app.institutions.models import Institution, StaffMember, Team, TeamMember, Tier
from app.institutions.queries import subtree

ORDER = list(Tier)  # lowest first


class TierTooHigh(Problem):
    type, title, status = "tier-too-high", "下级机构的层级应低于上级机构。", 422


async def add_institution(
    session: AsyncSession, actor: StaffActor, parent_id: UUID, tier: Tier, name: str
) -> Institution:
    parent = await _operated(session, actor, parent_id)
    if ORDER.index(tier) >= ORDER.index(parent.tier):
        raise TierTooHigh
    return plant(session, tier, name, parent)


def plant(
    session: AsyncSession, tier: Tier, name: str, parent: Institution | None = None
) -> Institution:
    institution_id = uuid7()
    made = Institution(
        id=institution_id,
        parent_id=parent.id if parent else None,
        tier=tier,
        name=name,
        path=f"{parent.path}.{institution_id}" if parent else str(institution_id),
    )
    session.add(made)
    return made


async def _operated(session: AsyncSession, actor: StaffActor, institution_id: UUID) -> Institution:
    """For ids that come in a body: a stranger's is as good as none."""
    found = await session.scalar(
        select(Institution).where(
            Institution.id == institution_id, Institution.id.in_(subtree(actor.account_id))
        )
    )
    if found is None:
        raise NotFound
    return found


async def add_team(
    session: AsyncSession, actor: StaffActor, institution_id: UUID, name: str
) -> Team:
    institution = await _operated(session, actor, institution_id)
    team = Team(institution_id=institution.id, name=name)
    session.add(team)
    return team


async def set_members(
    session: AsyncSession, actor: StaffActor, team: Team, staff_ids: Collection[UUID]
) -> None:
    """Take the whole list at once, so that doing it twice changes nothing."""
    wanted = set(staff_ids)
    within = StaffMember.institution_id.in_(subtree(actor.account_id))
    known = await session.scalar(
        select(func.count()).select_from(StaffMember).where(StaffMember.id.in_(wanted), within)
    )
    if known != len(wanted):
        raise NotFound
    await session.execute(delete(TeamMember).where(TeamMember.team_id == team.id))
    session.add_all(TeamMember(team_id=team.id, staff_id=staff_id) for staff_id in wanted)
