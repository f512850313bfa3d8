"""The sheet with the binding code, shown and printed; and unbinding."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor, StaffActor
from app.accounts.wechat import WeChatClient, draw_code
from app.core.db import Session, Sessions, end_transaction
from app.core.forms import Form, form_of, refusing
from app.core.pages import redirect, render
from app.patients.frame import open_page, phone_of
from app.patients.loaders import ReachablePatient
from app.patients.models import Patient
from app.patients.pages.stale import tell_changed
from app.patients.queries import records as queries
from app.patients.queries.guardians import guardian_of
from app.patients.schemas.closing import SheetForm, UnbindForm
from app.patients.service import binding_codes, bindings

router = APIRouter(prefix="/staff/patients", include_in_schema=False)
Asking = Annotated[Form[SheetForm], Depends(form_of(SheetForm))]
Unbinding = Annotated[Form[UnbindForm], Depends(form_of(UnbindForm))]


@router.get("/{patient_id}/binding")
async def show_binding(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    return await _page(request, session, actor, patient, Form())


async def _page(
    request: Request,
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    form: Form[UnbindForm],
    status: int | None = None,
) -> Response:
    guardian = await guardian_of(session, patient.id)
    context = await open_page(request, session, actor, patient, "") | {
        "relation": binding_codes.relation_to_bind(patient),
        "phone": phone_of(patient, guardian),
        "out_until": await binding_codes.open_until(session, patient.id),
        "form": form,
        "code": None,
    }
    return render(
        request, "patients/binding.html", context, status or (422 if form.errors else 200)
    )


@router.post("/{patient_id}/binding")
async def issue_binding_code(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    form: Asking,
    session: Session,
    sessions: Sessions,
    wechat: WeChatClient,
) -> Response:
    """Show it in the answer to the POST: only its hash is kept, so no GET could show it again.

    The same POST shows the same code again: who loads the page anew has printed it, perhaps.
    """
    await binding_codes.refuse_useless_code(session, patient)
    place = await queries.place_of(session, patient.team_id)
    await end_transaction(session)
    code = binding_codes.code_of(actor, patient.id, form.key())
    image = await draw_code(wechat, binding_codes.scene_of(code), binding_codes.PAGE)
    try:
        async with sessions.begin() as after:
            sheet = await binding_codes.issue_sheet(after, actor, patient.id, code)
    except binding_codes.SheetVoid as problem:
        return redirect(request, f"/staff/patients/{patient.id}/binding", say=problem.title)
    context = {
        "patient": patient,
        "place": place,
        "relation": binding_codes.relation_to_bind(patient),
        "code": sheet.digits,
        "image": image,
        "expires_at": sheet.expires_at,
        "form": Form(),
    }
    return render(request, "patients/binding.html", context)


@router.post("/{patient_id}/unbind")
async def unbind(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    form: Unbinding,
    session: Session,
) -> Response:
    """Refuse (409) where another phone was bound since the page was opened, and say so."""
    sent = form.data
    if sent is None:
        return await _page(request, session, actor, patient, form)
    async with refusing(session, form):
        await bindings.unbind(session, actor, patient, version=sent.version)
    if form.errors:
        stale = await tell_changed(session, form, patient, sent.version)
        return await _page(request, session, actor, patient, form, stale)
    return redirect(request, f"/staff/patients/{patient.id}/binding", say="已解除绑定。")
