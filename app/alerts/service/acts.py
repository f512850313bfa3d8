"""What a person does with an alert: look, hand over, handle, take back. Two at once meet here."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.alerts import notices, rules, telling
from app.alerts.audit import HAND_OVER_ALERT, HANDLE_ALERT, SEE_ALERT, TAKE_BACK_ALERT
from app.alerts.models import WAITING, Alert, AlertEventKind, AlertState
from app.alerts.problems import (
    AlertAlreadyHandled,
    AlertHandedOver,
    AlertHandledByAnother,
    AlertNotHandled,
    AlertRaisedAgain,
    CannotCloseSevere,
    EndsByAct,
    HandOverOutOfReach,
)
from app.alerts.queries.people import names_of, reaches, title_of
from app.alerts.service.history import add_events
from app.alerts.working_time import working_time
from app.core import clock
from app.core.corrections import may_correct
from app.core.feature import AuditAction
from app.core.severity import Severity
from app.institutions.rights import RIGHTS, Right


async def may_close(session: AsyncSession, actor: StaffActor, alert: Alert) -> bool:
    """Say whether this person may handle it: a severe one is for titles with the right to."""
    if alert.severity is not Severity.SEVERE:
        return True
    title = await title_of(session, actor.account_id)
    return title is not None and Right.CLOSE_SEVERE_ALERT in RIGHTS[title]


async def _change(
    session: AsyncSession, alert: Alert, where: ColumnElement[bool], **values: Any
) -> bool:
    """Write only where the alert still is as `where` says; the loaded row is read again."""
    changed = await session.scalar(
        update(Alert)
        .where(Alert.id == alert.id, where)
        .values(**values)
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    )
    await session.refresh(alert)
    if changed is not None:
        await telling.tell_pages(session, [alert.team_id])
    return changed is not None


async def _escalate_at(
    session: AsyncSession, alert: Alert, state: AlertState, since: datetime, taken: int
) -> datetime | None:
    add_working = await working_time(session, since, since, [alert.severity])
    due = rules.next_step(alert.severity, state, since, taken, add_working)
    return due.at if due else None


async def _already_handled(session: AsyncSession, alert: Alert) -> AlertAlreadyHandled:
    """Tell who was first, from the row as it is now."""
    by = alert.handled_by or alert.closed_by
    names = await names_of(session, [by]) if by else {}
    return AlertAlreadyHandled(by=names.get(by) if by else None)


def _note(
    session: AsyncSession, actor: StaffActor, action: AuditAction, alert: Alert, **detail: Any
) -> None:
    """Say in the trail what the act changed; a second press changes nothing and leaves no row."""
    audit.record(
        session, actor, action, patient_id=alert.patient_id, subject_id=alert.id, detail=detail
    )


async def mark_seen(session: AsyncSession, actor: StaffActor, alert: Alert) -> None:
    """Say that somebody has it in view; who was first stays. A second look changes nothing."""
    next_at = await _escalate_at(
        session, alert, AlertState.SEEN, alert.escalate_from, alert.escalation_step
    )
    changed = await _change(
        session,
        alert,
        (Alert.state == AlertState.OPEN) & (Alert.times_raised == alert.times_raised),
        state=AlertState.SEEN,
        seen_at=clock.now(),
        seen_by=actor.account_id,
        escalate_at=next_at,
    )
    if changed:
        await add_events(session, [alert.id], AlertEventKind.SEEN, staff_id=actor.account_id)
        _note(session, actor, SEE_ALERT, alert, before="open", after="seen")
    elif alert.state not in WAITING:
        raise await _already_handled(session, alert)
    elif alert.state is AlertState.OPEN:
        raise AlertRaisedAgain


async def handle(
    session: AsyncSession,
    actor: StaffActor,
    alert: Alert,
    action_taken: str,
    times_raised: int | None = None,
) -> None:
    """Note what was done. It changes nothing clinical, so what an act must end is EndsByAct (409).

    `times_raised` is what the person had before their eyes: news that came since is
    AlertRaisedAgain (409). Whoever is second is AlertAlreadyHandled (409).
    """
    if not await may_close(session, actor, alert):
        raise CannotCloseSevere
    if alert.ends_by is not None and alert.state in WAITING:
        raise EndsByAct
    at, before = clock.now(), alert.state
    times_seen = alert.times_raised if times_raised is None else times_raised
    changed = await _change(
        session,
        alert,
        Alert.state.in_(WAITING) & (Alert.times_raised == times_seen),
        state=AlertState.HANDLED,
        handled_at=at,
        handled_by=actor.account_id,
        action_taken=action_taken,
        escalate_at=None,
    )
    if changed:
        await add_events(
            session, [alert.id], AlertEventKind.HANDLED,
            staff_id=actor.account_id, note=action_taken,
        )  # fmt: skip
        _note(session, actor, HANDLE_ALERT, alert, before=before, after=alert.state)
    elif alert.state in WAITING:
        raise AlertRaisedAgain
    else:
        raise await _already_handled(session, alert)


def refuse_handed_over(alert: Alert, shown: UUID | None, to_staff_id: UUID) -> None:
    """Refuse an act on an alert that was shown with somebody else; not the same act again."""
    if alert.state in WAITING and alert.assigned_to not in {shown, to_staff_id}:
        raise AlertHandedOver


async def hand_over(
    session: AsyncSession, actor: StaffActor, alert: Alert, to_staff_id: UUID, team_id: UUID
) -> None:
    """Give it to a colleague who reaches the patient. The clock goes on: they may be away.

    Where somebody else gave it to another since `alert` was read, it is AlertHandedOver (409).
    """
    if not await reaches(session, team_id, to_staff_id):
        raise HandOverOutOfReach
    before = alert.assigned_to
    changed = await _change(
        session,
        alert,
        Alert.state.in_(WAITING)
        & Alert.assigned_to.is_not_distinct_from(before)
        & Alert.assigned_to.is_distinct_from(to_staff_id),
        assigned_to=to_staff_id,
    )
    if not changed:
        if alert.state in WAITING and alert.assigned_to == to_staff_id:
            return  # a second press
        if alert.state in WAITING:
            raise AlertHandedOver
        raise await _already_handled(session, alert)
    await add_events(
        session,
        [alert.id],
        AlertEventKind.HANDED_OVER,
        staff_id=actor.account_id,
        detail={"to": str(to_staff_id)},
    )
    _note(
        session, actor, HAND_OVER_ALERT, alert,
        before=str(before) if before else None, after=str(to_staff_id),
    )  # fmt: skip
    occasion = f"{to_staff_id}:{clock.now().isoformat()}"
    await telling.tell(session, [to_staff_id], notices.HANDED_OVER, alert.id, occasion)


def may_take_back(actor: StaffActor, alert: Alert) -> bool:
    """As every correction: one's own within a day, later a supervisor's."""
    if alert.state is not AlertState.HANDLED or alert.handled_at is None:
        return False
    own, made_at = alert.handled_by == actor.account_id, alert.handled_at
    return may_correct(own=own, supervises=actor.supervises, made_at=made_at, at=clock.now())


async def take_back(session: AsyncSession, actor: StaffActor, alert: Alert, note: str) -> None:
    """Undo a mistaken "handled": it is open again, its clock begins anew; the history keeps it."""
    author = alert.handled_by
    if alert.state is not AlertState.HANDLED:
        raise AlertNotHandled
    if not may_take_back(actor, alert):
        raise AlertHandledByAnother
    at = clock.now()
    next_at = await _escalate_at(session, alert, AlertState.OPEN, at, 0)
    changed = await _change(
        session,
        alert,
        (Alert.state == AlertState.HANDLED) & (Alert.handled_by == author),
        state=AlertState.OPEN,
        seen_at=None,
        seen_by=None,
        handled_at=None,
        handled_by=None,
        action_taken=None,
        escalate_from=at,
        escalation_step=0,
        escalated_to=None,
        escalate_at=next_at,
    )
    if not changed:
        raise AlertNotHandled
    await add_events(
        session, [alert.id], AlertEventKind.TAKEN_BACK, staff_id=actor.account_id, note=note
    )
    _note(session, actor, TAKE_BACK_ALERT, alert, before="handled", after="open")
