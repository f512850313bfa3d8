"""Row access of operators: what lies in their subtree, 404 for the rest."""

from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Path
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.problems import NotFound
from app.institutions import failed_jobs
from app.institutions.models import StaffMember, Team
from app.institutions.queries import subtree

R = TypeVar("R")
JobId = Annotated[int, Path(ge=1, lt=2**63)]


async def _one(session: AsyncSession, statement: Select[R]) -> R:
    found = await session.scalar(statement)
    if found is None:
        raise NotFound
    return found


async def operated_team(session: Session, actor: OperatorActor, team_id: UUID) -> Team:
    within = Team.institution_id.in_(subtree(actor.account_id))
    return await _one(session, select(Team).where(Team.id == team_id, within))


async def operated_staff(session: Session, actor: OperatorActor, staff_id: UUID) -> StaffMember:
    within = StaffMember.institution_id.in_(subtree(actor.account_id))
    return await _one(session, select(StaffMember).where(StaffMember.id == staff_id, within))


async def failed_job(session: Session, _actor: OperatorActor, job_id: JobId) -> int:
    return await failed_jobs.get_failed(session, job_id)


OperatedTeam = Annotated[Team, Depends(operated_team)]
OperatedStaff = Annotated[StaffMember, Depends(operated_staff)]
FailedJob = Annotated[int, Depends(failed_job)]
