"""Close institutions and teams that are empty, and open them again."""

from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.models import StaffAccount
from app.core import clock
from app.institutions.audit import CHANGE_INSTITUTION, CHANGE_TEAM
from app.institutions.models import Institution, StaffMember, Team, TeamMember
from app.institutions.problems import (
    AlreadyMerged,
    InstitutionClosed,
    InstitutionNotEmpty,
    TeamNotEmpty,
)
from app.institutions.service.locks import lock_row, lock_tree


async def lock_team_to_close(session: AsyncSession, team: Team) -> None:
    """Lock it before its patients are counted: nobody joins it meanwhile."""
    await lock_tree(session)
    await lock_row(session, team)


async def close_team(
    session: AsyncSession, actor: StaffActor, team: Team, patients_left: int
) -> None:
    """Close a team that `lock_team_to_close` has locked; who counts its patients stands above.

    A closed team takes no patients and is offered to nobody. Closing twice changes nothing.
    """
    if team.closed_at is not None:
        return
    members = await _count(
        session, select(TeamMember.staff_id).where(TeamMember.team_id == team.id)
    )
    if patients_left or members:
        raise TeamNotEmpty(patients=patients_left, members=members)
    team.closed_at = clock.now()
    audit.record(session, actor, CHANGE_TEAM, subject_id=team.id, detail={"code": "closed"})


async def reopen_team(session: AsyncSession, actor: StaffActor, team: Team) -> None:
    await lock_tree(session)
    await lock_row(session, team)
    if team.merged_into_id is not None:
        raise AlreadyMerged
    home = await session.get_one(Institution, team.institution_id, populate_existing=True)
    if home.closed_at is not None:
        raise InstitutionClosed
    if team.closed_at is not None:
        team.closed_at = None
        audit.record(session, actor, CHANGE_TEAM, subject_id=team.id, detail={"code": "reopened"})


async def close_institution(
    session: AsyncSession, actor: StaffActor, institution: Institution
) -> None:
    """Patients cannot be left: they belong to its teams, which must be closed before."""
    await lock_tree(session)
    await lock_row(session, institution)
    if institution.closed_at is not None:
        return
    left = await _what_is_left(session, institution.id)
    if any(left.values()):
        raise InstitutionNotEmpty(**left)
    institution.closed_at = clock.now()
    _record(session, actor, institution, "closed")


async def _what_is_left(session: AsyncSession, institution_id: UUID) -> dict[str, int]:
    children = select(Institution.id).where(
        Institution.parent_id == institution_id, Institution.closed_at.is_(None)
    )
    teams = select(Team.id).where(Team.institution_id == institution_id, Team.closed_at.is_(None))
    staff = (
        select(StaffMember.id)
        .join(StaffAccount, StaffAccount.id == StaffMember.id)
        .where(StaffMember.institution_id == institution_id, StaffAccount.is_active)
    )
    return {
        "institutions": await _count(session, children),
        "teams": await _count(session, teams),
        "staff": await _count(session, staff),
    }


async def _count(session: AsyncSession, statement: Select[UUID]) -> int:
    counted = select(func.count()).select_from(statement.subquery())
    return (await session.scalars(counted)).one()


async def reopen_institution(
    session: AsyncSession, actor: StaffActor, institution: Institution
) -> None:
    await lock_tree(session)
    await lock_row(session, institution)
    if institution.merged_into_id is not None:
        raise AlreadyMerged
    if institution.parent_id is not None:
        parent = await session.get_one(Institution, institution.parent_id, populate_existing=True)
        if parent.closed_at is not None:
            raise InstitutionClosed
    if institution.closed_at is not None:
        institution.closed_at = None
        _record(session, actor, institution, "reopened")


def _record(session: AsyncSession, actor: StaffActor, institution: Institution, code: str) -> None:
    audit.record(
        session, actor, CHANGE_INSTITUTION, subject_id=institution.id, detail={"code": code}
    )
