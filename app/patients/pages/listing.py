"""The list of patients within reach, and the search in it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.accounts import audit
from app.accounts.access import ClinicianActor
from app.core.db import Session
from app.core.pages import render
from app.core.pagination import Cursor
from app.patients.audit import LIST_PATIENTS
from app.patients.queries import records as queries

router = APIRouter(prefix="/staff/patients", include_in_schema=False)
PAGE_SIZE = 50
Typed = Annotated[str, Form(max_length=40)]
PostedCursor = Annotated[str, Form(max_length=400)]


async def _page(
    request: Request, actor: ClinicianActor, session: Session, typed: str, cursor: str | None
) -> Response:
    found = await queries.list_patients(session, actor, typed, cursor, PAGE_SIZE)
    audit.record(session, actor, LIST_PATIENTS)
    context = {
        "rows": found.rows,
        "next_cursor": found.next_cursor,
        "typed": typed,
        "is_first_page": cursor is None,
    }
    return render(request, "patients/list.html", context)


@router.get("")
async def list_patients(
    request: Request, actor: ClinicianActor, session: Session, cursor: Cursor = None
) -> Response:
    return await _page(request, actor, session, "", cursor)


@router.post("/search")
async def search_patients(
    request: Request,
    actor: ClinicianActor,
    session: Session,
    q: Typed = "",
    cursor: PostedCursor = "",
) -> Response:
    """By POST, because a name or a phone number must not stand in an address."""
    return await _page(request, actor, session, q.strip(), cursor or None)
