"""Create a patient's record, and change it."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import audit
from app.accounts.access import ClinicianActor
from app.core.db import Session
from app.core.forms import Form, form_of, refusing
from app.core.idempotency import make_once
from app.core.pages import redirect, render
from app.core.state import AppFeatures
from app.institutions.queries.teams import teams_to_choose
from app.patients.audit import SEARCH_PATIENTS, read_record
from app.patients.loaders import ReachablePatient
from app.patients.models import BirthPrecision, Guardian, GuardianRelation, Patient
from app.patients.problems import RecordChanged
from app.patients.queries.changes import changes_since, told
from app.patients.queries.guardians import guardian_of
from app.patients.queries.twins import twins_shown
from app.patients.schemas import NewPatientForm, PatientForm
from app.patients.service import records
from app.patients.service.id_look_ups import refuse_after_too_many
from app.patients.service.likely_twins import LikelyTwins
from app.patients.words import DOCUMENTS, GUARDIAN_RELATIONS

router = APIRouter(prefix="/staff/patients", include_in_schema=False)
Sent = Annotated[Form[PatientForm], Depends(form_of(PatientForm))]
SentNew = Annotated[Form[NewPatientForm], Depends(form_of(NewPatientForm))]


async def _form_page(
    request: Request,
    session: Session,
    actor: ClinicianActor,
    form: Form[Any],
    patient: Patient | None = None,
    twin_ids: Sequence[UUID] = (),
) -> Response:
    """Of a record that is there, each showing is a reading of it: a refused form's, too.

    `twin_ids` are records that may be the same person's: shown, and noted as seen.
    """
    if patient is not None:
        read_record(session, actor, patient)
    teams = await teams_to_choose(session, actor, patient.team_id if patient else None)
    if len(teams) == 1:
        form.values.setdefault("team_id", str(teams[0].id))
    twins = await twins_shown(session, actor, twin_ids) if twin_ids else []
    await audit.record_shown(session, actor, SEARCH_PATIENTS, [t.patient.id for t in twins])
    context = {
        "form": form,
        "twins": twins,
        "documents": list(DOCUMENTS.items()),
        "relations": list(GUARDIAN_RELATIONS.items()),
        "guardian_open": any(name.startswith("guardian") for name in form.errors)
        or bool(form.values.get("guardian_name")),
        "teams": [(str(t.id), f"{t.institution.name} · {t.name}") for t in teams],
        "patient_id": patient.id if patient else None,
        "patient_name": patient.name if patient else None,
        "action": f"/staff/patients/{patient.id}/edit" if patient else "/staff/patients/new",
    }
    return render(request, "patients/record.html", context, 422 if form.errors else 200)


def _particulars(data: PatientForm) -> records.Particulars:
    names = records.Particulars.__annotations__
    return records.Particulars(**{name: getattr(data, name) for name in names})


def _guardian(data: PatientForm) -> records.GuardianParticulars | None:
    """Take all three, or none (a chosen relation alone cannot be unchosen in a form)."""
    guardian_fields = (data.guardian_name, data.guardian_phone, data.guardian_relation)
    match guardian_fields:
        case (None, None, _):
            return None
        case (str(name), str(phone), GuardianRelation() as relation):
            return records.GuardianParticulars(name, phone, relation)
        case _:
            raise records.GuardianIncomplete


@router.get("/new")
async def show_new_patient(request: Request, actor: ClinicianActor, session: Session) -> Response:
    return await _form_page(request, session, actor, Form())


@router.post("/new")
async def create_patient(
    request: Request, actor: ClinicianActor, form: SentNew, session: Session
) -> Response:
    """Make it once for each form, however often it is sent."""
    sent = form.data
    if sent is None:
        return await _form_page(request, session, actor, form)

    others = sent.twin_ids if sent.make_anyway else []
    found: list[UUID] = []

    async def create() -> UUID:
        data, guardian = _particulars(sent), _guardian(sent)
        try:
            made = await records.create_patient(session, actor, data, guardian, twin_ids=others)
        except LikelyTwins as asked:
            found[:] = [*others, *asked.patient_ids]
            raise
        return made.id

    if sent.id_number:
        await refuse_after_too_many(session, actor)
    intent = f"patient {sent.model_dump_json(exclude={'key'})}"
    async with refusing(session, form, made_at="/staff/patients/{}"):
        made_id = await make_once(session, actor.account_id, sent.key, intent, create)
    if form.data is None:
        return await _form_page(request, session, actor, form, twin_ids=found)
    return redirect(request, f"/staff/patients/{made_id}", say="已建档。")


def _written_birth(patient: Patient) -> str:
    known_by_year = patient.birth_precision is BirthPrecision.YEAR
    return f"{patient.birth_on.year}" if known_by_year else patient.birth_on.isoformat()


def _stored(patient: Patient, guardian: Guardian | None) -> Form[PatientForm]:
    values: dict[str, Any] = {
        "name": patient.name,
        "phone": patient.phone,
        "sex": patient.sex.value,
        "birth_on": _written_birth(patient),
        "document_kind": patient.document_kind.value,
        "id_number": patient.id_number or "",
        "weight_kg": "" if patient.weight_kg is None else f"{patient.weight_kg.normalize():f}",
        "conditions": patient.conditions,
        "team_id": str(patient.team_id),
        "version": str(patient.version),
    }
    if guardian is not None:
        values |= {
            "guardian_name": guardian.name,
            "guardian_phone": guardian.phone,
            "guardian_relation": guardian.relation.value,
        }
    return Form(values)


LABELS = {
    "name": "姓名",
    "phone": "手机号",
    "sex": "性别",
    "birth_on": "出生日期",
    "document_kind": "证件类型",
    "id_number": "证件号码",
    "weight_kg": "体重",
    "conditions": "病种",
    "team_id": "照看团队",
    "guardian_name": "监护人姓名",
    "guardian_phone": "监护人手机号",
    "guardian_relation": "监护人关系",
}


def _tell_changed(
    form: Form[PatientForm], patient: Patient, guardian: Guardian | None, changed: str
) -> Form[PatientForm]:
    """Keep what was typed and say where it differs from what is stored; a second press obeys."""
    stored = _stored(patient, guardian).values
    differs = [
        label for name, label in LABELS.items() if stored.get(name, "") != form.values.get(name, "")
    ]
    who = f"您打开以后的变更：{changed}。" if changed else ""
    form.refuse(
        "", f"{RecordChanged.title}{who}您填的与现在的不同：{'、'.join(differs) or '没有'}。"
    )
    form.values["version"] = stored["version"]
    return form


@router.get("/{patient_id}/edit")
async def show_patient_form(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    guardian = await guardian_of(session, patient.id)
    return await _form_page(request, session, actor, _stored(patient, guardian), patient)


@router.post("/{patient_id}/edit")
async def change_patient(
    request: Request,
    features: AppFeatures,
    actor: ClinicianActor,
    patient: ReachablePatient,
    form: Sent,
    session: Session,
) -> Response:
    if form.data is None:
        return await _form_page(request, session, actor, form, patient)
    data, stale = form.data, False
    async with refusing(session, form):
        try:
            await records.change_patient(
                session,
                features,
                actor,
                patient,
                _particulars(data),
                _guardian(data),
                version=data.version or 0,
            )
        except RecordChanged:
            stale = True
            raise
    if stale:
        changed = told(await changes_since(session, patient.id, data.version or 0))
        form = _tell_changed(form, patient, await guardian_of(session, patient.id), changed)
    if form.data is None:
        return await _form_page(request, session, actor, form, patient)
    return redirect(request, f"/staff/patients/{patient.id}", say="已保存。")
