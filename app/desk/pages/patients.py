"""The list of patients within reach, the search in it, and the finder of every page."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import ColumnElement, and_, true

from app.accounts import audit
from app.accounts.access import ClinicianActor
from app.core import clock
from app.core.assembly import Features
from app.core.db import Session
from app.core.pages import fragment, render
from app.core.state import AppFeatures
from app.medication import desk as medication
from app.patients.audit import LIST_PATIENTS, SEARCH_PATIENTS
from app.patients.desk import unbound_too_long
from app.patients.models import Condition, Patient
from app.patients.queries import records as queries
from app.patients.queries.flags import flagged, flags_of, visible
from app.patients.reach import ended

router = APIRouter(prefix="/staff/patients", include_in_schema=False)
PAGE_SIZE = 50
FOUND_AT_ONCE = 8
Typed = Annotated[str, Form(max_length=40)]
PostedCursor = Annotated[str, Form(max_length=400)]


class Shown(StrEnum):
    """Which patients are listed."""

    ALL = "all"
    FLAGGED = "flagged"
    TREATED = "treated"
    UNBOUND = "unbound"
    ENDED = "ended"


class Order(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    GRAVEST = "gravest"


PostedShown = Annotated[Shown, Form()]
PostedOrder = Annotated[Order, Form()]
PostedCondition = Annotated[Condition | Literal[""], Form()]
WORDS = {
    Shown.ALL: "全部",
    Shown.FLAGGED: "有情况的",
    Shown.TREATED: "治疗中",
    Shown.UNBOUND: "建档两天还没绑定手机",
    Shown.ENDED: "已结束",
}
ORDERS = {Order.NEWEST: "最近建档的在前", Order.GRAVEST: "情况最要紧的在前"}


class Asked(NamedTuple):
    """What the list is asked for; the text is typed, and so never in an address."""

    typed: str = ""
    show: Shown = Shown.ALL
    condition: Condition | None = None
    order: Order = Order.NEWEST
    cursor: str | None = None


def _only(asked: Asked, codes: Sequence[str]) -> ColumnElement[bool]:
    at = clock.now()
    shown = {
        Shown.ALL: true(),
        Shown.FLAGGED: flagged(codes),
        Shown.TREATED: and_(Patient.closed_at.is_(None), medication.is_treated(at)),
        Shown.UNBOUND: unbound_too_long(at),
        Shown.ENDED: ended(),
    }[asked.show]
    if asked.condition is None:
        return shown
    return and_(shown, Patient.conditions.contains([asked.condition.value]))


async def _page(
    request: Request, features: Features, actor: ClinicianActor, session: Session, asked: Asked
) -> Response:
    codes = [*visible(features.flags, actor.roles)]
    only = _only(asked, codes)
    gravest_of = codes if asked.order is Order.GRAVEST else None
    page = await queries.list_patients(
        session, actor, asked.typed, asked.cursor, PAGE_SIZE, only, gravest_of
    )
    patients = [row.patient for row in page.rows]
    listed = [patient.id for patient in patients]
    action = SEARCH_PATIENTS if asked.typed else LIST_PATIENTS
    await audit.record_shown(session, actor, action, listed)
    counts = await queries.count_patients(session, actor, asked.typed, only)
    context = {
        "page": page,
        "flags": await flags_of(session, listed, kinds=features.flags, roles=actor.roles),
        "cells": await medication.cells_of(session, patients, clock.now()),
        "asked": asked,
        "choices": WORDS,
        "orders": ORDERS,
        "conditions": list(Condition),
        "counts": counts,
        "most": queries.MOST_LISTED - 1,
    }
    return render(request, "desk/patients.html", context)


@router.get("")
async def list_patients(
    request: Request,
    features: AppFeatures,
    actor: ClinicianActor,
    session: Session,
    show: Shown = Shown.ALL,
    order: Order = Order.NEWEST,
) -> Response:
    return await _page(request, features, actor, session, Asked(show=show, order=order))


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
    condition: PostedCondition = "",
    order: PostedOrder = Order.NEWEST,
    cursor: PostedCursor = "",
) -> Response:
    """By POST, because a name or a phone number must not stand in an address."""
    asked = Asked(q.strip(), show, condition or None, order, cursor or None)
    return await _page(request, features, actor, session, asked)
