"""One treatment: its plan, holds, end and every change."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor, StaffActor
from app.core import clock
from app.core.db import Session
from app.core.forms import Form, form_of, refusing
from app.core.idempotency import make_once
from app.core.pages import redirect, render
from app.institutions.access import HoldingActor, StartingActor, StoppingActor
from app.medication.loaders import PatientPlan, ReachableHold, ReachablePlan
from app.medication.queries.treatment_page import treatment_page
from app.medication.queries.treatments import get_plan
from app.medication.schemas.forms import HoldForm, StopForm
from app.medication.schemas.treatments import HoldCreate, TreatmentStop
from app.medication.service import changes
from app.medication.words import OUTCOMES
from app.patients.frame import open_page

router = APIRouter()
HoldSent = Annotated[Form[HoldForm], Depends(form_of(HoldForm))]
StopSent = Annotated[Form[StopForm], Depends(form_of(StopForm))]
USUAL_REASONS = ("肝功能异常", "不良反应", "住院治疗", "手术前后", "怀孕或哺乳")


async def _page(
    request: Request,
    actor: StaffActor,
    session: AsyncSession,
    plan: PatientPlan,
    hold: Form[Any] | None = None,
    stop: Form[Any] | None = None,
) -> Response:
    frame = await open_page(request, session, actor, plan.patient, "medication")
    found = await treatment_page(session, plan.treatment.id)
    today = clock.today_in(plan.patient.zone)
    context = {
        "treatment": plan.treatment,
        "holds": found.holds,
        "changes": found.changes,
        "today": today,
        "hold": hold or Form({"from_on": today.isoformat()}),
        "stop": stop or Form({"stopped_on": today.isoformat()}),
        "outcomes": list(OUTCOMES.items()),
        "usual_reasons": USUAL_REASONS,
    }
    wrong = (hold and hold.errors) or (stop and stop.errors)
    return render(request, "medication/treatment.html", frame | context, 422 if wrong else 200)


def _intent(treatment_id: UUID, order: HoldCreate) -> str:
    return f"hold {treatment_id} {order.model_dump_json()}"


def _address(plan: PatientPlan) -> str:
    return f"/staff/treatments/{plan.treatment.id}"


@router.get("/treatments/{treatment_id}")
async def show_treatment(
    request: Request, actor: ClinicianActor, plan: ReachablePlan, session: Session
) -> Response:
    return await _page(request, actor, session, plan)


@router.post("/treatments/{treatment_id}/hold")
async def hold_treatment(
    request: Request, actor: HoldingActor, plan: ReachablePlan, form: HoldSent, session: Session
) -> Response:
    sent, (treatment, patient) = form.data, plan
    if sent is not None and sent.to_on < sent.from_on:
        form.refuse("to_on", "结束日期早于开始日期。")
    elif sent is not None:
        order = HoldCreate(from_on=sent.from_on, to_on=sent.to_on, reason=sent.reason)

        async def hold() -> UUID:
            held = await changes.hold(session, actor, treatment, patient.zone, order)
            await session.flush()  # a second press of this form is told its id
            return held.id

        async with refusing(session, form, "from_on", made_at=_address(plan)):
            await make_once(session, actor.account_id, sent.key, _intent(treatment.id, order), hold)
    if form.data is None:
        return await _page(request, actor, session, plan, hold=form)
    return redirect(request, _address(plan), say="已暂停这几天的服药。")


@router.post("/holds/{hold_id}/end")
async def end_hold(
    request: Request, actor: StartingActor, held: ReachableHold, session: Session
) -> Response:
    plan = PatientPlan(*await get_plan(session, held.treatment_id))
    await changes.end_hold(session, actor, plan.treatment, plan.patient.zone, held)
    return redirect(request, _address(plan), say="已从今天起恢复服药。")


@router.post("/treatments/{treatment_id}/stop")
async def stop_treatment(
    request: Request, actor: StoppingActor, plan: ReachablePlan, form: StopSent, session: Session
) -> Response:
    treatment, patient = plan
    if form.data is not None:
        order = TreatmentStop(stopped_on=form.data.stopped_on, outcome=form.data.outcome)
        async with refusing(session, form, "stopped_on"):
            await changes.stop(session, actor, treatment, patient.zone, order)
    if form.data is None:
        return await _page(request, actor, session, plan, stop=form)
    return redirect(request, _address(plan), say="治疗已结束。")
