"""Admin API: staff. What may give reach answers 202: in effect already, or waiting."""

from dataclasses import asdict

from fastapi import APIRouter

from app.accounts.access import OperatorActor
from app.accounts.service import credentials
from app.core.db import Session, Sessions, end_transaction
from app.core.pagination import Cursor, Limit, Listed, Page
from app.institutions.loaders import OperatedStaff
from app.institutions.queries import lists
from app.institutions.queries.lists import StaffRow
from app.institutions.schemas.access import AccessAskedRead
from app.institutions.schemas.staff import (
    HandoverRead,
    StaffCreate,
    StaffMove,
    StaffName,
    StaffRead,
    StaffRoles,
    StaffTitle,
)
from app.institutions.service import access_requests as requests
from app.institutions.service import staff
from app.institutions.service.access_waiting import Asked

router = APIRouter(prefix="/api/admin/staff", tags=["admin"])


@router.get("", response_model=Page[StaffRead])
async def list_staff(
    actor: OperatorActor, session: Session, cursor: Cursor = None, limit: Limit = 50
) -> Listed[StaffRow]:
    page = await lists.list_staff(session, actor, cursor, limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("", status_code=201)
async def create_staff(
    body: StaffCreate, actor: OperatorActor, session: Session, sessions: Sessions
) -> HandoverRead:
    """Return an initial password and the secret of the one-time codes: shown only now.

    A supervisor's account stays shut until a second person confirms it.
    """
    new = staff.NewStaff(body.username, body.name, body.title, body.institution_id, body.roles)
    await end_transaction(session)
    secrets = await credentials.new_secrets()
    async with sessions.begin() as own:
        return _handover(await requests.create_staff(own, actor, new, secrets))


def _handover(made: requests.AskedHandover) -> HandoverRead:
    asked = AccessAskedRead.model_validate(made.asked)
    return HandoverRead(**asdict(made.handover), asked=asked)


@router.post("/{staff_id}/move", status_code=202, response_model=AccessAskedRead)
async def move_staff(
    body: StaffMove, actor: OperatorActor, member: OperatedStaff, session: Session
) -> Asked:
    return await requests.move(session, actor, member, body.institution_id)


@router.put("/{staff_id}/roles", status_code=202, response_model=AccessAskedRead)
async def set_staff_roles(
    body: StaffRoles, actor: OperatorActor, member: OperatedStaff, session: Session
) -> Asked:
    """Fewer roles hold at once, more of them where there are records once confirmed."""
    return await requests.set_roles(session, actor, member, body.roles)


@router.put("/{staff_id}/name", response_model=StaffRead)
async def rename_staff(
    body: StaffName, actor: OperatorActor, member: OperatedStaff, session: Session
) -> StaffRow:
    await requests.rename(session, actor, member, body.name)
    return await lists.get_staff_row(session, member.id)


@router.put("/{staff_id}/title", status_code=202, response_model=AccessAskedRead)
async def set_staff_title(
    body: StaffTitle, actor: OperatorActor, member: OperatedStaff, session: Session
) -> Asked:
    """Change the rights with it: who may start, stop or hold a treatment."""
    return await requests.set_title(session, actor, member, body.title)


@router.post("/{staff_id}/deactivate", response_model=StaffRead)
async def deactivate_staff(
    actor: OperatorActor, member: OperatedStaff, session: Session
) -> StaffRow:
    await requests.deactivate(session, actor, member)
    return await lists.get_staff_row(session, member.id)


@router.post("/{staff_id}/reactivate", status_code=202, response_model=AccessAskedRead)
async def reactivate_staff(actor: OperatorActor, member: OperatedStaff, session: Session) -> Asked:
    return await requests.reactivate(session, actor, member)


@router.post("/{staff_id}/credentials", status_code=202)
async def renew_staff_credentials(
    actor: OperatorActor, member: OperatedStaff, session: Session, sessions: Sessions
) -> HandoverRead:
    """End the old ones and every session at once.

    The new ones open nothing before the account's own phone or a supervisor confirms them.
    """
    await end_transaction(session)
    secrets = await credentials.new_secrets()
    async with sessions.begin() as own:
        return _handover(await requests.renew_credentials(own, actor, member, secrets))


@router.post("/{staff_id}/end-sessions", status_code=204)
async def end_staff_sessions(actor: OperatorActor, member: OperatedStaff, session: Session) -> None:
    await staff.end_sessions(session, actor, member)
