"""Raise alerts: one for each patient, kind and episode; only worse news changes it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Boolean, and_, case, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningInsert

from app.alerts import rules, telling
from app.alerts.models import Alert, AlertEventKind, AlertState
from app.alerts.queries.ordering import rank_of
from app.alerts.rules import AddWorkingMinutes
from app.alerts.service.history import event, write_events
from app.alerts.working_time import working_time
from app.core import clock
from app.core.feature import AlertKind
from app.core.ids import uuid7
from app.core.refs import Ref
from app.core.severity import Severity
from app.patients.models import Patient


@dataclass(frozen=True)
class News:
    """What a feature knows of a patient, as an alert; `severity` is the kind's unless worse.

    `episode` says within the kind what it is about: the same news again must name the same one.
    `detail` holds codes and numbers only, `level` grows as things get worse within the kind.
    """

    patient_id: UUID
    kind: AlertKind
    source: str
    episode: str
    severity: Severity | None = None
    subject: Ref | None = None
    level: int = 0
    detail: dict[str, Any] | None = None

    @property
    def key(self) -> tuple[UUID, str, str]:
        return self.patient_id, self.kind.code, self.episode

    @property
    def severity_told(self) -> Severity:
        return self.severity or self.kind.severity

    @property
    def weight(self) -> tuple[int, int]:
        return self.severity_told.rank, self.level


class Raised(NamedTuple):
    """An alert that this news made, or made worse."""

    id: UUID
    patient_id: UUID
    team_id: UUID
    kind: str
    episode: str
    severity: Severity
    level: int
    times_raised: int
    assigned_to: UUID | None
    escalate_from: datetime
    is_new: bool


async def raise_alert(
    session: AsyncSession,
    patient_id: UUID,
    kind: AlertKind,
    *,
    source: str,
    episode: str,
    severity: Severity | None = None,
    subject: Ref | None = None,
    level: int = 0,
    detail: dict[str, Any] | None = None,
) -> None:
    """Raise it, or raise and reopen what stands under this episode when the news is worse."""
    news = News(patient_id, kind, source, episode, severity, subject, level, detail)
    await raise_alerts(session, [news])


async def raise_alerts(session: AsyncSession, news: Iterable[News]) -> Sequence[Raised]:
    """As `raise_alert`, for a job: five statements, however much news.

    A closed record raises nothing quiet; news of one that was joined to another is the other's.
    What runs by the clock is told at once.
    """
    news = list(news)
    if not news:
        return []
    records = await _records_of(session, {n.patient_id for n in news})
    worst = _worst_of_each(_wanted(news, records))
    if not worst:
        return []
    teams = {record.id: record.team_id for record in records.values()}
    at = clock.now()
    add_working = await working_time(session, at, at, {n.severity_told for n in worst})
    rows = [_row(n, teams[n.patient_id], at, add_working) for n in worst]
    result = await session.execute(_upsert(rows))
    raised = [Raised(*row) for row in result]
    await _restart_clocks(session, raised, rows, add_working)
    await write_events(session, [_event(r) for r in raised])
    await telling.tell_pages(session, {r.team_id for r in raised})
    for one in raised:
        if one.severity.by_the_clock:
            await telling.tell_raised(
                session, one.id, one.team_id, one.times_raised, one.assigned_to
            )
    return raised


def _worst_of_each(news: Iterable[News]) -> list[News]:
    """Keep one line a key, as ON CONFLICT wants, in one order: two jobs never wait in turn."""
    by_key: dict[tuple[UUID, str, str], News] = {}
    for one in news:
        earlier = by_key.get(one.key)
        if earlier is None or one.weight > earlier.weight:
            by_key[one.key] = one
    return [by_key[key] for key in sorted(by_key)]


class _Record(NamedTuple):
    """The record that news belongs to now."""

    id: UUID
    team_id: UUID
    is_closed: bool


async def _records_of(session: AsyncSession, patient_ids: set[UUID]) -> dict[UUID, _Record]:
    """Find the records by the ids that the news names."""
    named = aliased(Patient)
    rows = await session.execute(
        select(named.id, Patient.id, Patient.team_id, Patient.closed_at.is_not(None))
        .join(Patient, Patient.id == func.coalesce(named.merged_into_id, named.id))
        .where(named.id.in_(patient_ids))
    )
    return {row[0]: _Record(row[1], row[2], row[3]) for row in rows}


def _wanted(news: Iterable[News], records: Mapping[UUID, _Record]) -> Iterator[News]:
    for one in news:
        record = records.get(one.patient_id)
        if record and (one.severity_told.by_the_clock or not record.is_closed):
            yield replace(one, patient_id=record.id)


def _row(news: News, team_id: UUID, at: datetime, add_working: AddWorkingMinutes) -> dict[str, Any]:
    severity = news.severity_told
    due = rules.next_step(severity, AlertState.OPEN, at, 0, add_working)
    return {
        "id": uuid7(),
        "created_at": at,
        "patient_id": news.patient_id,
        "team_id": team_id,
        "source": news.source,
        "kind": news.kind.code,
        "episode": news.episode,
        "severity": severity,
        "level": news.level,
        "subject_feature": news.subject.feature if news.subject else None,
        "subject_kind": news.subject.kind if news.subject else None,
        "subject_id": news.subject.id if news.subject else None,
        "detail": news.detail,
        "ends_by": news.kind.ends_by,
        "state": AlertState.OPEN,
        "raised_at": at,
        "times_raised": 1,
        "escalate_from": at,
        "escalation_step": 0,
        "escalate_at": due.at if due else None,
    }


# What worse news brings along, and what it undoes.
_RENEWED = (
    *("detail", "ends_by", "state", "raised_at", "team_id"),
    *("subject_feature", "subject_kind", "subject_id"),
)
_CLOCK = ("escalate_from", "escalation_step", "escalate_at", "escalated_to")
_UNDONE = (
    *("seen_at", "seen_by", "handled_at", "handled_by", "action_taken"),
    *("closed_at", "closed_by", "closed_why"),
)


def _upsert(rows: Sequence[dict[str, Any]]) -> ReturningInsert[*tuple[Any, ...]]:
    """Nothing gets milder by news: of severity and level the worse ones stay.

    The clock of what nobody has looked at yet goes on: news every ten minutes would put the first
    step off for ever. A higher severity has a ladder of its own and begins it.
    """
    statement = insert(Alert).values(list(rows))
    new, old = statement.excluded, Alert
    new_rank, old_rank = rank_of(new.severity), rank_of(old.severity)
    worse = or_(new_rank > old_rank, new.level > old.level)
    renewed = {name: getattr(new, name) for name in _RENEWED} | {
        "severity": case((new_rank > old_rank, new.severity), else_=old.severity),
        "level": func.greatest(new.level, old.level),
    }
    runs = old.escalate_at.is_not(None)
    unseen = and_(old.state == AlertState.OPEN, runs, new_rank <= old_rank)
    renewed |= {n: case((unseen, getattr(old, n)), else_=getattr(new, n)) for n in _CLOCK}
    undone: dict[str, Any] = dict.fromkeys(_UNDONE)
    return statement.on_conflict_do_update(
        index_elements=["patient_id", "kind", "episode"],
        set_=renewed | undone | {"times_raised": old.times_raised + 1},
        where=worse,
    ).returning(
        Alert.id,
        Alert.patient_id,
        Alert.team_id,
        Alert.kind,
        Alert.episode,
        Alert.severity,
        Alert.level,
        Alert.times_raised,
        Alert.assigned_to,
        Alert.escalate_from,
        literal_column("xmax = 0", Boolean).label("is_new"),
    )


async def _restart_clocks(
    session: AsyncSession,
    raised: Sequence[Raised],
    rows: Sequence[dict[str, Any]],
    add_working: AddWorkingMinutes,
) -> None:
    """Where the old severity stayed, a clock that began anew is that one's and not the news'."""
    row_of_key = {(r["patient_id"], r["kind"], r["episode"]): r for r in rows}
    for one in raised:
        row = row_of_key[one.patient_id, one.kind, one.episode]
        at = row["raised_at"]
        if row["severity"] != one.severity and one.escalate_from == at:
            due = rules.next_step(one.severity, AlertState.OPEN, at, 0, add_working)
            await session.execute(
                update(Alert)
                .where(Alert.id == one.id)
                .values(escalate_at=due.at if due else None)
                .execution_options(synchronize_session=False)
            )


def _event(raised: Raised) -> dict[str, Any]:
    kind = AlertEventKind.RAISED if raised.is_new else AlertEventKind.RAISED_AGAIN
    detail = {"severity": raised.severity.value, "level": raised.level}
    return event(raised.id, kind, detail=detail)
