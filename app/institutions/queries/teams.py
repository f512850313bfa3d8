"""Reads of teams: which to choose, who belongs to one, who is on duty, how to call it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import exists, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from app.accounts.access import StaffActor
from app.accounts.models import StaffAccount
from app.core.db import for_update
from app.institutions.contacts import on_call_phone, takes_patients, taking_patients
from app.institutions.models import Absence, Institution, StaffMember, Team, TeamMember
from app.institutions.problems import TeamOutOfReach, TeamTakesNobody, TeamWithoutPhone
from app.institutions.queries.absences import CLINICAL
from app.institutions.reach import reachable_teams, running


async def teams_to_choose(
    session: AsyncSession, actor: StaffActor, kept_id: UUID | None = None
) -> Sequence[Team]:
    """Teams within reach that take patients, with their institution, in the tree's order.

    The team `kept_id`, where the patient is already, is among them in any case.
    """
    result = await session.scalars(
        select(Team)
        .join(Team.institution)
        .options(contains_eager(Team.institution))
        .where(Team.id.in_(reachable_teams(actor)), or_(taking_patients(), Team.id == kept_id))
        .order_by(Institution.path, Team.name)
        .limit(500)
    )
    return result.all()


async def get_team_to_join(session: AsyncSession, actor: StaffActor, team_id: UUID) -> Team:
    """Get a team that this person may give a patient to.

    Locked against closing until the caller's transaction ends: whoever closes the team sees the
    new patient, or the new patient sees the closed team.
    """
    team = await session.scalar(
        for_update(
            select(Team)
            .join(Team.institution)
            .options(contains_eager(Team.institution))
            .where(Team.id == team_id, Team.id.in_(reachable_teams(actor))),
            read=True,
            of=[Team],
        )
    )
    if team is None:
        raise TeamOutOfReach
    if team.closed_at is not None:
        raise TeamTakesNobody
    if not takes_patients(team):
        raise TeamWithoutPhone
    return team


async def doctors_of(session: AsyncSession, team_id: UUID) -> Sequence[StaffMember]:
    result = await session.scalars(
        select(StaffMember)
        .join(TeamMember, TeamMember.staff_id == StaffMember.id)
        .join(StaffAccount, StaffAccount.id == StaffMember.id)
        .where(TeamMember.team_id == team_id, StaffAccount.is_active)
        .order_by(StaffMember.id)
    )
    return result.all()


async def on_duty_members(session: AsyncSession, team_id: UUID, on: date) -> Sequence[StaffMember]:
    """Active clinicians of the team on that day, whoever is absent replaced by their stand-in.

    Each person once. Empty when all are away and nobody stands in: the caller must go on to the
    supervisors.
    """
    absent = exists().where(Absence.staff_id == TeamMember.staff_id, running(on))
    present = select(TeamMember.staff_id).where(TeamMember.team_id == team_id, ~absent)
    standing_in = (
        select(Absence.stand_in_id)
        .join(TeamMember, TeamMember.staff_id == Absence.staff_id)
        .where(TeamMember.team_id == team_id, running(on), Absence.stand_in_id.is_not(None))
    )
    result = await session.scalars(
        select(StaffMember)
        .join(StaffAccount, StaffAccount.id == StaffMember.id)
        .where(
            StaffAccount.is_active,
            StaffAccount.roles.overlap(CLINICAL),
            StaffMember.id.in_(union(present, standing_in)),
        )
        .order_by(StaffMember.id)
    )
    return result.all()


async def name_and_institution(session: AsyncSession, staff_id: UUID) -> tuple[str, str]:
    result = await session.execute(
        select(StaffMember.name, Institution.name)
        .join(Institution, Institution.id == StaffMember.institution_id)
        .where(StaffMember.id == staff_id)
    )
    name, institution = result.one()
    return name, institution


class Contacts(NamedTuple):
    """How a patient finds and calls the team; `opening_hours` as the column holds them."""

    team_name: str
    institution_name: str
    team_phone: str | None
    institution_phone: str | None
    institution_address: str | None
    opening_hours: dict[str, Any] | None
    on_call_phone: str | None


async def contacts_of(session: AsyncSession, team_id: UUID) -> Contacts:
    result = await session.execute(
        select(
            Team.name,
            Institution.name,
            Team.phone,
            Institution.phone,
            Institution.address,
            Institution.opening_hours,
            on_call_phone(),
        )
        .join(Institution, Institution.id == Team.institution_id)
        .where(Team.id == team_id)
    )
    return Contacts(*result.one())
