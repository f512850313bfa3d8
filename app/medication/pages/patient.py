"""A patient's page: the course so far, every film with its readings, and what else was noted."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.accounts.access import ClinicianActor
from app.alerts import patient_page as alerts
from app.core import clock
from app.core.db import Session
from app.core.pages import render
from app.core.pagination import Cursor
from app.core.state import AppStorage
from app.medication import calendar, symptoms
from app.medication.pages.films import film_lines
from app.medication.queries import patient_page as queries
from app.medication.rules import DoseState
from app.patients.audit import read_record
from app.patients.loaders import ReachablePatient

router = APIRouter(prefix="/patients/{patient_id}")
Until = Annotated[str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]


def _newest_month(until: str | None, today: date) -> date:
    """Show what is laid out ahead, too: the month after this one, unless told otherwise."""
    if until is None:
        return calendar.month_before(today.replace(day=1), -1)
    return date(int(until[:4]), int(until[5:]), 1)


@router.get("")
async def show_patient(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    session: Session,
    until: Until = None,
) -> Response:
    read_record(session, actor, patient)
    at, today = clock.now(), clock.today_in(patient.zone)
    first, last = calendar.shown_days(_newest_month(until, today))
    overview = await queries.overview_of(session, patient.id)
    found = await queries.doses_and_rates(session, patient.id, at, first, last)
    sections = await alerts.sections(session, actor, patient, at)
    context: dict[str, Any] = {
        "patient": patient,
        "tab": "overview",
        "overview": overview,
        "labels": symptoms.labels,
        "months": calendar.months_of(found.doses, at),
        "earlier": calendar.month_before(first, 1),
        "is_newest": until is None,
        "whole": found.whole,
        "recent": found.recent,
        "today": today,
        "states": [s for s in DoseState if s is not DoseState.UPLOADING],
        "sections": sections,
    }
    for section in sections:
        context |= section.context
    return render(request, "medication/patient.html", context)


@router.get("/films")
async def show_films(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    storage: AppStorage,
    session: Session,
    cursor: Cursor = None,
) -> Response:
    read_record(session, actor, patient)
    found = await queries.films_of(session, patient.id, cursor)
    context: dict[str, Any] = {
        "patient": patient,
        "tab": "films",
        "films": film_lines(found.rows, storage),
        "next_cursor": found.next_cursor,
        "is_first_page": cursor is None,
    }
    return render(request, "medication/films.html", context)


@router.get("/history")
async def show_history(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    read_record(session, actor, patient)
    context = {
        "patient": patient,
        "tab": "history",
        "history": await queries.history_of(session, patient.id),
        "labels": symptoms.labels,
    }
    return render(request, "medication/history.html", context)
