"""Join a record into another of the same person: found, compared side by side, confirmed."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor, SupervisorActor
from app.core import forms
from app.core.assembly import Features
from app.core.db import Session
from app.core.pages import redirect, render
from app.core.problems import Problem
from app.patients.audit import SEARCH_PATIENTS
from app.patients.frame import binding_of, open_page
from app.patients.loaders import SupervisedPatient
from app.patients.models import Patient
from app.patients.queries.twins import Twin, as_twin, possible_twins
from app.patients.schemas import MergeForm
from app.patients.search import can_identify
from app.patients.service import merging

router = APIRouter(prefix="/staff/patients/{patient_id}/merge", include_in_schema=False)
Typed = Annotated[str, Form(max_length=40)]
Sent = Annotated[forms.Form[MergeForm], Depends(forms.form_of(MergeForm))]
NOT_AN_IDENTITY = "请输入证件号码、完整的手机号，或手机号后四位。"


async def _page(
    request: Request,
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    typed: str = "",
    twins: Sequence[Twin] = (),
    fault: str | None = None,
) -> Response:
    context = await open_page(request, session, actor, patient, "") | {
        "own": await as_twin(session, patient),
        "twins": twins,
        "binding_of": binding_of,
        "typed": typed,
        "fault": fault,
    }
    return render(request, "patients/merge.html", context, 422 if fault else 200)


@router.get("")
async def show_merge(
    request: Request, actor: SupervisorActor, patient: SupervisedPatient, session: Session
) -> Response:
    return await _page(request, session, actor, patient)


@router.post("/search")
async def search_twins(
    request: Request,
    actor: SupervisorActor,
    patient: SupervisedPatient,
    session: Session,
    q: Typed = "",
) -> Response:
    """By POST, because a number must not stand in an address; a name is not enough to tell."""
    typed = q.strip()
    if not can_identify(typed):
        return await _page(request, session, actor, patient, typed, fault=NOT_AN_IDENTITY)
    twins = await possible_twins(session, actor, patient, typed)
    await audit.record_shown(session, actor, SEARCH_PATIENTS, [t.patient.id for t in twins])
    return await _page(request, session, actor, patient, typed, twins)


@router.post("")
async def merge_records(
    request: Request,
    actor: SupervisorActor,
    patient: SupervisedPatient,
    form: Sent,
    session: Session,
) -> Response:
    """In a savepoint: what a feature's hook refuses leaves both records as they were."""
    if form.data is None:
        return await _page(request, session, actor, patient, fault="请先搜索并选择另一份档案。")
    sent = form.data
    order = merging.Merge(patient.id, sent.into_id, sent.version, sent.into_version)
    features: Features = request.app.state.features
    try:
        async with session.begin_nested():
            await merging.merge_records(session, features, actor, order)
    except Problem as problem:
        await session.refresh(patient)  # the savepoint took back what was changed of it
        return await _page(request, session, actor, patient, fault=problem.title)
    return redirect(request, f"/staff/patients/{sent.into_id}", say="两份档案已合并。")
