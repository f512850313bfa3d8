"""The patients behind the desk's lines: missing in a row, unwell, and courses that end soon."""

from fastapi import APIRouter, Request, Response

from app.accounts import audit
from app.accounts.access import ClinicianActor
from app.core import clock
from app.core.db import Session
from app.core.pages import render
from app.medication import symptoms
from app.medication.audit import LIST_ENDING, LIST_FELT, LIST_MISSING
from app.medication.queries import attention as queries

router = APIRouter(prefix="/medication")


@router.get("/missing")
async def show_missing(request: Request, actor: ClinicianActor, session: Session) -> Response:
    rows = await queries.list_missing(session, actor)
    await audit.record_shown(session, actor, LIST_MISSING, [row.patient.id for row in rows])
    context = {"rows": rows, "most": queries.MOST_ROWS}
    return render(request, "medication/missing.html", context)


@router.get("/ending")
async def show_ending(request: Request, actor: ClinicianActor, session: Session) -> Response:
    rows = await queries.list_ending(session, actor, clock.now())
    await audit.record_shown(session, actor, LIST_ENDING, [row.patient.id for row in rows])
    context = {"rows": rows, "most": queries.MOST_ROWS}
    return render(request, "medication/ending.html", context)


@router.get("/felt")
async def show_felt(request: Request, actor: ClinicianActor, session: Session) -> Response:
    rows = await queries.list_felt(session, actor, clock.now())
    await audit.record_shown(session, actor, LIST_FELT, [row.patient.id for row in rows])
    context = {"rows": rows, "most": queries.MOST_ROWS, "labels": symptoms.labels}
    return render(request, "medication/felt.html", context)
