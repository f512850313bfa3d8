"""Admin API: teams. Closing one is asked where its patients are counted, in `patients`."""

from fastapi import APIRouter

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.pagination import Cursor, Limit, Listed, Page
from app.institutions.loaders import OperatedTeam
from app.institutions.queries import lists
from app.institutions.queries.lists import TeamRow
from app.institutions.schemas.access import AccessAskedRead, MembersAskedRead
from app.institutions.schemas.tree import (
    Merging,
    Renaming,
    TeamContactsUpdate,
    TeamCreate,
    TeamMembers,
    TeamRead,
)
from app.institutions.service import closing, team_requests, tree
from app.institutions.service.access_waiting import Asked

router = APIRouter(prefix="/api/admin/teams", tags=["admin"])


@router.get("", response_model=Page[TeamRead])
async def list_teams(
    actor: OperatorActor, session: Session, cursor: Cursor = None, limit: Limit = 50
) -> Listed[TeamRow]:
    page = await lists.list_teams(session, actor, cursor, limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("", status_code=201, response_model=TeamRead)
async def create_team(body: TeamCreate, actor: OperatorActor, session: Session) -> TeamRow:
    """Without a phone of its own or of its institution a team takes no patients."""
    contacts = tree.TeamContacts(body.phone, body.on_call_phone)
    team = await tree.add_team(session, actor, body.institution_id, body.name, contacts)
    return await lists.get_team_row(session, team.id)


@router.put("/{team_id}/members", status_code=202, response_model=MembersAskedRead)
async def set_team_members(
    body: TeamMembers, actor: OperatorActor, team: OperatedTeam, session: Session
) -> team_requests.AskedMembers:
    """Take the whole list: who left is out at once, who is new waits for a second person.

    `version` is the team's, as it was read; the answer of a conflict says the present one.
    """
    return await team_requests.set_members(
        session, actor, team, body.staff_ids, version=body.version
    )


@router.put("/{team_id}/name", response_model=TeamRead)
async def rename_team(
    body: Renaming, actor: OperatorActor, team: OperatedTeam, session: Session
) -> TeamRow:
    await tree.rename_team(session, actor, team, body.name, body.version)
    return await lists.get_team_row(session, team.id)


@router.put("/{team_id}/contacts", response_model=TeamRead)
async def set_team_contacts(
    body: TeamContactsUpdate, actor: OperatorActor, team: OperatedTeam, session: Session
) -> TeamRow:
    contacts = tree.TeamContacts(body.phone, body.on_call_phone)
    await tree.set_team_contacts(session, actor, team, contacts, body.version)
    return await lists.get_team_row(session, team.id)


@router.post("/{team_id}/reopen", response_model=TeamRead)
async def reopen_team(actor: OperatorActor, team: OperatedTeam, session: Session) -> TeamRow:
    await closing.reopen_team(session, actor, team)
    return await lists.get_team_row(session, team.id)


@router.post("/{team_id}/merge", status_code=202, response_model=AccessAskedRead)
async def merge_team(
    body: Merging, actor: OperatorActor, team: OperatedTeam, session: Session
) -> Asked:
    """Once confirmed its members join the other team, its patients follow within minutes."""
    return await team_requests.merge_teams(session, actor, team, body.into_id)
