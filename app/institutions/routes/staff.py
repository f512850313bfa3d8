"""Admin API: staff."""

from fastapi import APIRouter

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.pagination import Cursor, Limit, Listed, Page
from app.institutions.loaders import OperatedStaff
from app.institutions.queries import lists
from app.institutions.queries.lists import StaffRow
from app.institutions.schemas.staff import (
    HandoverRead,
    StaffCreate,
    StaffMove,
    StaffName,
    StaffRead,
    StaffRoles,
    StaffTitle,
)
from app.institutions.service import staff

router = APIRouter(prefix="/api/admin/staff", tags=["admin"])


@router.get("", response_model=Page[StaffRead])
async def list_staff(
    actor: OperatorActor, session: Session, cursor: Cursor = None, limit: Limit = 50
) -> Listed[StaffRow]:
    page = await lists.list_staff(session, actor, cursor, limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("", status_code=201, response_model=HandoverRead)
async def create_staff(body: StaffCreate, actor: OperatorActor, session: Session) -> staff.Handover:
    """Return an initial password and the secret of the one-time codes: shown only now."""
    new = staff.NewStaff(body.username, body.name, body.title, body.institution_id, body.roles)
    return await staff.add_staff(session, actor, new)


@router.post("/{staff_id}/move", response_model=StaffRead)
async def move_staff(
    body: StaffMove, actor: OperatorActor, member: OperatedStaff, session: Session
) -> StaffRow:
    await staff.move(session, actor, member, body.institution_id)
    return await lists.get_staff_row(session, member.id)


@router.put("/{staff_id}/roles", response_model=StaffRead)
async def set_staff_roles(
    body: StaffRoles, actor: OperatorActor, member: OperatedStaff, session: Session
) -> StaffRow:
    await staff.set_roles(session, actor, member, body.roles)
    return await lists.get_staff_row(session, member.id)


@router.put("/{staff_id}/name", response_model=StaffRead)
async def rename_staff(
    body: StaffName, actor: OperatorActor, member: OperatedStaff, session: Session
) -> StaffRow:
    await staff.rename(session, actor, member, body.name)
    return await lists.get_staff_row(session, member.id)


@router.put("/{staff_id}/title", response_model=StaffRead)
async def set_staff_title(
    body: StaffTitle, actor: OperatorActor, member: OperatedStaff, session: Session
) -> StaffRow:
    """Change the rights with it: who may start, stop or hold a treatment."""
    await staff.set_title(session, actor, member, body.title)
    return await lists.get_staff_row(session, member.id)


@router.post("/{staff_id}/deactivate", response_model=StaffRead)
async def deactivate_staff(
    actor: OperatorActor, member: OperatedStaff, session: Session
) -> StaffRow:
    await staff.set_active(session, actor, member, active=False)
    return await lists.get_staff_row(session, member.id)


@router.post("/{staff_id}/reactivate", response_model=StaffRead)
async def reactivate_staff(
    actor: OperatorActor, member: OperatedStaff, session: Session
) -> StaffRow:
    await staff.set_active(session, actor, member, active=True)
    return await lists.get_staff_row(session, member.id)


@router.post("/{staff_id}/credentials", response_model=HandoverRead)
async def renew_staff_credentials(
    actor: OperatorActor, member: OperatedStaff, session: Session
) -> staff.Handover:
    return await staff.renew_credentials(session, actor, member)


@router.post("/{staff_id}/end-sessions", status_code=204)
async def end_staff_sessions(actor: OperatorActor, member: OperatedStaff, session: Session) -> None:
    await staff.end_sessions(session, actor, member)
