"""Merge one institution or team into another; the one that is left over stays, closed.

Two records of one member of staff are not merged: what they did stays theirs. Deactivate the
record that is not used any more, and move the other to where the person works.
"""

from uuid import UUID

from sqlalchemy import Select, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.db import for_update
from app.core.events import publish
from app.core.feature import AuditAction
from app.core.problems import NotFound
from app.institutions.audit import CHANGE_INSTITUTION, CHANGE_TEAM
from app.institutions.contacts import phone_of
from app.institutions.models import Institution, StaffMember, Team, TeamMember, Tier
from app.institutions.problems import (
    InstitutionClosed,
    MergeRefused,
    TeamClosed,
    TeamWithoutPhone,
)
from app.institutions.reach import operated, subtree
from app.institutions.service.locks import lock_tree
from app.institutions.service.tree import refuse_tier

TEAMS_MERGED = "institutions.teams_merged"


async def merge_teams(
    session: AsyncSession, actor: StaffActor, team_id: UUID, into_id: UUID
) -> None:
    """Give the members and, by an event, the patients of one team to another; close the first.

    Its members keep their rows in it, so that a patient who has not been moved yet is not out of
    everybody's reach.
    """
    await lock_tree(session)
    team, into = await two_teams(session, actor, team_id, into_id)
    team.closed_at, team.merged_into_id = clock.now(), into.id
    members = select(literal(into.id), TeamMember.staff_id).where(TeamMember.team_id == team.id)
    into.version += 1  # its list of members is another
    columns = [TeamMember.team_id, TeamMember.staff_id]
    await session.execute(insert(TeamMember).from_select(columns, members).on_conflict_do_nothing())
    await publish(session, TEAMS_MERGED, from_team_id=team.id, to_team_id=into.id)
    _record(session, actor, CHANGE_TEAM, team.id, into.id)


async def two_teams(
    session: AsyncSession, actor: StaffActor, team_id: UUID, into_id: UUID
) -> tuple[Team, Team]:
    """Lock both, and see that the second one can take the patients of the first."""
    if team_id == into_id:
        raise MergeRefused
    within = Team.institution_id.in_(subtree(actor.account_id))
    result = await session.scalars(
        for_update(
            select(Team)
            .join(Team.institution)
            .options(contains_eager(Team.institution))
            .where(Team.id.in_([team_id, into_id]), within)
            .order_by(Team.id),
            of=[Team],
        )
    )
    teams = {team.id: team for team in result}
    if len(teams) < 2:
        raise NotFound
    team, into = teams[team_id], teams[into_id]
    if team.closed_at is not None or into.closed_at is not None:
        raise TeamClosed
    if phone_of(into) is None:
        raise TeamWithoutPhone
    return team, into


async def merge_institutions(
    session: AsyncSession, actor: StaffActor, institution_id: UUID, into_id: UUID
) -> None:
    """Hang everything below one institution under another and close the first."""
    await lock_tree(session)
    institution, into = await two_institutions(session, actor, institution_id, into_id)
    await _move_children(session, institution, into)
    for table in (Team, StaffMember):
        await session.execute(
            update(table)
            .where(table.institution_id == institution.id)
            .values(institution_id=into.id)
            .execution_options(synchronize_session=False)
        )
    institution.closed_at, institution.merged_into_id = clock.now(), into.id
    _record(session, actor, CHANGE_INSTITUTION, institution.id, into.id)


async def two_institutions(
    session: AsyncSession, actor: StaffActor, institution_id: UUID, into_id: UUID
) -> tuple[Institution, Institution]:
    """Lock both; whoever is above the other cannot go into it, that would be a ring.

    What hangs below the first must stand below the other by its tier, too.
    """
    result = await session.scalars(
        for_update(
            select(Institution)
            .where(Institution.id.in_([institution_id, into_id]), operated(actor))
            .order_by(Institution.id)
        )
    )
    rows = {row.id: row for row in result}
    if rows.keys() != {institution_id, into_id}:
        raise NotFound
    institution, into = rows[institution_id], rows[into_id]
    if into.path.startswith(institution.path):
        raise MergeRefused
    if institution.closed_at is not None or into.closed_at is not None:
        raise InstitutionClosed
    for tier in await session.scalars(_open_tiers_below(institution.id)):
        refuse_tier(tier, into)
    return institution, into


async def _move_children(
    session: AsyncSession, institution: Institution, into: Institution
) -> None:
    """Rewrite the paths of the whole subtree in one statement."""
    await session.execute(
        update(Institution)
        .where(Institution.parent_id == institution.id)
        .values(parent_id=into.id)
        .execution_options(synchronize_session=False)
    )
    rest = func.substr(Institution.path, len(institution.path) + 1)
    await session.execute(
        update(Institution)
        .where(Institution.path.startswith(f"{institution.path}."))
        .values(path=func.concat(into.path, rest))
        .execution_options(synchronize_session=False)
    )


def _open_tiers_below(institution_id: UUID) -> Select[Tier]:
    return (
        select(Institution.tier)
        .where(Institution.parent_id == institution_id, Institution.closed_at.is_(None))
        .distinct()
    )


def _record(
    session: AsyncSession, actor: StaffActor, action: AuditAction, from_id: UUID, into_id: UUID
) -> None:
    """Twice, so that the history of either shows it."""
    detail = {"code": "merged", "into_id": str(into_id)}
    audit.record(session, actor, action, subject_id=from_id, detail=detail)
    detail = {"code": "took_in", "from_id": str(from_id)}
    audit.record(session, actor, action, subject_id=into_id, detail=detail)
