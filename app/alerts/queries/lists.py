"""Lists of alerts: within reach, most severe first; of one patient; their number."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.alerts.models import WAITING, Alert, AlertEvent, AlertState
from app.alerts.queries.ordering import MOST, urgency_of
from app.alerts.schemas import AlertLine, EventLine, PatientAlertLine
from app.core.feature import StaffReader
from app.core.hot import hot
from app.core.pagination import Key, decode, encode, paginate
from app.core.severity import Severity
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


def _within(actor: StaffActor) -> Select[*tuple[Any, ...]]:
    return (
        _lines(Patient, Team.name.label("team_name"))
        .join(Patient, Patient.id == Alert.patient_id)
        .join(Team, Team.id == Patient.team_id)
        .where(within_reach(actor))
    )


async def waiting_alerts(
    session: AsyncSession,
    actor: StaffActor,
    states: Sequence[AlertState],
    severity: Severity | None,
    cursor: str | None,
) -> AlertPage:
    """List the most severe first, then whoever has waited longest."""
    statement = _within(actor).where(Alert.state.in_(states))
    if severity is not None:
        statement = statement.where(Alert.severity == severity)
    if cursor:
        statement = statement.where(_after(cursor))
    order = (URGENCY, Alert.raised_at, Alert.id)
    result = (await session.execute(statement.order_by(*order).limit(PAGE + 1))).all()
    rows = [_with_patient(row) for row in result[:PAGE]]
    return AlertPage(rows, _place(rows[-1].alert) if len(result) > PAGE else None)


def _place(last: AlertLine) -> str:
    return encode(f"{MOST - last.severity.rank} {last.raised_at.isoformat()}", last.id)


def _after(cursor: str) -> ColumnElement[bool]:
    text, alert_id = decode(cursor, _UrgencyAndTime)
    return tuple_(URGENCY, Alert.raised_at, Alert.id) > tuple_(text.urgency, text.at, alert_id)


class _UrgencyAndTime(NamedTuple):
    urgency: int
    at: datetime

    @classmethod
    def fromisoformat(cls, text: str) -> "_UrgencyAndTime":
        """Read what `_place` wrote; a ValueError is told as CursorInvalid."""
        urgency, at = text.split(" ")
        return cls(int(urgency), datetime.fromisoformat(at))


async def handled_alerts(
    session: AsyncSession, actor: StaffActor, at: datetime, cursor: str | None
) -> AlertPage:
    """List what people handled in the last thirty days, newest first."""
    statement = _within(actor).where(
        Alert.state.in_([AlertState.HANDLED, AlertState.CLOSED]),
        Alert.handled_at > at - HANDLED_SHOWN,
    )
    page = await paginate(session, statement, Key(Alert.handled_at, Alert.id), cursor, PAGE)
    return AlertPage([_with_patient(row) for row in page.rows], page.next_cursor)


async def count_waiting(session: AsyncSession, actor: StaffReader) -> int:
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


@hot(AlertLine)
def _waiting_of(*, patient_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        _lines()
        .where(Alert.patient_id == patient_id, Alert.state.in_(WAITING))
        .order_by(URGENCY, Alert.raised_at, Alert.id)
        .limit(20)
    )


async def waiting_of(session: AsyncSession, patient_id: UUID) -> list[AlertLine]:
    """One patient's alerts that somebody still has to act on; the worst first."""
    return await _waiting_of.all(session, patient_id=patient_id)


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


class Worst(NamedTuple):
    """One severity as the desk shows it: how many wait, and whose is the one waiting longest."""

    severity: Severity
    waiting: int
    patient_name: str
    kind: str
    raised_at: datetime


async def worst_by_severity(session: AsyncSession, actor: StaffActor) -> list[Worst]:
    """List severities with what waits, the most severe first; one statement."""
    own = (
        select(
            Alert.severity,
            func.count().over(partition_by=Alert.severity).label("waiting"),
            Patient.name,
            Alert.kind,
            Alert.raised_at,
        )
        .join(Patient, Patient.id == Alert.patient_id)
        .where(Alert.state.in_(WAITING), within_reach(actor))
        .ext(distinct_on(URGENCY))
        .order_by(URGENCY, Alert.raised_at, Alert.id)
    )
    return [Worst(*row) for row in await session.execute(own)]
