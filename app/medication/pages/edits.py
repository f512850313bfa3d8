"""Change what is planned of a treatment from a day on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from app.core.db import Session
from app.core.filters import day, moment
from app.core.forms import Form, check, refusing
from app.core.pages import redirect
from app.institutions.access import StartingActor
from app.medication import plan_form
from app.medication.layout import ONE_DAY, Outlook, count_doses
from app.medication.loaders import PatientPlan, ReachablePlan
from app.medication.models import Treatment
from app.medication.pages.plan_page import PLAN_FORM, Asked, form_page, read_plan
from app.medication.pages.stale import tell_changed
from app.medication.problems import DrugInAnother, PlanWithoutDose
from app.medication.running import today_in
from app.medication.schemas.forms import EditForm
from app.medication.schemas.treatments import Plan
from app.medication.service import alike, changes

router = APIRouter()
LEFT_OUT = "从这天到{first}之前还有 {lost} 次安排好的服药，这样改就没有了。"


async def _page(
    asked: Asked,
    plan: PatientPlan,
    form: Form[Any],
    *,
    lost: int = 0,
    same: Sequence[Treatment] = (),
    status: int | None = None,
) -> Response:
    """`lost`: so many doses would be left out; `same` have a drug that is new in this plan.

    The form asks whether that is meant.
    """
    here = f"/staff/treatments/{plan.treatment.id}"
    return await form_page(
        asked,
        plan.patient,
        form,
        f"{here}/edit",
        here,
        status,
        editing=True,
        note=None,
        treatment=plan.treatment,
        lost=lost,
        same=same,
        today=today_in(plan.patient.zone),
    )


@router.get("/treatments/{treatment_id}/edit")
async def show_edit_treatment(
    request: Request, actor: StartingActor, plan: ReachablePlan, session: Session
) -> Response:
    """Propose tomorrow: what is due today may have been taken already."""
    tomorrow = today_in(plan.patient.zone) + ONE_DAY
    from_on = max(tomorrow, plan.treatment.starts_on)
    head = {"from_on": from_on.isoformat(), "version": str(plan.treatment.version)}
    values = head | plan_form.running_plan(plan.treatment, from_on)
    return await _page(Asked(request, session, actor), plan, Form(values))


@router.post("/treatments/{treatment_id}/edit", dependencies=[PLAN_FORM])
async def edit_treatment(
    request: Request, actor: StartingActor, plan: ReachablePlan, session: Session
) -> Response:
    asked = Asked(request, session, actor)
    values, intent = await read_plan(request)
    if intent:
        return await _page(asked, plan, Form(plan_form.change_lines(values, intent)))
    form = check(EditForm, {name: values.get(name, "") for name in EditForm.model_fields})
    form.values, head = values, form.data
    new = plan_form.check_plan(form)
    if head is None or new is None:
        return await _page(asked, plan, form)
    if new.phases[0].starts_on < head.from_on:
        form.refuse("phases.0.starts_on", "要在生效日或以后。")
        return await _page(asked, plan, form)
    return await _save(asked, plan, form, head, new)


async def _save(
    asked: Asked, plan: PatientPlan, form: Form[EditForm], head: EditForm, new: Plan
) -> Response:
    request, session, actor = asked
    treatment, patient = plan
    ahead, doses = Outlook(0, None), 0
    async with refusing(session, form, "from_on"):
        ahead = await changes.edit_plan(
            session,
            actor,
            treatment,
            patient.zone,
            head.from_on,
            new,
            leaving_out=head.leaving_out is not None,
            passed_too=head.passed_too is not None,
            alone=head.another is None,
            version=head.version,
        )
        doses = ahead.doses - _after_end(treatment, head.from_on, new)
        if not doses:
            raise PlanWithoutDose
    if form.errors:
        return await _refused(asked, plan, form, head, new)
    said = (
        f"方案已修改，从{day(head.from_on)}起一共 {doses} 次服药，"
        f"第一次是{moment(ahead.first_at)}；以前的记录没有变。"
    )
    if treatment.stopped_on is not None:
        said += f"最后一天仍是{day(treatment.stopped_on)}。"
    return redirect(request, f"/staff/treatments/{treatment.id}", say=said)


def _after_end(treatment: Treatment, from_on: date, new: Plan) -> int:
    """Count what a plan has after the last day of the treatment: it is not taken."""
    if treatment.stopped_on is None:
        return 0
    return count_doses(new.phases, max(from_on, treatment.stopped_on + ONE_DAY))


async def _refused(
    asked: Asked, plan: PatientPlan, form: Form[EditForm], head: EditForm, new: Plan
) -> Response:
    session, (treatment, patient) = asked.session, plan
    first = new.phases[0].starts_on
    stale = await tell_changed(session, form, treatment, head.version)
    if stale:
        return await _page(asked, plan, form, status=stale)
    lost = await changes.doses_left_out(session, treatment, patient.zone, head.from_on, first)
    if lost and head.leaving_out is None:
        form.refuse("from_on", LEFT_OUT.format(lost=lost, first=day(first)))
    asks = DrugInAnother.field in form.errors
    same = await alike.with_new_drug(session, treatment, head.from_on, new) if asks else []
    return await _page(asked, plan, form, lost=lost, same=same)
