"""The sheet with the binding code, shown and printed; and unbinding."""

from fastapi import APIRouter, Request, Response

from app.accounts.access import ClinicianActor
from app.accounts.wechat import WeChatClient, draw_code
from app.core.db import Session, Sessions, end_transaction
from app.core.feature import Features
from app.core.pages import redirect, render
from app.patients.frame import open_record
from app.patients.loaders import ReachablePatient
from app.patients.queries import records as queries
from app.patients.service import bindings

router = APIRouter(prefix="/staff/patients", include_in_schema=False)


@router.get("/{patient_id}/binding")
async def show_binding(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    features: Features = request.app.state.features
    frame = await open_record(session, actor, patient, features)
    context = {
        "patient": patient,
        "frame": frame,
        "relation": bindings.relation_to_bind(patient),
        "code": None,
    }
    return render(request, "patients/binding.html", context)


@router.post("/{patient_id}/binding")
async def issue_binding_code(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    session: Session,
    sessions: Sessions,
    wechat: WeChatClient,
) -> Response:
    """Show it in the answer to the POST: only its hash is kept, so no GET could show it again."""
    await bindings.refuse_without_guardian(session, patient)
    place = await queries.place_of(session, patient.team_id)
    await end_transaction(session)
    code = bindings.make_code()
    image = await draw_code(wechat, bindings.scene_of(code), bindings.PAGE)
    async with sessions.begin() as after:
        issued = await bindings.issue_code(after, actor, patient.id, code)
    context = {
        "patient": patient,
        "place": place,
        "relation": bindings.relation_to_bind(patient),
        "code": code,
        "image": image,
        "expires_at": issued.expires_at,
    }
    return render(request, "patients/binding.html", context)


@router.post("/{patient_id}/unbind")
async def unbind(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    await bindings.unbind(session, actor, patient)
    return redirect(request, f"/staff/patients/{patient.id}/binding", say="已解除绑定。")
