"""Admin API: institutions and teams."""

from typing import Any

from fastapi import APIRouter

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.pagination import Cursor, Limit, Page
from app.institutions import queries
from app.institutions.loaders import OperatedTeam
from app.institutions.models import Institution, Team
from app.institutions.schemas import (
    InstitutionCreate,
    InstitutionRead,
    TeamCreate,
    TeamMembers,
    TeamRead,
)
from app.institutions.service import tree

router = APIRouter(prefix="/api/admin", tags=["admin"])


@router.get("/institutions", response_model=Page[InstitutionRead])
async def list_institutions(
    actor: OperatorActor, session: Session, cursor: Cursor = None, limit: Limit = 50
) -> Any:
    found = await queries.list_institutions(session, actor, cursor, limit)
    return {"items": found.rows, "next_cursor": found.next_cursor}


@router.post("/institutions", status_code=201, response_model=InstitutionRead)
async def create_institution(
    body: InstitutionCreate, actor: OperatorActor, session: Session
) -> Institution:
    return await tree.add_institution(session, actor, body.parent_id, body.tier, body.name)


@router.get("/teams", response_model=Page[TeamRead])
async def list_teams(
    actor: OperatorActor, session: Session, cursor: Cursor = None, limit: Limit = 50
) -> Any:
    found = await queries.list_teams(session, actor, cursor, limit)
    return {"items": found.rows, "next_cursor": found.next_cursor}


@router.post("/teams", status_code=201, response_model=TeamRead)
async def create_team(body: TeamCreate, actor: OperatorActor, session: Session) -> Team:
    team = await tree.add_team(session, actor, body.institution_id, body.name)
    await session.flush()  # the answer carries the id
    return team


@router.put("/teams/{team_id}/members", status_code=204)
async def set_team_members(
    body: TeamMembers, actor: OperatorActor, team: OperatedTeam, session: Session
) -> None:
    await tree.set_members(session, actor, team, body.staff_ids)
