"""Admin API: changes of access that were asked for, and an operator's word on them."""

from fastapi import APIRouter

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.pagination import Cursor, Limit, Listed, Page
from app.institutions.loaders import OwnAccessChange, PeersAccessChange
from app.institutions.models import AccessChange
from app.institutions.queries import access_changes as queries
from app.institutions.queries.access_changes import ChangeRow
from app.institutions.schemas.access import AccessChangeRead
from app.institutions.service import access_settling as settling

router = APIRouter(prefix="/api/admin", tags=["admin"])


@router.get("/access-changes", response_model=Page[AccessChangeRead])
async def list_access_changes(
    actor: OperatorActor, session: Session, cursor: Cursor = None, limit: Limit = 50
) -> Listed[ChangeRow]:
    """List what operators of the subtree asked for, settled or not; newest first."""
    page = await queries.list_changes(session, actor, cursor, limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/access-changes/{change_id}/cancel", response_model=AccessChangeRead)
async def cancel_access_change(
    actor: OperatorActor, change: OwnAccessChange, session: Session
) -> AccessChange:
    return await settling.withdraw(session, actor, change.id)


@router.get("/confirmations", response_model=Page[AccessChangeRead])
async def list_confirmations(
    actor: OperatorActor, session: Session, cursor: Cursor = None, limit: Limit = 50
) -> Listed[ChangeRow]:
    """List what other operators of the subtree asked for and nobody has settled yet."""
    page = await queries.list_asked_by_others(session, actor, cursor, limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/confirmations/{confirmation_id}/confirm", response_model=AccessChangeRead)
async def confirm_access_change(
    actor: OperatorActor, change: PeersAccessChange, session: Session
) -> AccessChange:
    """Refused where a supervisor can confirm, or where the two operators are not independent."""
    return await settling.confirm(session, actor, change.id)


@router.post("/confirmations/{confirmation_id}/refuse", response_model=AccessChangeRead)
async def refuse_access_change(
    actor: OperatorActor, change: PeersAccessChange, session: Session
) -> AccessChange:
    return await settling.refuse(session, actor, change.id)
