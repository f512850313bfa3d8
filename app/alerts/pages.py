"""One alert with its history, the acts on it, and a patient's record of alerts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor, StaffActor
from app.alerts import service
from app.alerts.actions import USUAL_ACTIONS
from app.alerts.loaders import AlertOfPatient, ReachableAlert
from app.alerts.models import WAITING
from app.alerts.problems import AlertFormIncomplete, HandOverOutOfReach
from app.alerts.queries import lists, people
from app.alerts.schemas import LIST, HandleForm, HandOverForm, Sent, TakeBackForm
from app.core.assembly import Features
from app.core.db import Session
from app.core.forms import Form, form_of
from app.core.pages import local_path, redirect, render
from app.core.problems import Problem
from app.core.refs import describe_known
from app.patients.frame import open_page
from app.patients.loaders import ReachablePatient

router = APIRouter(prefix="/staff", include_in_schema=False)
Seen = Annotated[Form[Sent], Depends(form_of(Sent))]
Handled = Annotated[Form[HandleForm], Depends(form_of(HandleForm))]
HandedOver = Annotated[Form[HandOverForm], Depends(form_of(HandOverForm))]
TakenBack = Annotated[Form[TakeBackForm], Depends(form_of(TakeBackForm))]


async def _page(
    request: Request,
    session: AsyncSession,
    actor: StaffActor,
    reached: AlertOfPatient,
    sent: Form[HandleForm] | None = None,
    status: int = 200,
) -> Response:
    """`sent` is what was typed and refused: it stays, beside what has happened meanwhile."""
    alert, patient = reached
    frame = await open_page(request, session, actor, patient, "alerts", alert.id)
    features: Features = request.app.state.features
    refs = [alert.subject] if alert.subject else []
    described = await describe_known(features.describers, session, patient.id, refs)
    waits = alert.state in WAITING
    context = {
        "line": await lists.line_of(session, alert.id),
        "about": next(iter(described.values()), None),
        "events": await lists.history_of(session, alert.id),
        "colleagues": (
            await people.colleagues_of(session, patient.team_id, actor.account_id) if waits else []
        ),
        "can_take_back": service.may_take_back(actor, alert),
        "assigned_to": alert.assigned_to,
        "alert_actions": USUAL_ACTIONS,
        "sent": sent,
    }
    return render(request, "alerts/alert.html", frame | context, status)


@router.get("/alerts/{alert_id}")
async def show_alert(
    request: Request, actor: ClinicianActor, reached: ReachableAlert, session: Session
) -> Response:
    """Show what it is about, everything that was done, and whom it may be handed over to."""
    return await _page(request, session, actor, reached)


@router.post("/alerts/{alert_id}/seen")
async def see_alert(
    request: Request, actor: ClinicianActor, reached: ReachableAlert, form: Seen, session: Session
) -> Response:
    await service.mark_seen(session, actor, reached.alert)
    back = form.data.back if form.data else LIST
    return redirect(request, local_path(back), say="已标记为看过，请记得处理。")


@router.post("/alerts/{alert_id}/handle")
async def handle_alert(
    request: Request, actor: ClinicianActor, reached: ReachableAlert, form: Handled,
    session: Session,
) -> Response:  # fmt: skip
    """Go back to where the alert was seen: the list, its own page, or the patient's.

    What is refused comes back on the alert's own page, with what was typed and what is new.
    """
    if form.data is None:
        form.refuse("", AlertFormIncomplete.title)
        return await _page(request, session, actor, reached, form, AlertFormIncomplete.status)
    sent = form.data
    try:
        async with session.begin_nested():
            await service.handle(
                session, actor, reached.alert, sent.action_taken, sent.times_raised
            )
    except Problem as problem:
        form.refuse("", problem.title)
        return await _page(request, session, actor, reached, form, problem.status)
    return redirect(request, local_path(sent.back), say="已记下处理结果。")


@router.post("/alerts/{alert_id}/hand-over")
async def hand_over_alert(
    request: Request, actor: ClinicianActor, reached: ReachableAlert, form: HandedOver,
    session: Session,
) -> Response:  # fmt: skip
    if form.data is None:
        raise HandOverOutOfReach
    sent, (alert, patient) = form.data, reached
    service.refuse_handed_over(alert, sent.assigned_to, sent.staff_id)
    await service.hand_over(session, actor, alert, sent.staff_id, patient.team_id)
    return redirect(request, local_path(form.data.back), say="已转交，同事的消息里能看到。")


@router.post("/alerts/{alert_id}/take-back")
async def take_back_alert(
    request: Request, actor: ClinicianActor, reached: ReachableAlert, form: TakenBack,
    session: Session,
) -> Response:  # fmt: skip
    """For a "handled" by mistake: it waits again, and the history keeps both."""
    if form.data is None:
        raise AlertFormIncomplete(errors=form.errors)
    await service.take_back(session, actor, reached.alert, form.data.note)
    return redirect(request, local_path(form.data.back), say="已撤回，这条提醒重新等待处理。")


@router.get("/patients/{patient_id}/alerts")
async def show_alerts_of_patient(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    """Show what waits, and every alert that was handled or ended."""
    frame = await open_page(request, session, actor, patient, "alerts")
    context = {
        "alerts": await lists.waiting_of(session, patient.id),
        "ended": await lists.ended_of(session, patient.id),
        "alert_actions": USUAL_ACTIONS,
        "alerts_back": f"/staff/patients/{patient.id}/alerts",
    }
    return render(request, "alerts/history.html", frame | context)
