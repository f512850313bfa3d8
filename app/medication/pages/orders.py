"""Order a treatment: from a template or freely."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Session
from app.core.filters import moment
from app.core.forms import Form, check, refusing
from app.core.idempotency import make_once
from app.core.pages import redirect, render
from app.core.problems import NotFound
from app.core.schemas import NearDay
from app.core.state import AppSettings
from app.institutions.access import StartingActor
from app.medication import plan_form
from app.medication.layout import outlook
from app.medication.models import Treatment, TreatmentTemplate
from app.medication.pages.plan_page import PLAN_FORM, Asked, form_page, read_plan
from app.medication.problems import RegimenWithdrawn, SameTreatmentRuns
from app.medication.queries import templates as offered
from app.medication.running import today_in
from app.medication.schemas.forms import OrderForm
from app.medication.schemas.treatments import TemplateDefinition, TreatmentCreate
from app.medication.service import alike
from app.medication.service import treatments as service
from app.patients.frame import open_page
from app.patients.loaders import ReachablePatient
from app.patients.models import Patient

router = APIRouter()
FREE = "free"
FirstDay = Annotated[NearDay | None, Query()]
TemplateQuery = Annotated[str | None, Query(max_length=40)]


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
    first = starts_on or today_in(patient.zone)
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
    asked: Asked,
    patient: Patient,
    form: Form[Any],
    note: str | None = None,
    same: Sequence[Treatment] = (),
) -> Response:
    """Ask, where `same` runs already and is like this one, whether another is meant."""
    home = f"/staff/patients/{patient.id}"
    action = f"{home}/treatments/new"
    return await form_page(asked, patient, form, action, home, editing=False, note=note, same=same)


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


@router.post("/patients/{patient_id}/treatments/new", dependencies=[PLAN_FORM])
async def start_treatment(
    request: Request,
    actor: StartingActor,
    patient: ReachablePatient,
    settings: AppSettings,
    session: Session,
) -> Response:
    asked = Asked(request, session, actor)
    values, intent = await read_plan(request)
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
        return await _refused(asked, patient, form, order)
    return redirect(request, f"/staff/patients/{patient.id}", say=_started_said(patient, order))


async def _refused(
    asked: Asked, patient: Patient, form: Form[OrderForm], order: TreatmentCreate
) -> Response:
    """Show what was typed again, with what runs already where that is asked about."""
    asks = SameTreatmentRuns.field in form.errors
    same = await alike.same_running(asked.session, patient.id, order) if asks else []
    return await _new_page(asked, patient, form, same=same)


def _started_said(patient: Patient, order: TreatmentCreate) -> str:
    passed = None if order.passed_too else clock.now()
    ahead = outlook(order.plan, today_in(patient.zone), patient.zone, passed)
    return f"治疗已开始，一共安排了 {ahead.doses} 次服药，第一次是{moment(ahead.first_at)}。"


def _check_order(values: dict[str, Any]) -> tuple[Form[OrderForm], TreatmentCreate | None]:
    form = check(OrderForm, {name: values.get(name, "") for name in OrderForm.model_fields})
    form.values, head = values, form.data
    plan = plan_form.check_plan(form)
    if head is None or plan is None:
        return form, None
    return form, TreatmentCreate(
        template_id=head.template_id,
        name=head.name,
        condition=head.condition,
        plan=plan,
        passed_too=head.passed_too is not None,
        far=head.far is not None,
        another=head.another is not None,
    )
