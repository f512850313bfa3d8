"""Open alerts within reach, closed by saying what was done; their number in the top bar."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import audit
from app.accounts.access import ClinicianActor
from app.core.db import Session
from app.core.forms import Form, form_of
from app.core.pages import local_path, redirect, render
from app.core.pagination import Cursor
from app.medication.actions import USUAL_ACTIONS
from app.medication.loaders import ReachableAlert
from app.medication.queries import alerts as queries
from app.medication.schemas.forms import AcknowledgeForm
from app.medication.service import alerts as service
from app.patients.audit import LIST_PATIENTS

router = APIRouter(prefix="/alerts")
Sent = Annotated[Form[AcknowledgeForm], Depends(form_of(AcknowledgeForm))]


async def _page(
    request: Request,
    actor: ClinicianActor,
    session: Session,
    cursor: str | None,
    refused: tuple[str, Form[AcknowledgeForm]] | None = None,
) -> Response:
    found = await queries.open_alerts(session, actor, cursor)
    audit.record(session, actor, LIST_PATIENTS)
    context = {
        "rows": found.rows,
        "next_cursor": found.next_cursor,
        "refused_id": refused[0] if refused else None,
        "form": refused[1] if refused else Form(),
        "usual_actions": USUAL_ACTIONS,
    }
    return render(request, "medication/alerts.html", context, 422 if refused else 200)


@router.get("")
async def show_alerts(
    request: Request, actor: ClinicianActor, session: Session, cursor: Cursor = None
) -> Response:
    return await _page(request, actor, session, cursor)


@router.post("/{alert_id}/acknowledge")
async def acknowledge_alert(
    request: Request, actor: ClinicianActor, alert: ReachableAlert, form: Sent, session: Session
) -> Response:
    """Go back to where the alert was seen: the list, or the patient's page."""
    if form.data is None:
        return await _page(request, actor, session, None, (str(alert.id), form))
    service.acknowledge(actor, alert, form.data.action_taken)
    return redirect(request, local_path(form.data.back), say="已记下处理结果。")
