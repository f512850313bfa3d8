"""Row access: what lies in the operator's subtree, what is one's own; 404 for the rest."""

from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Path
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor, OperatorActor
from app.core.db import Session
from app.core.problems import NotFound
from app.institutions import failed_jobs
from app.institutions.access import TopOperatorActor
from app.institutions.models import Absence, AccessChange, Institution, StaffMember, Team
from app.institutions.queries import access_changes
from app.institutions.reach import operated, subtree

R = TypeVar("R")
JobId = Annotated[int, Path(ge=1, lt=2**63)]


async def _one(session: AsyncSession, statement: Select[R]) -> R:
    row = await session.scalar(statement)
    if row is None:
        raise NotFound
    return row


async def operated_institution(
    session: Session, actor: OperatorActor, institution_id: UUID
) -> Institution:
    statement = select(Institution).where(Institution.id == institution_id, operated(actor))
    return await _one(session, statement)


async def operated_team(session: Session, actor: OperatorActor, team_id: UUID) -> Team:
    within = Team.institution_id.in_(subtree(actor.account_id))
    return await _one(session, select(Team).where(Team.id == team_id, within))


async def operated_staff(session: Session, actor: OperatorActor, staff_id: UUID) -> StaffMember:
    within = StaffMember.institution_id.in_(subtree(actor.account_id))
    return await _one(session, select(StaffMember).where(StaffMember.id == staff_id, within))


async def operated_absence(session: Session, actor: OperatorActor, absence_id: UUID) -> Absence:
    within = StaffMember.institution_id.in_(subtree(actor.account_id))
    statement = select(Absence).join(StaffMember, StaffMember.id == Absence.staff_id)
    return await _one(session, statement.where(Absence.id == absence_id, within))


async def own_absence(session: Session, actor: ClinicianActor, absence_id: UUID) -> Absence:
    """Of whoever is away; the stand-in cannot send them back to work."""
    statement = select(Absence).where(
        Absence.id == absence_id, Absence.staff_id == actor.account_id
    )
    return await _one(session, statement)


async def own_access_change(
    session: Session, actor: OperatorActor, change_id: UUID
) -> AccessChange:
    """Of whoever asked for it."""
    statement = select(AccessChange).where(
        AccessChange.id == change_id, AccessChange.requested_by == actor.account_id
    )
    return await _one(session, statement)


async def peers_access_change(
    session: Session, actor: OperatorActor, confirmation_id: UUID
) -> AccessChange:
    """Take what another operator of the subtree asked for; who may confirm, the service knows."""
    statement = select(AccessChange).where(
        AccessChange.id == confirmation_id, access_changes.asked_by_others(actor)
    )
    return await _one(session, statement)


async def answered_access_change(
    session: Session, actor: ClinicianActor, confirmation_id: UUID
) -> AccessChange:
    """Take one that is over as well: the service says so, a 404 would not."""
    change = await access_changes.find_answered(session, actor, confirmation_id)
    if change is None:
        raise NotFound
    return change


async def failed_job(session: Session, _actor: TopOperatorActor, job_id: JobId) -> int:
    return await failed_jobs.get_failed(session, job_id)


OperatedInstitution = Annotated[Institution, Depends(operated_institution)]
OperatedTeam = Annotated[Team, Depends(operated_team)]
OperatedStaff = Annotated[StaffMember, Depends(operated_staff)]
OperatedAbsence = Annotated[Absence, Depends(operated_absence)]
OwnAbsence = Annotated[Absence, Depends(own_absence)]
FailedJob = Annotated[int, Depends(failed_job)]
OwnAccessChange = Annotated[AccessChange, Depends(own_access_change)]
PeersAccessChange = Annotated[AccessChange, Depends(peers_access_change)]
AnsweredAccessChange = Annotated[AccessChange, Depends(answered_access_change)]
