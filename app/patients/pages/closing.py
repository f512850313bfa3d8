"""End the care of a record, seen in numbers before; and take it back when it was wrong."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor, StaffActor
from app.core import clock
from app.core.assembly import Features
from app.core.db import Session
from app.core.forms import Form, form_of, refusing
from app.core.idempotency import make_once
from app.core.pages import redirect, render
from app.core.state import AppFeatures
from app.institutions.access import StoppingActor
from app.institutions.rights import Right
from app.patients.frame import open_page
from app.patients.loaders import ReachablePatient
from app.patients.models import Patient
from app.patients.pages.stale import tell_changed
from app.patients.queries.closings import closings_of, standing_of
from app.patients.schemas.closing import CloseForm, ReopenForm
from app.patients.service import closing, reopening
from app.patients.words import ENDS

router = APIRouter(prefix="/staff/patients/{patient_id}", include_in_schema=False)
Closing = Annotated[Form[CloseForm], Depends(form_of(CloseForm))]
Reopening = Annotated[Form[ReopenForm], Depends(form_of(ReopenForm))]


async def _page(
    request: Request,
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    status: int | None = None,
    **sent: Form[Any],
) -> Response:
    """`sent`: a form that was refused, by its name in the template."""
    features: Features = request.app.state.features
    standing = await standing_of(session, patient.id)
    effects: list[str] = []
    if patient.closed_at is None:
        effects = await closing.what_closing_does(session, features, patient.id)
    today = clock.today_in(patient.zone)
    context = await open_page(request, session, actor, patient, "") | {
        "lines": await closings_of(session, patient.id),
        "standing": standing,
        "may_take_back": standing is not None and reopening.may_take_back(actor, standing),
        "right": Right.STOP_TREATMENT,
        "effects": effects,
        "reasons": [(end.value, word) for end, word in ENDS.items()],
        "first_day": closing.first_day(patient),
        "today": today,
        "close": Form({"closed_on": today.isoformat()}),
        "reopen": Form(),
    }
    wrong = any(form.errors for form in sent.values())
    return render(
        request, "patients/closing.html", context | sent, status or (422 if wrong else 200)
    )


def _address(patient: Patient) -> str:
    return f"/staff/patients/{patient.id}/closing"


@router.get("/closing")
async def show_closing(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    return await _page(request, session, actor, patient)


@router.post("/close")
async def close_record(
    request: Request,
    features: AppFeatures,
    actor: StoppingActor,
    patient: ReachablePatient,
    form: Closing,
    session: Session,
) -> Response:
    """For who may end a treatment: it takes every drug off the plan of the days to come."""
    sent = form.data
    if sent is None:
        return await _page(request, session, actor, patient, close=form)
    ending = closing.Ending(sent.reason, sent.closed_on, sent.note)

    async def close() -> UUID:
        made = await closing.close_record(
            session, features, actor, patient, ending, version=sent.version
        )
        await session.flush()  # a second press of this form is told its id
        return made.id

    intent = f"close {patient.id} {sent.model_dump_json(exclude={'key'})}"
    async with refusing(session, form, made_at=_address(patient)):
        await make_once(session, actor.account_id, sent.key, intent, close)
    if form.errors:
        stale = await tell_changed(session, form, patient, sent.version)
        return await _page(request, session, actor, patient, stale, close=form)
    return redirect(request, _address(patient), say="已结束建档，手机上不再要求服药。")


@router.post("/reopen")
async def reopen_record(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    form: Reopening,
    session: Session,
) -> Response:
    """For who closed it within a day, later for a supervisor: both lines stay."""
    sent = form.data
    if sent is None:
        return await _page(request, session, actor, patient, reopen=form)
    async with refusing(session, form):
        await reopening.take_back(session, actor, patient, sent.why, version=sent.version)
    if form.errors:
        stale = await tell_changed(session, form, patient, sent.version)
        return await _page(request, session, actor, patient, stale, reopen=form)
    return redirect(request, _address(patient), say="已恢复建档，服药安排一会儿就回来。")
