"""The inbox of a member of staff."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from app.accounts.access import AnyStaffActor
from app.core.db import Session
from app.core.pages import redirect, render
from app.core.pagination import Cursor
from app.core.state import AppFeatures
from app.notifications import queries, service
from app.notifications.loaders import own_notice

router = APIRouter(prefix="/staff/inbox", include_in_schema=False)
PAGE_SIZE = 30


@router.get("")
async def show_inbox(
    request: Request,
    features: AppFeatures,
    actor: AnyStaffActor,
    session: Session,
    cursor: Cursor = None,
) -> Response:
    own = queries.of_staff(actor.account_id)
    inbox = await queries.list_notices(session, own, features.notices, cursor, PAGE_SIZE)
    context = {
        "lines": inbox.lines,
        "next_cursor": inbox.next_cursor,
        "unread": any(line.read_at is None for line in inbox.lines),
        "is_first_page": cursor is None,
    }
    return render(request, "notifications/inbox.html", context)


@router.post("/read")
async def read_inbox(
    request: Request, actor: AnyStaffActor, session: Session, until: Annotated[UUID, Form()]
) -> Response:
    own = queries.of_staff(actor.account_id)
    await service.read_until(session, own, await own_notice(session, own, until))
    return redirect(request, "/staff/inbox", say="已全部标为已读。")
