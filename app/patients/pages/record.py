"""Create a patient's record, and change it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import audit
from app.accounts.access import ClinicianActor
from app.core.db import Session
from app.core.forms import Form, form_of
from app.core.pages import redirect, render
from app.core.problems import FieldRefused
from app.institutions.queries.teams import teams_to_choose
from app.patients.audit import READ_RECORD
from app.patients.loaders import ReachablePatient
from app.patients.models import Patient
from app.patients.schemas import PatientForm
from app.patients.service import records

router = APIRouter(prefix="/staff/patients", include_in_schema=False)
Sent = Annotated[Form[PatientForm], Depends(form_of(PatientForm))]


async def _form_page(
    request: Request,
    session: Session,
    actor: ClinicianActor,
    form: Form[PatientForm],
    patient: Patient | None = None,
) -> Response:
    teams = await teams_to_choose(session, actor, patient.team_id if patient else None)
    if len(teams) == 1:
        form.values.setdefault("team_id", str(teams[0].id))
    context = {
        "form": form,
        "teams": [(str(t.id), f"{t.institution.name} · {t.name}") for t in teams],
        "patient_id": patient.id if patient else None,
        "action": f"/staff/patients/{patient.id}/edit" if patient else "/staff/patients/new",
    }
    return render(request, "patients/record.html", context, 422 if form.errors else 200)


def _particulars(data: PatientForm) -> records.Particulars:
    return records.Particulars(**{name: getattr(data, name) for name in type(data).model_fields})


@router.get("/new")
async def show_new_patient(request: Request, actor: ClinicianActor, session: Session) -> Response:
    return await _form_page(request, session, actor, Form())


@router.post("/new")
async def create_patient(
    request: Request, actor: ClinicianActor, form: Sent, session: Session
) -> Response:
    if form.data is None:
        return await _form_page(request, session, actor, form)
    try:
        patient = await records.create_patient(session, actor, _particulars(form.data))
    except FieldRefused as problem:
        form.refuse(problem.field, problem.title)
        return await _form_page(request, session, actor, form)
    return redirect(request, f"/staff/patients/{patient.id}", say="已建档。")


def _stored(patient: Patient) -> Form[PatientForm]:
    values: dict[str, Any] = {
        "name": patient.name,
        "phone": patient.phone,
        "sex": patient.sex.value,
        "birth_on": patient.birth_on.isoformat(),
        "id_number": patient.id_number or "",
        "weight_kg": "" if patient.weight_kg is None else f"{patient.weight_kg.normalize():f}",
        "conditions": patient.conditions,
        "team_id": str(patient.team_id),
    }
    return Form(values)


@router.get("/{patient_id}/edit")
async def show_patient_form(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    audit.record(session, actor, READ_RECORD, patient_id=patient.id)
    return await _form_page(request, session, actor, _stored(patient), patient)


@router.post("/{patient_id}/edit")
async def change_patient(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    form: Sent,
    session: Session,
) -> Response:
    if form.data is None:
        return await _form_page(request, session, actor, form, patient)
    try:
        await records.change_patient(session, actor, patient, _particulars(form.data))
    except FieldRefused as problem:
        form.refuse(problem.field, problem.title)
        return await _form_page(request, session, actor, form, patient)
    return redirect(request, f"/staff/patients/{patient.id}", say="已保存。")
