"""One dose: what is known of it, and what a doctor may do about it."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor, StaffActor
from app.core import clock
from app.core.corrections import may_correct
from app.core.db import Session
from app.core.forms import Form, form_of, refusing
from app.core.idempotency import make_once
from app.core.pages import redirect, render
from app.core.state import storage_of
from app.medication import rules, symptoms
from app.medication.audit import viewed_stills
from app.medication.loaders import ReachableDose
from app.medication.models import Dose
from app.medication.pages.films import film_lines, with_stills
from app.medication.pages.stale import tell_changed
from app.medication.queries.dose_page import dose_page
from app.medication.queries.films import films_of_dose
from app.medication.queries.treatments import get_plan
from app.medication.running import today_in
from app.medication.schemas.doses import StaffReportCreate
from app.medication.schemas.forms import CorrectionForm, RescheduleForm, SeenDoseForm
from app.medication.service import changes
from app.medication.service import doses as service
from app.patients.frame import open_page

router = APIRouter(prefix="/doses/{dose_id}")


class Corrected(NamedTuple):
    """A form of correction that was refused, and of which line."""

    line_id: UUID | None
    form: Form[CorrectionForm]


def _may_correct(actor: StaffActor, at: datetime, author_id: UUID | None, made: datetime) -> bool:
    own = author_id == actor.account_id
    return may_correct(own=own, supervises=actor.supervises, made_at=made, at=at)


Seen = Annotated[Form[SeenDoseForm], Depends(form_of(SeenDoseForm))]
Moved = Annotated[Form[RescheduleForm], Depends(form_of(RescheduleForm))]


async def page_of_dose(
    request: Request,
    actor: StaffActor,
    session: AsyncSession,
    dose: Dose,
    seen: Form[Any] | None = None,
    moved: Form[Any] | None = None,
    corrected: Corrected | None = None,
    status: int | None = None,
) -> Response:
    found = await dose_page(session, dose.id)
    films = await films_of_dose(session, dose.id)
    viewed_stills(session, actor, dose.patient_id, with_stills(films))
    frame = await open_page(request, session, actor, found.patient, "medication", dose.id)
    at = clock.now()
    context = {
        "dose": dose,
        "treatment_name": found.treatment_name,
        "version": found.treatment_version,
        "films": film_lines(films, storage_of(request)),
        "reports": found.reports,
        "side_effects": found.side_effects,
        "labels": symptoms.labels,
        "state": rules.state_of(dose, at),
        "can_enter": service.can_enter(dose, at),
        "can_move": changes.can_move(dose),
        "seen": seen or Form(),
        "moved": moved or Form({"to_on": today_in(found.patient.zone).isoformat()}),
        "corrected": corrected or Corrected(None, Form()),
        "may_correct": partial(_may_correct, actor, at),
    }
    wrong = (seen and seen.errors) or (moved and moved.errors) or corrected
    status = status or (422 if wrong else 200)
    return render(request, "medication/dose.html", frame | context, status)


@router.get("")
async def show_dose(
    request: Request, actor: ClinicianActor, dose: ReachableDose, session: Session
) -> Response:
    return await page_of_dose(request, actor, session, dose)


@router.post("/seen")
async def enter_seen_dose(
    request: Request, actor: ClinicianActor, dose: ReachableDose, form: Seen, session: Session
) -> Response:
    """Its own evidence class: verified, never "observed by video"."""
    sent = form.data
    if sent is None:
        return await page_of_dose(request, actor, session, dose, seen=form)
    report = StaffReportCreate(kind=sent.kind, note=sent.note)
    intent = f"seen {dose.id} {report.model_dump_json()}"

    async def enter() -> UUID:
        entered = await service.enter_seen_dose(session, actor, dose, report)
        await session.flush()  # a second press of this form is told its id
        return entered.id

    async with refusing(session, form, made_at=f"/staff/doses/{dose.id}"):
        await make_once(session, actor.account_id, sent.key, intent, enter)
    if form.errors:
        return await page_of_dose(request, actor, session, dose, seen=form)
    return redirect(request, f"/staff/doses/{dose.id}", say="已登记。")


@router.post("/reschedule")
async def reschedule_dose(
    request: Request, actor: ClinicianActor, dose: ReachableDose, form: Moved, session: Session
) -> Response:
    if form.data is None:
        return await page_of_dose(request, actor, session, dose, moved=form)
    treatment, patient = await get_plan(session, dose.treatment_id)
    moved, to_on, version = dose, form.data.to_on, form.data.version
    async with refusing(session, form, "to_on"):
        moved = await changes.reschedule(
            session, actor, treatment, patient.zone, dose, to_on, version=version
        )
    if form.errors:
        stale = await tell_changed(session, form, treatment, version)
        return await page_of_dose(request, actor, session, dose, moved=form, status=stale)
    return redirect(request, f"/staff/doses/{moved.id}", say="已改期，这是新的一次。")
