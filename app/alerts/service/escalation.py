"""Tell those above about what waits too long: one step an alert and run, each in a savepoint."""

import logging
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import rules, telling
from app.alerts.models import WAITING, Alert, AlertEventKind
from app.alerts.rules import AddWorkingMinutes
from app.alerts.service.history import add_events
from app.alerts.working_time import working_time
from app.core.db import for_update
from app.core.items import Items
from app.patients.models import Patient

log = logging.getLogger("app.alerts")
BATCH = 100


class Place(NamedTuple):
    """Where a run has got to: an alert that fails is passed by and not met again in this run."""

    escalate_at: datetime
    alert_id: UUID


async def escalate_due(
    session: AsyncSession, at: datetime, after: Place | None = None, items: Items | None = None
) -> Place | None:
    """Take the next step of a batch; return where to go on, None when nothing is left."""
    alerts = await _due(session, at, after)
    if not alerts:
        return None
    last = alerts[-1]
    place = Place(last.escalate_at or at, last.id)
    since = [alert.escalate_from for alert in alerts]
    severities = {alert.severity for alert in alerts}
    add_working = await working_time(session, min(since), max(since), severities)
    teams = {alert.team_id for alert in alerts}
    items = items or Items()
    for alert_id, alert in [(a.id, a) for a in alerts]:
        async with items.savepoint(session, alert_id):
            await _take_step(session, alert, at, add_working)
    await telling.tell_pages(session, teams)
    return place


async def _due(session: AsyncSession, at: datetime, after: Place | None) -> list[Alert]:
    """Lock what is due and not in another's hands; each with the team its patient has now.

    An alert that was being raised while its patient moved may name the old team still.
    """
    statement = (
        select(Alert, Patient.team_id)
        .join(Patient, Patient.id == Alert.patient_id)
        .where(Alert.escalate_at <= at, Alert.state.in_(WAITING))
        .order_by(Alert.escalate_at, Alert.id)
        .limit(BATCH)
    )
    if after is not None:
        statement = statement.where(tuple_(Alert.escalate_at, Alert.id) > tuple_(*after))
    locking = for_update(statement, skip_locked=True, of=[Alert])
    alerts = []
    for alert, team_id in await session.execute(locking):
        if alert.team_id != team_id:
            alert.team_id = team_id
        alerts.append(alert)
    return alerts


async def _take_step(
    session: AsyncSession, alert: Alert, at: datetime, add_working: AddWorkingMinutes
) -> None:
    since, state = alert.escalate_from, alert.state
    due = rules.next_step(alert.severity, state, since, alert.escalation_step, add_working)
    if due is None or due.at > at:  # raised or seen by another rule than now stands
        alert.escalate_at = due.at if due else None
        return
    alert.escalation_step = due.step + 1
    alert.escalated_to = due.to
    later = rules.next_step(alert.severity, state, since, due.step + 1, add_working)
    alert.escalate_at = later.at if later else None
    people = await telling.tell_step(session, alert, due.to, due.step)
    if not people:
        log.warning("an alert waits and nobody could be told", extra={"alert": str(alert.id)})
    detail = {"step": due.step, "to": due.to.value, "people": people, "rules": rules.VERSION}
    await add_events(session, [alert.id], AlertEventKind.ESCALATED, detail=detail)
