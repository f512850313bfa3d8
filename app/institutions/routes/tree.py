"""Admin API: institutions."""

from fastapi import APIRouter

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.pagination import Cursor, Limit, Listed, Page
from app.institutions.loaders import OperatedInstitution
from app.institutions.models import Institution
from app.institutions.queries import lists
from app.institutions.queries.lists import InstitutionRow
from app.institutions.schemas.access import AccessAskedRead
from app.institutions.schemas.tree import (
    InstitutionContactsInput,
    InstitutionContactsUpdate,
    InstitutionCreate,
    InstitutionRead,
    Merging,
    Renaming,
)
from app.institutions.service import closing, team_requests, tree
from app.institutions.service.access_waiting import Asked

router = APIRouter(prefix="/api/admin/institutions", tags=["admin"])


def _contacts(body: InstitutionContactsInput) -> tree.InstitutionContacts:
    return tree.InstitutionContacts(
        body.address, body.phone, body.on_call_phone, body.opening_hours
    )


@router.get("", response_model=Page[InstitutionRead])
async def list_institutions(
    actor: OperatorActor, session: Session, cursor: Cursor = None, limit: Limit = 50
) -> Listed[InstitutionRow]:
    page = await lists.list_institutions(session, actor, cursor, limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("", status_code=201, response_model=InstitutionRead)
async def create_institution(
    body: InstitutionCreate, actor: OperatorActor, session: Session
) -> Institution:
    institution = await tree.add_institution(
        session, actor, body.parent_id, body.tier, body.name, _contacts(body)
    )
    await session.flush()  # the answer carries what the columns default to
    return institution


@router.put("/{institution_id}/name", response_model=InstitutionRead)
async def rename_institution(
    body: Renaming, actor: OperatorActor, institution: OperatedInstitution, session: Session
) -> Institution:
    await tree.rename_institution(session, actor, institution, body.name, body.version)
    return institution


@router.put("/{institution_id}/contacts", response_model=InstitutionRead)
async def set_institution_contacts(
    body: InstitutionContactsUpdate,
    actor: OperatorActor,
    institution: OperatedInstitution,
    session: Session,
) -> Institution:
    """Publish address, phones and hours: patients see them."""
    await tree.set_institution_contacts(session, actor, institution, _contacts(body), body.version)
    return institution


@router.post("/{institution_id}/close", response_model=InstitutionRead)
async def close_institution(
    actor: OperatorActor, institution: OperatedInstitution, session: Session
) -> Institution:
    await closing.close_institution(session, actor, institution)
    return institution


@router.post("/{institution_id}/reopen", response_model=InstitutionRead)
async def reopen_institution(
    actor: OperatorActor, institution: OperatedInstitution, session: Session
) -> Institution:
    await closing.reopen_institution(session, actor, institution)
    return institution


@router.post("/{institution_id}/merge", status_code=202, response_model=AccessAskedRead)
async def merge_institution(
    body: Merging, actor: OperatorActor, institution: OperatedInstitution, session: Session
) -> Asked:
    """Once confirmed its lower institutions, teams and staff hang under the other; it closes."""
    return await team_requests.merge_institutions(session, actor, institution, body.into_id)
