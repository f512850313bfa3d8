"""What becomes of patients when their team ends."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core.assembly import Features
from app.core.db import for_update, get_locked
from app.institutions.models import Team
from app.institutions.service import closing
from app.patients.audit import CHANGE_RECORD
from app.patients.models import Patient
from app.patients.service.record_locks import lock_rows_of
from app.patients.service.records import move_patient


async def close_team(session: AsyncSession, actor: StaffActor, team: Team) -> None:
    """Only open records hold a team: a closed one stays where it was."""
    await closing.lock_team_to_close(session, team)
    left = select(func.count()).where(Patient.team_id == team.id, Patient.closed_at.is_(None))
    await closing.close_team(session, actor, team, (await session.scalars(left)).one())


async def patients_left(
    session: AsyncSession, team_id: UUID, last: UUID | None, limit: int
) -> Sequence[UUID]:
    """List patients of a team, closed records too."""
    statement = select(Patient.id).where(Patient.team_id == team_id)
    if last is not None:
        statement = statement.where(Patient.id > last)
    return (await session.scalars(statement.order_by(Patient.id).limit(limit))).all()


async def move_merged(
    session: AsyncSession, features: Features, team_id: UUID, patient_ids: Sequence[UUID]
) -> None:
    """Move these patients of a merged team to where it went, as far as they are still there.

    The target is read now and locked against a merge of its own: it may have been merged on
    since this team went into it.
    """
    into_id = await _open_target(session, team_id)
    if into_id is None:
        return
    await lock_rows_of(session, features, patient_ids)
    patients = await session.scalars(
        for_update(
            select(Patient)
            .where(Patient.id.in_(patient_ids), Patient.team_id == team_id)
            .order_by(Patient.id)
        )
    )
    detail = {"code": "team_followed", "before": str(team_id), "after": str(into_id)}
    for patient in patients.all():
        audit.record_of_system(session, CHANGE_RECORD, patient_id=patient.id, detail=detail)
        await move_patient(session, features, patient, into_id)


async def _open_target(session: AsyncSession, team_id: UUID) -> UUID | None:
    """Follow the merges to the team that is still open, and lock it until the batch is done."""
    team = await session.get_one(Team, team_id, populate_existing=True)
    next_id = team.merged_into_id
    target_id: UUID | None = None
    while next_id is not None:
        target_id = next_id
        team = await get_locked(session, Team, target_id, read=True)
        next_id = team.merged_into_id
    return target_id
