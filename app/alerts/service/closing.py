"""The end of alerts: their source ended, their time to be taken back is over, their record went."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts import telling
from app.alerts.models import WAITING, Alert, AlertEventKind, AlertState, ClosedWhy
from app.alerts.queries.ordering import rank_of
from app.alerts.rules import TAKE_BACK_DAYS
from app.alerts.service.history import add_events
from app.core import clock
from app.core.db import for_update
from app.core.feature import AlertKind
from app.core.refs import Ref
from app.core.severity import Severity
from app.patients.models import Patient

BATCH = 1000
QUIET = [severity for severity in Severity if not severity.by_the_clock]
# In the history of an alert that ended with its record: it waits again if that was wrong.
WITH_RECORD = "record_closed"


async def close_alerts(
    session: AsyncSession,
    *,
    source: str,
    why: ClosedWhy,
    kinds: Collection[AlertKind] = (),
    subject: Ref | None = None,
    patient_id: UUID | None = None,
    actor: StaffActor | None = None,
    action_taken: str | None = None,
) -> int:
    """Close what this source raised about `subject`, or all of a patient's, of these kinds.

    What a person noted before stays; what was closed before is spared. At least one of subject and
    patient_id is needed. Return how many were closed.
    """
    if subject is None and patient_id is None:
        raise ValueError("close_alerts needs a subject or a patient")
    where = [Alert.source == source]
    if kinds:
        where.append(Alert.kind.in_([k.code for k in kinds]))
    if subject is not None:
        where += [
            Alert.subject_feature == subject.feature,
            Alert.subject_kind == subject.kind,
            Alert.subject_id == subject.id,
        ]
    if patient_id is not None:
        where.append(Alert.patient_id == patient_id)
    return len(await _close(session, where, why, actor.account_id if actor else None, action_taken))


async def _close(
    session: AsyncSession,
    where: Sequence[ColumnElement[bool]],
    why: ClosedWhy,
    by: UUID | None = None,
    action_taken: str | None = None,
    code: str | None = None,
) -> Sequence[UUID]:
    closed = await session.execute(
        update(Alert)
        .where(Alert.state != AlertState.CLOSED, *where)
        .values(
            state=AlertState.CLOSED,
            closed_at=clock.now(),
            closed_by=by,
            closed_why=why,
            action_taken=func.coalesce(Alert.action_taken, action_taken),
            escalate_at=None,
        )
        .returning(Alert.id, Alert.team_id)
        .execution_options(synchronize_session=False)
    )
    teams = dict(closed.all())
    ids = list(teams)
    detail = {"why": why.value} | ({"code": code} if code else {})
    await add_events(
        session, ids, AlertEventKind.CLOSED, staff_id=by, note=action_taken, detail=detail
    )
    if ids:
        await telling.tell_pages(session, set(teams.values()))
    return ids


def _handled_long_ago() -> ColumnElement[bool]:
    """Say of an alert that nobody takes it back any more."""
    before = clock.now() - timedelta(days=TAKE_BACK_DAYS)
    return (Alert.state == AlertState.HANDLED) & (Alert.handled_at < before)


async def handled_long_ago(session: AsyncSession, last: UUID | None) -> Sequence[UUID]:
    statement = select(Alert.id).where(_handled_long_ago()).order_by(Alert.id).limit(BATCH)
    if last is not None:
        statement = statement.where(Alert.id > last)
    return (await session.scalars(statement)).all()


async def close_handled(session: AsyncSession, alert_ids: Sequence[UUID]) -> None:
    """Close those of them that nobody takes back any more, and that are in nobody's hands now."""
    still = select(Alert.id).where(Alert.id.in_(alert_ids), _handled_long_ago())
    await _close(session, [Alert.id.in_(for_update(still, skip_locked=True))], ClosedWhy.HANDLED)


async def close_with_record(session: AsyncSession, patient_id: UUID) -> None:
    """Close the quiet alerts of a closed record. A person in danger stays so without our app."""
    where = [Alert.patient_id == patient_id, Alert.severity.in_(QUIET)]
    await _close(session, where, ClosedWhy.SOURCE_ENDED, code=WITH_RECORD)


async def what_closing_does(session: AsyncSession, patient_id: UUID) -> list[str]:
    """Say how many alerts would end with the record, and how many would not."""
    of_clock = Alert.severity.not_in(QUIET)
    result = await session.execute(
        select(of_clock, func.count())
        .where(Alert.patient_id == patient_id, Alert.state.in_(WAITING))
        .group_by(of_clock)
    )
    counts = dict(result.all())
    told = []
    if counts.get(False):
        told.append(f"{counts[False]} 条没处理的一般提醒跟着结束。")
    if counts.get(True):
        told.append(f"{counts[True]} 条危险或紧急的提醒不会结束，请照样处理。")
    return told


async def follow_patient(session: AsyncSession, patient_id: UUID) -> None:
    """Send what is not closed along with a patient to another team, where it is nobody's own.

    What waits there and runs by the clock is told to the new team at once.
    """
    team = select(Patient.team_id).where(Patient.id == patient_id).scalar_subquery()
    moved = await session.scalars(
        update(Alert)
        .where(
            Alert.patient_id == patient_id,
            Alert.state != AlertState.CLOSED,
            Alert.team_id != team,
        )
        .values(
            team_id=team,
            assigned_to=case((Alert.state.in_(WAITING), None), else_=Alert.assigned_to),
        )
        .returning(Alert)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    alerts = moved.all()
    await telling.tell_pages(session, {alert.team_id for alert in alerts})
    for alert in alerts:
        if alert.state in WAITING and alert.severity.by_the_clock:
            await telling.tell_raised(session, alert.id, alert.team_id, alert.times_raised, None)


async def lock_alerts(session: AsyncSession, patient_ids: Sequence[UUID]) -> None:
    """Hold the alerts of these records before the records: whoever raises one does so."""
    own = select(Alert.id).where(Alert.patient_id.in_(patient_ids))
    await session.execute(for_update(own.order_by(Alert.id)))


async def merge_alerts(session: AsyncSession, from_id: UUID, into_id: UUID) -> None:
    """Move the alerts of one record into another; where both have one, the worse one stays.

    The milder is closed and keeps its history under an episode of its own.
    """
    both = await session.execute(
        for_update(
            select(Alert.id, Alert.patient_id, Alert.kind, Alert.episode)
            .where(Alert.patient_id.in_([from_id, into_id]))
            .order_by(
                Alert.state.in_(WAITING).desc(),
                rank_of(Alert.severity).desc(),
                Alert.level.desc(),
                Alert.raised_at.desc(),
                Alert.id,
            )
        )
    )
    seen_keys: set[tuple[str, str]] = set()
    milder: list[UUID] = []
    for row in both:
        if (row.kind, row.episode) in seen_keys:
            milder.append(row.id)
        seen_keys.add((row.kind, row.episode))
    await _set_aside(session, milder)
    await session.execute(_moved(from_id, into_id))
    await follow_patient(session, into_id)


async def _set_aside(session: AsyncSession, milder: Sequence[UUID]) -> None:
    if not milder:
        return
    await _close(session, [Alert.id.in_(milder)], ClosedWhy.MERGED)
    await session.execute(
        update(Alert)
        .where(Alert.id.in_(milder))
        .values(episode=Alert.episode + ":merged:" + func.cast(Alert.id, Alert.episode.type))
        .execution_options(synchronize_session=False)
    )


def _moved(from_id: UUID, into_id: UUID) -> Any:
    return (
        update(Alert)
        .where(Alert.patient_id == from_id)
        .values(patient_id=into_id)
        .execution_options(synchronize_session=False)
    )
