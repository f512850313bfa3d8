"""The alert list: most severe first, then whoever has waited longest, with whom to call."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.accounts import audit
from app.accounts.access import ClinicianActor
from app.alerts.actions import USUAL_ACTIONS
from app.alerts.audit import LIST_ALERTS
from app.alerts.models import WAITING, AlertState
from app.alerts.queries import lists
from app.alerts.queries.lists import AlertPage, Shown
from app.alerts.telling import on_call_phones
from app.core import clock
from app.core.db import Session
from app.core.pages import is_partial, render
from app.core.pagination import Cursor
from app.core.severity import Severity
from app.medication.queries.severe import newest_severe

router = APIRouter(prefix="/staff/alerts", include_in_schema=False)
TABS = {Shown.WAITING: "待处理", Shown.SEEN: "已看，还没处理", Shown.HANDLED: "已处理"}
STATES = {Shown.WAITING: WAITING, Shown.SEEN: (AlertState.SEEN,)}
Wanted = Annotated[Shown, Query()]
OfSeverity = Annotated[Severity | None, Query()]


async def _found(
    session: Session,
    actor: ClinicianActor,
    shown: Shown,
    severity: Severity | None,
    cursor: str | None,
) -> AlertPage:
    if shown is Shown.HANDLED:
        return await lists.handled_alerts(session, actor, clock.now(), cursor)
    return await lists.waiting_alerts(session, actor, STATES[shown], severity, cursor)


def _address(shown: Shown, severity: Severity | None) -> str:
    of = f"&severity={severity.value}" if severity else ""
    return f"/staff/alerts?shown={shown.value}{of}"


@router.get("")
async def show_alerts(
    request: Request,
    actor: ClinicianActor,
    session: Session,
    shown: Wanted = Shown.WAITING,
    severity: OfSeverity = None,
    cursor: Cursor = None,
) -> Response:
    """Whose alerts were shown is in the audit, person by person."""
    page = await _found(session, actor, shown, severity, cursor)
    named = [row.patient.id for row in page.rows]
    await audit.record_shown(session, actor, LIST_ALERTS, named, renewed=is_partial(request))
    felt = {row.patient.id for row in page.rows if row.alert.ends_by}
    to_call = {row.alert.team_id for row in page.rows if row.alert.escalated_to}
    context: dict[str, Any] = {
        "rows": page.rows,
        "felt": await newest_severe(session, felt),
        "next_cursor": page.next_cursor,
        "is_first_page": cursor is None,
        "shown": shown,
        "severity": severity,
        "tabs": TABS,
        "here": _address(shown, severity),
        "phones": await on_call_phones(session, to_call),
        "alert_actions": USUAL_ACTIONS,
    }
    return render(request, "desk/alerts.html", context)
