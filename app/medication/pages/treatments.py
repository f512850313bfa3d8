"""One treatment: its plan, holds, end and every change."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor
from app.core.db import Session
from app.core.filters import day
from app.core.forms import Form, form_of, refusing
from app.core.idempotency import make_once
from app.core.pages import redirect, render
from app.core.state import AppSettings
from app.institutions.access import (
    HoldingActor,
    StartingActor,
    StoppingActor,
    require_right,
)
from app.institutions.rights import Right
from app.medication.loaders import PatientPlan, ReachableHold, ReachablePlan
from app.medication.models import Treatment
from app.medication.pages.plan_page import Asked
from app.medication.pages.stale import tell_changed
from app.medication.problems import NothingToHold, SameTreatmentRuns
from app.medication.queries.treatment_page import treatment_page
from app.medication.queries.treatments import get_plan
from app.medication.running import runs_on, today_in
from app.medication.schemas.forms import CorrectStopForm, EndHoldForm, HoldForm, StopForm
from app.medication.schemas.treatments import HoldCreate, StopCorrection, TreatmentStop
from app.medication.service import changes, counting, stops
from app.medication.service.counting import Paused
from app.medication.words import OUTCOMES
from app.patients.frame import open_page

router = APIRouter()
HoldSent = Annotated[Form[HoldForm], Depends(form_of(HoldForm))]
EndHoldSent = Annotated[Form[EndHoldForm], Depends(form_of(EndHoldForm))]
StopSent = Annotated[Form[StopForm], Depends(form_of(StopForm))]
CorrectionSent = Annotated[Form[CorrectStopForm], Depends(form_of(CorrectStopForm))]
USUAL_REASONS = ("肝功能异常", "不良反应", "住院治疗", "手术前后", "怀孕或哺乳")


async def _page(
    asked: Asked,
    plan: PatientPlan,
    status: int | None = None,
    same: Sequence[Treatment] = (),
    **sent: Form[Any],
) -> Response:
    """`sent`: a form that was refused, by its name in the template; `same`: what it asks about."""
    request, session, actor = asked
    treatment = plan.treatment
    frame = await open_page(request, session, actor, plan.patient, "medication")
    found = await treatment_page(session, treatment.id)
    today = today_in(plan.patient.zone)
    first, last = stops.first_planned(treatment), stops.last_planned(treatment)
    runs = runs_on(treatment.stopped_on, today)
    context = {
        "treatment": treatment,
        "holds": found.holds,
        "changes": found.changes,
        "today": today,
        "runs": runs,
        "same": same,
        "first_planned": first,
        "last_planned": last,
        "may_correct": runs or await stops.may_correct_stop(session, actor, treatment.id),
        "hold": Form({"from_on": today.isoformat()}),
        "resume": Form(),
        "stop": Form({"stopped_on": max(first, min(today, last)).isoformat()}),
        "correct": Form(
            {
                "stopped_on": treatment.stopped_on.isoformat() if treatment.stopped_on else "",
                "outcome": treatment.outcome or "",
            }
        ),
        "outcomes": list(OUTCOMES.items()),
        "usual_reasons": USUAL_REASONS,
    }
    wrong = any(form.errors for form in sent.values())
    status = status or (422 if wrong else 200)
    return render(request, "medication/treatment.html", frame | context | sent, status)


def _intent(treatment_id: UUID, order: HoldCreate, every: str | None) -> str:
    return f"hold {treatment_id} {every} {order.model_dump_json()}"


def _address(plan: PatientPlan) -> str:
    return f"/staff/treatments/{plan.treatment.id}"


@router.get("/treatments/{treatment_id}")
async def show_treatment(
    request: Request, actor: ClinicianActor, plan: ReachablePlan, session: Session
) -> Response:
    return await _page(Asked(request, session, actor), plan)


@router.post("/treatments/{treatment_id}/hold")
async def hold_treatment(
    request: Request, actor: HoldingActor, plan: ReachablePlan, form: HoldSent, session: Session
) -> Response:
    """Hold days of this treatment, or of every one that runs, as one act."""
    asked, sent, (treatment, patient) = Asked(request, session, actor), form.data, plan
    if sent is not None and sent.to_on < sent.from_on:
        form.refuse("to_on", "结束日期早于开始日期。")
        sent = None
    if sent is None:
        return await _page(asked, plan, hold=form)
    order = HoldCreate(from_on=sent.from_on, to_on=sent.to_on, reason=sent.reason)
    act, version = changes.hold_all if sent.every else changes.hold, sent.version

    async def hold() -> UUID:
        held = await act(session, actor, treatment, patient.zone, order, version=version)
        await session.flush()  # a second press of this form is told its id
        made = await counting.paused(session, treatment, order, every=sent.every is not None)
        if not made.doses + made.taken:
            raise NothingToHold
        return held.id

    intent = _intent(treatment.id, order, sent.every)
    async with refusing(session, form, "from_on", made_at=_address(plan)):
        await make_once(session, actor.account_id, sent.key, intent, hold)
    if form.errors:
        stale = await tell_changed(session, form, treatment, version)
        return await _page(asked, plan, stale, hold=form)
    made = await counting.paused(session, treatment, order, every=sent.every is not None)
    return redirect(request, _address(plan), say=_paused_said(order, made))


def _paused_said(order: HoldCreate, made: Paused) -> str:
    """Say the days, too: a slip of the month shows in the number."""
    what = f"{made.treatments} 个治疗的" if made.treatments > 1 else ""
    taken = f"；另有 {made.taken} 次已经服了，照样算" if made.taken else ""
    span = f"{day(order.from_on)}到{day(order.to_on)}"
    return f"已暂停这几天的服药：{span}，{what}一共 {made.doses} 次{taken}。"


@router.post("/holds/{hold_id}/end")
async def end_hold(
    request: Request,
    actor: StartingActor,
    held: ReachableHold,
    form: EndHoldSent,
    session: Session,
) -> Response:
    plan = PatientPlan(*await get_plan(session, held.treatment_id))
    asked, version = Asked(request, session, actor), form.data.version if form.data else None
    stale = await tell_changed(session, form, plan.treatment, version)
    if form.errors:
        return await _page(asked, plan, stale, resume=form)
    sent, zone = form.data, plan.patient.zone
    if sent is None or sent.every is None:
        await changes.end_hold(session, actor, plan.treatment, zone, held, version=version)
        return redirect(request, _address(plan), say="已从今天起恢复服药。")
    resumed = await changes.end_hold_everywhere(
        session, actor, plan.treatment, zone, held, version=version
    )
    return redirect(request, _address(plan), say=f"已从今天起恢复 {resumed} 个治疗的服药。")


@router.post("/treatments/{treatment_id}/stop")
async def stop_treatment(
    request: Request, actor: StoppingActor, plan: ReachablePlan, form: StopSent, session: Session
) -> Response:
    asked, sent, (treatment, patient) = Asked(request, session, actor), form.data, plan
    if sent is None:
        return await _page(asked, plan, stop=form)
    order = TreatmentStop(stopped_on=sent.stopped_on, outcome=sent.outcome)
    async with refusing(session, form, "stopped_on"):
        await changes.stop(session, actor, treatment, patient.zone, order, version=sent.version)
    if form.errors:
        stale = await tell_changed(session, form, treatment, sent.version)
        return await _page(asked, plan, stale, stop=form)
    return redirect(request, _address(plan), say=await _end_said(session, plan))


async def _end_said(session: AsyncSession, plan: PatientPlan) -> str:
    last, today = plan.treatment.stopped_on, today_in(plan.patient.zone)
    gone = await counting.let_go(session, plan.treatment)
    later = f"，以后的 {gone} 次取消" if gone else ""
    if last is not None and runs_on(last, today):
        coming = await counting.coming(session, plan.treatment, today)
        return f"最后一天定在{day(last)}，到那天为止照常服药，还有 {coming} 次{later}。"
    return f"治疗已结束{later}。"


@router.post("/treatments/{treatment_id}/correct-stop")
async def correct_stop(
    request: Request,
    actor: ClinicianActor,
    plan: ReachablePlan,
    form: CorrectionSent,
    settings: AppSettings,
    session: Session,
) -> Response:
    """Until the last day is over for whoever may stop; later for its author or a supervisor."""
    asked, sent, (treatment, patient) = Asked(request, session, actor), form.data, plan
    if runs_on(treatment.stopped_on, today_in(patient.zone)):
        await require_right(session, actor, Right.STOP_TREATMENT)
    if sent is not None and not sent.taken_back and not (sent.stopped_on and sent.outcome):
        form.refuse("stopped_on", "请填写最后一天和结果，或者勾选“没有结束”。")
        sent = None
    if sent is None:
        return await _page(asked, plan, correct=form)
    order = StopCorrection(
        stopped_on=None if sent.taken_back else sent.stopped_on,
        outcome=None if sent.taken_back else sent.outcome,
        reason=sent.why,
    )
    async with refusing(session, form, "stopped_on"):
        await changes.correct_stop(
            session, actor, treatment, patient.zone, order,
            settings.dose_horizon_days, alone=sent.another is None, version=sent.version,
        )  # fmt: skip
    if form.errors:
        stale = await tell_changed(session, form, treatment, sent.version)
        same: Sequence[Treatment] = ()
        if SameTreatmentRuns.field in form.errors:
            last = order.stopped_on
            same = await stops.beside_corrected(session, treatment, patient.zone, last)
        return await _page(asked, plan, stale, same, correct=form)
    said = f"已更正。{await _end_said(session, plan)}"
    if sent.taken_back:
        coming = await counting.coming(session, treatment, today_in(patient.zone))
        said = f"已更正：治疗没有结束，继续服药，从现在起还有 {coming} 次。"
    return redirect(request, _address(plan), say=said)
