"""Admin API: close a team. Asked here, because only from this floor its patients are seen."""

from fastapi import APIRouter

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.institutions.loaders import OperatedTeam
from app.institutions.queries import lists
from app.institutions.queries.lists import TeamRow
from app.institutions.schemas.tree import TeamRead
from app.patients.service import teams

router = APIRouter(prefix="/api/admin/teams", tags=["admin"])


@router.post("/{team_id}/close", response_model=TeamRead)
async def close_team(actor: OperatorActor, team: OperatedTeam, session: Session) -> TeamRow:
    """Refused while open records or members are left; the answer says how many."""
    await teams.close_team(session, actor, team)
    return await lists.get_team_row(session, team.id)
