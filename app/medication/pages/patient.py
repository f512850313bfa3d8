"""Medication's tabs of one patient: the course, every film with its readings, all else noted."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.accounts.access import ClinicianActor
from app.core import clock
from app.core.db import Session
from app.core.pages import render
from app.core.pagination import Cursor
from app.core.state import AppStorage
from app.medication import calendar, rules, symptoms
from app.medication.audit import viewed_stills
from app.medication.pages.films import film_lines, with_stills
from app.medication.queries.films import films_of
from app.medication.queries.history import history_of
from app.medication.queries.patient_page import doses_between, overview_of
from app.medication.rules import DoseState
from app.patients.frame import open_page
from app.patients.loaders import ReachablePatient

router = APIRouter(prefix="/patients/{patient_id}/medication")
Until = Annotated[str | None, Query(pattern=r"^20[0-9][0-9]-(0[1-9]|1[0-2])$")]


def _newest_month(until: str | None, today: date) -> date:
    """Show what is laid out ahead, too: the month after this one, unless told otherwise."""
    if until is None:
        return calendar.month_before(today.replace(day=1), -1)
    return date(int(until[:4]), int(until[5:]), 1)


@router.get("")
async def show_course(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    session: Session,
    until: Until = None,
) -> Response:
    frame = await open_page(request, session, actor, patient, "medication")
    at = clock.now()
    today = rules.dose_day(at, patient.zone)
    first, last = calendar.shown_days(_newest_month(until, today))
    overview = await overview_of(session, patient.id, at, today)
    doses = await doses_between(session, patient.id, first, last)
    context = {
        "overview": overview,
        "labels": symptoms.labels,
        "months": calendar.months_of(doses, at),
        "earlier": calendar.month_before(first, 1),
        "is_newest": until is None,
        "today": today,
        "states": [s for s in DoseState if s is not DoseState.UPLOADING],
    }
    return render(request, "medication/course.html", frame | context)


@router.get("/films")
async def show_films(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    storage: AppStorage,
    session: Session,
    cursor: Cursor = None,
) -> Response:
    page = await films_of(session, patient.id, cursor)
    viewed_stills(session, actor, patient.id, with_stills(page.films))
    frame = await open_page(request, session, actor, patient, "films")
    context: dict[str, Any] = {
        "films": film_lines(page.films, storage),
        "next_cursor": page.next_cursor,
        "is_first_page": cursor is None,
    }
    return render(request, "medication/films.html", frame | context)


@router.get("/history")
async def show_history(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    frame = await open_page(request, session, actor, patient, "history")
    context = {
        "history": await history_of(session, patient.id),
        "labels": symptoms.labels,
    }
    return render(request, "medication/history.html", frame | context)
