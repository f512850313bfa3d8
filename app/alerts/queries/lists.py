"""Lists of alerts: within reach, most severe first; of one patient; their number."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.alerts.models import WAITING, Alert, AlertEvent, AlertState
from app.alerts.queries.keys import Place, cursor_of, place_of, waiting_keys
from app.alerts.queries.ordering import urgency_of
from app.alerts.schemas import AlertLine, EventLine, PatientAlertLine
from app.core.feature import Declared, StaffReader
from app.core.pagination import Key, paginate
from app.core.severity import Severity
from app.core.statements import Prepared
from app.institutions.models import StaffMember, Team
from app.institutions.reach import Reader, clinic_today
from app.patients.models import Patient
from app.patients.reach import within_reach

PAGE = 50
MOST_COUNTED = 100
MOST_LINES = 200
# How far back the list of handled alerts goes; a patient's own page has them all.
HANDLED_SHOWN = timedelta(days=30)

_assigned, _handled, _closed = (
    aliased(StaffMember, name=name) for name in ("assigned", "handled", "closed")
)
URGENCY = urgency_of(Alert.severity)


class Shown(StrEnum):
    """Which alerts a list shows; `waiting` are open and seen ones."""

    WAITING = "waiting"
    SEEN = "seen"
    HANDLED = "handled"


class AlertPage(NamedTuple):
    rows: list[PatientAlertLine]
    next_cursor: str | None


def _lines(*more: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Alert.id,
            Alert.kind,
            Alert.severity,
            Alert.level,
            Alert.detail,
            Alert.patient_id,
            Alert.ends_by,
            Alert.state,
            Alert.created_at,
            Alert.raised_at,
            Alert.times_raised,
            Alert.escalated_to,
            Alert.action_taken,
            Alert.handled_at,
            Alert.closed_at,
            Alert.closed_why,
            Alert.team_id,
            _assigned.name.label("assigned_name"),
            _handled.name.label("handled_name"),
            _closed.name.label("closed_name"),
            *more,
        )
        .outerjoin(_assigned, _assigned.id == Alert.assigned_to)
        .outerjoin(_handled, _handled.id == Alert.handled_by)
        .outerjoin(_closed, _closed.id == Alert.closed_by)
    )


WIDTH = len(AlertLine._fields)


def _with_patient(row: Sequence[Any]) -> PatientAlertLine:
    return PatientAlertLine(AlertLine(*row[:WIDTH]), row[WIDTH], row[WIDTH + 1])


def _of_reach(actor: StaffActor, *columns: Any) -> Select[*tuple[Any, ...]]:
    reached = select(*columns).join_from(Alert, Patient, Patient.id == Alert.patient_id)
    return reached.where(within_reach(actor))


async def _shown(
    session: AsyncSession, actor: StaffActor, ids: Sequence[UUID]
) -> list[PatientAlertLine]:
    """Read what a page shows of these alerts, in their order, where the patient is in reach."""
    statement = (
        _lines(Patient, Team.name.label("team_name"))
        .join(Patient, Patient.id == Alert.patient_id)
        .join(Team, Team.id == Patient.team_id)
        .where(Alert.id.in_(ids), within_reach(actor))
    )
    rows = [_with_patient(row) for row in await session.execute(statement)] if ids else []
    by_id = {row.alert.id: row for row in rows}
    return [by_id[alert_id] for alert_id in ids if alert_id in by_id]


@Prepared
def _waiting_page(
    supervises: bool,
    states: tuple[AlertState, ...],
    only: Severity | None,
    /,
    *,
    staff_id: UUID,
    on: date,
    **after: Any,
) -> Select[UUID, int, datetime]:
    reader = Reader(staff_id, supervises, on)
    place = Place(**after) if after else None
    keys = waiting_keys(reader, states, only, place, PAGE + 1).subquery()
    order = (keys.c.urgency, keys.c.raised_at, keys.c.id)
    return select(keys.c.id, keys.c.urgency, keys.c.raised_at).order_by(*order).limit(PAGE + 1)


async def waiting_alerts(
    session: AsyncSession,
    actor: StaffActor,
    states: tuple[AlertState, ...],
    severity: Severity | None,
    cursor: str | None,
) -> AlertPage:
    """List the most severe first, then whoever has waited longest."""
    after = place_of(cursor)._asdict() if cursor else {}
    found = await _waiting_page.all(
        session,
        actor.supervises,
        states,
        severity,
        staff_id=actor.account_id,
        on=clinic_today(),
        **after,
    )
    rows = await _shown(session, actor, [row[0] for row in found[:PAGE]])
    if len(found) <= PAGE:
        return AlertPage(rows, None)
    alert_id, urgency, raised_at = found[PAGE - 1]
    return AlertPage(rows, cursor_of(Place(urgency, raised_at, alert_id)))


async def handled_alerts(
    session: AsyncSession, actor: StaffActor, at: datetime, cursor: str | None
) -> AlertPage:
    """List what people handled in the last thirty days, newest first."""
    statement = _of_reach(actor, Alert.id, Alert.handled_at).where(
        Alert.state.in_([AlertState.HANDLED, AlertState.CLOSED]),
        Alert.handled_at > at - HANDLED_SHOWN,
    )
    page = await paginate(session, statement, Key(Alert.handled_at, Alert.id), cursor, PAGE)
    return AlertPage(await _shown(session, actor, [row[0] for row in page.rows]), page.next_cursor)


async def count_waiting(session: AsyncSession, actor: StaffReader, _: Declared) -> int:
    """Count at most a hundred: the badge says 99+ beyond that."""
    reader = Reader(actor.account_id, actor.supervises, clinic_today())
    some = (
        select(Alert.id)
        .join(Patient, Patient.id == Alert.patient_id)
        .where(Alert.state.in_(WAITING), within_reach(reader))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return await session.scalar(select(func.count()).select_from(some)) or 0


def waiting_lines(patient_id: UUID) -> Select[*tuple[Any, ...]]:
    """Select one patient's alerts that somebody still has to act on; the worst first."""
    return (
        _lines()
        .where(Alert.patient_id == patient_id, Alert.state.in_(WAITING))
        .order_by(URGENCY, Alert.raised_at, Alert.id)
        .limit(20)
    )


async def waiting_of(session: AsyncSession, patient_id: UUID) -> list[AlertLine]:
    return [AlertLine(*row) for row in await session.execute(waiting_lines(patient_id))]


async def ended_of(session: AsyncSession, patient_id: UUID) -> list[AlertLine]:
    """One patient's handled and closed alerts, newest first; the newest 200."""
    rows = await session.execute(
        _lines()
        .where(Alert.patient_id == patient_id, Alert.state.not_in(WAITING))
        .order_by(Alert.raised_at.desc(), Alert.id.desc())
        .limit(MOST_LINES)
    )
    return [AlertLine(*row) for row in rows]


async def line_of(session: AsyncSession, alert_id: UUID) -> AlertLine:
    return AlertLine(*(await session.execute(_lines().where(Alert.id == alert_id))).one())


async def history_of(session: AsyncSession, alert_id: UUID) -> list[EventLine]:
    """Everything that happened to it, oldest first."""
    by, to = aliased(StaffMember), aliased(StaffMember)
    rows = await session.execute(
        select(
            AlertEvent.kind,
            AlertEvent.created_at,
            by.name,
            to.name,
            AlertEvent.note,
            AlertEvent.detail,
        )
        .outerjoin(by, by.id == AlertEvent.staff_id)
        .outerjoin(to, cast(to.id, Text) == AlertEvent.detail["to"].astext)
        .where(AlertEvent.alert_id == alert_id)
        .order_by(AlertEvent.created_at, AlertEvent.id)
        .limit(MOST_LINES)
    )
    return [EventLine(*row) for row in rows]
