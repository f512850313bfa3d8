"""Alerts whose source had ended, and did not: they wait again, with a clock that begins anew."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.alerts import rules, telling
from app.alerts.models import Alert, AlertEvent, AlertEventKind, AlertState, ClosedWhy
from app.alerts.service.closing import WITH_RECORD
from app.alerts.service.history import add_events
from app.alerts.service.raising import News
from app.alerts.working_time import working_time
from app.core import clock
from app.core.db import for_update


async def reopen_alerts(session: AsyncSession, news: Iterable[News], note: str) -> None:
    """Open again what was closed because its source had ended, where this news still holds.

    What a person handled is handled again, and waits for nobody. `note` says in the history what
    was wrong.
    """
    keys = sorted({one.key for one in news})
    if not keys:
        return
    found = await session.scalars(
        for_update(
            select(Alert)
            .where(
                tuple_(Alert.patient_id, Alert.kind, Alert.episode).in_(keys),
                Alert.state == AlertState.CLOSED,
                Alert.closed_why == ClosedWhy.SOURCE_ENDED,
            )
            .order_by(Alert.patient_id, Alert.kind, Alert.episode)
        )
    )
    await _open_again(session, found.all(), note)


async def reopen_with_record(session: AsyncSession, patient_id: UUID, note: str) -> None:
    """Open again what ended with a record, which was closed by mistake; again changes nothing."""
    later = aliased(AlertEvent)
    last = ~exists().where(
        later.alert_id == Alert.id,
        tuple_(later.created_at, later.id) > tuple_(AlertEvent.created_at, AlertEvent.id),
    )
    ended_with_it = exists().where(
        AlertEvent.alert_id == Alert.id,
        AlertEvent.detail["code"].as_string() == WITH_RECORD,
        last,
    )
    found = await session.scalars(
        for_update(
            select(Alert)
            .where(Alert.patient_id == patient_id, Alert.state == AlertState.CLOSED, ended_with_it)
            .order_by(Alert.patient_id, Alert.kind, Alert.episode)
        )
    )
    await _open_again(session, found.all(), note)


async def _open_again(session: AsyncSession, alerts: Sequence[Alert], note: str) -> None:
    at = clock.now()
    if not alerts:
        return
    add_working = await working_time(session, at, at, {alert.severity for alert in alerts})
    for alert in alerts:
        alert.closed_at = alert.closed_by = alert.closed_why = None
        if alert.handled_at is not None:
            alert.state = AlertState.HANDLED
            continue
        due = rules.next_step(alert.severity, AlertState.OPEN, at, 0, add_working)
        alert.state = AlertState.OPEN
        alert.seen_at = alert.seen_by = None
        alert.escalate_from, alert.escalation_step, alert.escalated_to = at, 0, None
        alert.escalate_at = due.at if due else None
    await session.flush()  # the history below, and whoever reads the alerts next
    waiting = [alert.id for alert in alerts if alert.state is AlertState.OPEN]
    await add_events(session, waiting, AlertEventKind.RAISED_AGAIN, note=note)
    await telling.tell_pages(session, {alert.team_id for alert in alerts})
