"""Order a treatment: from a template or freely; and change what is planned from a day on."""

from datetime import date
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core import clock
from app.core.bodies import body_up_to
from app.core.db import Session
from app.core.filters import day
from app.core.forms import Form, check, refusing
from app.core.idempotency import make_once
from app.core.pages import redirect, render
from app.core.problems import NotFound
from app.core.schemas import NearDay
from app.core.state import AppSettings
from app.institutions.access import StartingActor
from app.medication import plan_form
from app.medication.layout import ONE_DAY, count_doses
from app.medication.loaders import PatientPlan, ReachablePlan
from app.medication.models import TreatmentTemplate
from app.medication.problems import RegimenWithdrawn
from app.medication.queries import templates as offered
from app.medication.schemas.forms import EditForm, OrderForm
from app.medication.schemas.treatments import (
    LARGEST_PLAN,
    Plan,
    TemplateDefinition,
    TreatmentCreate,
)
from app.medication.service import changes
from app.medication.service import treatments as service
from app.patients.frame import open_page
from app.patients.loaders import ReachablePatient
from app.patients.models import Patient

router = APIRouter()
FREE = "free"
INTENT = "intent"
LEFT_OUT = "从这天到{first}之前还有 {lost} 次安排好的服药，这样改就没有了。"
PLAN_FORM = body_up_to(LARGEST_PLAN)
FirstDay = Annotated[NearDay | None, Query()]
TemplateQuery = Annotated[str | None, Query(max_length=40)]


class Asked(NamedTuple):
    """Who asks, in which transaction: what every page of a record needs."""

    request: Request
    session: AsyncSession
    actor: StaffActor


async def _form_page(
    asked: Asked, patient: Patient, form: Form[Any], action: str, back: str, **more: Any
) -> Response:
    frame = await open_page(asked.request, asked.session, asked.actor, patient, "medication")
    context = {
        "form": form,
        "shape": plan_form.shape(form.values),
        "action": action,
        "back": back,
        "said": None,
    }
    status = 422 if form.errors else 200
    return render(asked.request, "medication/plan.html", frame | context | more, status)


@router.get("/patients/{patient_id}/treatments/new")
async def show_new_treatment(
    request: Request,
    actor: StartingActor,
    patient: ReachablePatient,
    session: Session,
    template: TemplateQuery = None,
    starts_on: FirstDay = None,
) -> Response:
    """Choose a template and a first day; then everything in the form may be changed."""
    asked = Asked(request, session, actor)
    first = starts_on or clock.today_in(patient.zone)
    if template is None:
        return await _choose(asked, patient, first)
    try:
        values, refusal = await _draft(session, patient, template, first)
    except (NotFound, RegimenWithdrawn):
        return await _choose(asked, patient, first, gone=True)
    return await _new_page(asked, patient, Form(values), refusal)


async def _choose(
    asked: Asked, patient: Patient, starts_on: date, *, gone: bool = False
) -> Response:
    """List what fits the patient's conditions first; `gone`: the chosen one is not offered."""
    frame = await open_page(asked.request, asked.session, asked.actor, patient, "medication")
    found = await offered.offered_for(asked.session, patient)
    fitting = sorted(found, key=lambda t: t.condition not in patient.conditions)
    templates = [(t, TemplateDefinition.model_validate(t.template.definition)) for t in fitting]
    context = {"templates": templates, "starts_on": starts_on, "gone": gone}
    return render(asked.request, "medication/templates.html", frame | context, 404 if gone else 200)


async def _new_page(
    asked: Asked, patient: Patient, form: Form[Any], note: str | None = None
) -> Response:
    home = f"/staff/patients/{patient.id}"
    return await _form_page(
        asked, patient, form, f"{home}/treatments/new", home, editing=False, note=note
    )


async def _draft(
    session: AsyncSession, patient: Patient, chosen: str, starts_on: date
) -> tuple[dict[str, Any], str | None]:
    if chosen == FREE:
        condition = patient.conditions[0] if patient.conditions else ""
        head = {"template_id": "", "name": "", "condition": condition}
        return head | plan_form.free_plan(starts_on), None
    template = await _get_template(session, patient, chosen)
    _refuse_withdrawn(template)
    definition = TemplateDefinition.model_validate(template.definition)
    values, refusal = plan_form.template_plan(definition, starts_on, patient.weight_kg)
    head = {
        "template_id": str(template.id),
        "name": template.name,
        "condition": template.condition.value,
    }
    return head | values, refusal


async def _get_template(session: AsyncSession, patient: Patient, chosen: str) -> TreatmentTemplate:
    try:
        template = await offered.find_offered(session, patient, UUID(chosen))
    except ValueError:
        template = None
    if template is None:
        raise NotFound
    return template


def _refuse_withdrawn(template: TreatmentTemplate | None) -> None:
    if template is not None and not template.is_active:
        raise RegimenWithdrawn


async def _read(request: Request) -> tuple[dict[str, Any], str | None]:
    """Read what was typed, and which button that only changes the form was pressed."""
    values = plan_form.read_values(await request.form(max_fields=plan_form.MOST_FIELDS))
    intent = values.pop(INTENT, None)
    return values, str(intent) if intent else None


@router.post("/patients/{patient_id}/treatments/new", dependencies=[PLAN_FORM])
async def start_treatment(
    request: Request,
    actor: StartingActor,
    patient: ReachablePatient,
    settings: AppSettings,
    session: Session,
) -> Response:
    asked = Asked(request, session, actor)
    values, intent = await _read(request)
    if intent:
        return await _new_page(asked, patient, Form(plan_form.change_lines(values, intent)))
    form, order = _check_order(values)
    sent = form.data
    if order is None or sent is None:
        return await _new_page(asked, patient, form)

    template = None
    if order.template_id is not None:
        template = await _get_template(session, patient, str(order.template_id))
    intent = f"start {patient.id} {order.model_dump_json()}"

    async def start() -> UUID:
        _refuse_withdrawn(template)  # here: a second press of a form that was taken is answered
        horizon = settings.dose_horizon_days
        treatment = await service.start_treatment(session, actor, patient, order, horizon)
        return treatment.id

    async with refusing(session, form, made_at="/staff/treatments/{}"):
        await make_once(session, actor.account_id, sent.key, intent, start)
    if form.errors:
        if template is not None and not template.is_active:
            values["template_id"] = ""  # sent again, it is the doctor's own plan
        return await _new_page(asked, patient, form)
    doses = count_doses(order.plan.phases, clock.today_in(patient.zone))
    return redirect(
        request, f"/staff/patients/{patient.id}", say=f"治疗已开始，一共安排了 {doses} 次服药。"
    )


def _check_order(values: dict[str, Any]) -> tuple[Form[OrderForm], TreatmentCreate | None]:
    form = check(OrderForm, {name: values.get(name, "") for name in OrderForm.model_fields})
    form.values, head = values, form.data
    plan = plan_form.check_plan(form)
    if head is None or plan is None:
        return form, None
    return form, TreatmentCreate(
        template_id=head.template_id, name=head.name, condition=head.condition, plan=plan
    )


async def _edit_page(
    asked: Asked, plan: PatientPlan, form: Form[Any], *, lost: int = 0
) -> Response:
    """`lost`: so many doses would be left out; the form asks whether that is meant."""
    here = f"/staff/treatments/{plan.treatment.id}"
    return await _form_page(
        asked,
        plan.patient,
        form,
        f"{here}/edit",
        here,
        editing=True,
        note=None,
        treatment=plan.treatment,
        lost=lost,
        today=clock.today_in(plan.patient.zone),
    )


@router.get("/treatments/{treatment_id}/edit")
async def show_edit_treatment(
    request: Request, actor: StartingActor, plan: ReachablePlan, session: Session
) -> Response:
    """Propose tomorrow: what is due today may have been taken already."""
    tomorrow = clock.today_in(plan.patient.zone) + ONE_DAY
    from_on = max(tomorrow, plan.treatment.starts_on)
    values = {"from_on": from_on.isoformat()} | plan_form.running_plan(plan.treatment, from_on)
    return await _edit_page(Asked(request, session, actor), plan, Form(values))


@router.post("/treatments/{treatment_id}/edit", dependencies=[PLAN_FORM])
async def edit_treatment(
    request: Request, actor: StartingActor, plan: ReachablePlan, session: Session
) -> Response:
    asked = Asked(request, session, actor)
    values, intent = await _read(request)
    if intent:
        return await _edit_page(asked, plan, Form(plan_form.change_lines(values, intent)))
    form = check(EditForm, {name: values.get(name, "") for name in EditForm.model_fields})
    form.values, head = values, form.data
    new = plan_form.check_plan(form)
    if head is None or new is None:
        return await _edit_page(asked, plan, form)
    if new.phases[0].starts_on < head.from_on:
        form.refuse("phases.0.starts_on", "要在生效日或以后。")
        return await _edit_page(asked, plan, form)
    return await _save_edit(asked, plan, form, head, new)


async def _save_edit(
    asked: Asked, plan: PatientPlan, form: Form[EditForm], head: EditForm, new: Plan
) -> Response:
    request, session, actor = asked
    treatment, patient = plan
    first, leaving_out = new.phases[0].starts_on, head.leaving_out is not None
    async with refusing(session, form, "from_on"):
        await changes.edit_plan(
            session, actor, treatment, patient.zone, head.from_on, new, leaving_out=leaving_out
        )
    if form.errors:
        lost = await changes.doses_left_out(session, treatment.id, head.from_on, first)
        if lost and not leaving_out:
            form.refuse("from_on", LEFT_OUT.format(lost=lost, first=day(first)))
        return await _edit_page(asked, plan, form, lost=lost)
    doses = count_doses(new.phases, head.from_on)
    said = f"方案已修改，从{day(head.from_on)}起一共 {doses} 次服药；以前的记录没有变。"
    return redirect(request, f"/staff/treatments/{treatment.id}", say=said)
