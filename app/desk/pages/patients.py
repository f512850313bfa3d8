"""The list of patients within reach, and the search in it."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import ColumnElement, true

from app.accounts import audit
from app.accounts.access import ClinicianActor
from app.core import clock
from app.core.assembly import Features
from app.core.db import Session
from app.core.pages import fragment, render
from app.core.pagination import Cursor
from app.core.state import AppFeatures
from app.patients.audit import LIST_PATIENTS, SEARCH_PATIENTS
from app.patients.desk import unbound_too_long
from app.patients.queries import records as queries
from app.patients.queries.flags import flags_of
from app.patients.reach import ended

router = APIRouter(prefix="/staff/patients", include_in_schema=False)
PAGE_SIZE = 50
FOUND_AT_ONCE = 8
Typed = Annotated[str, Form(max_length=40)]
PostedCursor = Annotated[str, Form(max_length=400)]


class Shown(StrEnum):
    """Which patients are listed."""

    ALL = "all"
    UNBOUND = "unbound"
    ENDED = "ended"


PostedShown = Annotated[Shown, Form()]
WORDS = {Shown.ALL: "全部", Shown.UNBOUND: "建档两天还没绑定手机", Shown.ENDED: "已结束"}


def _only(show: Shown) -> ColumnElement[bool]:
    match show:
        case Shown.ALL:
            return true()
        case Shown.UNBOUND:
            return unbound_too_long(clock.now())
        case Shown.ENDED:
            return ended()


async def _page(
    request: Request,
    features: Features,
    actor: ClinicianActor,
    session: Session,
    typed: str,
    show: Shown,
    cursor: str | None,
) -> Response:
    page = await queries.list_patients(session, actor, typed, cursor, PAGE_SIZE, _only(show))
    listed = [row.patient.id for row in page.rows]
    flags = await flags_of(session, listed, kinds=features.flags, roles=actor.roles)
    action = SEARCH_PATIENTS if typed else LIST_PATIENTS
    await audit.record_shown(session, actor, action, listed)
    context = {
        "rows": page.rows,
        "flags": flags,
        "next_cursor": page.next_cursor,
        "typed": typed,
        "show": show,
        "choices": WORDS,
        "counts": {Shown.ENDED: await queries.count_ended(session, actor)},
        "is_first_page": cursor is None,
    }
    return render(request, "desk/patients.html", context)


@router.get("")
async def list_patients(
    request: Request,
    features: AppFeatures,
    actor: ClinicianActor,
    session: Session,
    show: Shown = Shown.ALL,
    cursor: Cursor = None,
) -> Response:
    return await _page(request, features, actor, session, "", show, cursor)


@router.post("/find")
async def find_patients(
    request: Request,
    features: AppFeatures,
    actor: ClinicianActor,
    session: Session,
    q: Typed = "",
) -> Response:
    """Answer the finder of every page: the first that fit, or those looked at last."""
    typed = q.strip()
    if typed:
        found = await queries.list_patients(session, actor, typed, None, FOUND_AT_ONCE)
    else:
        found = await queries.looked_at_last(session, actor, clock.now(), FOUND_AT_ONCE)
    listed = [row.patient.id for row in found.rows]
    flags = await flags_of(session, listed, kinds=features.flags, roles=actor.roles)
    action = SEARCH_PATIENTS if typed else LIST_PATIENTS
    await audit.record_shown(session, actor, action, listed)
    context = {
        "rows": found.rows,
        "flags": flags,
        "typed": typed,
        "goes_on": found.next_cursor is not None,
    }
    return fragment(request, "desk/_found.html", context)


@router.post("/search")
async def search_patients(
    request: Request,
    features: AppFeatures,
    actor: ClinicianActor,
    session: Session,
    q: Typed = "",
    show: PostedShown = Shown.ALL,
    cursor: PostedCursor = "",
) -> Response:
    """By POST, because a name or a phone number must not stand in an address."""
    return await _page(request, features, actor, session, q.strip(), show, cursor or None)
