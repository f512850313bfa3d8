"""What the desk says of alerts that wait: of each severity how many, and who has waited longest."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    FromClause,
    ScalarSelect,
    Select,
    Subquery,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts.models import Alert
from app.alerts.queries.keys import not_followed_yet, severities, waiting_of
from app.core.hot import hot
from app.core.pages import MOST_COUNTED
from app.core.severity import Severity
from app.institutions.models import Team
from app.institutions.reach import Reader, clinic_today, reachable_teams
from app.patients.models import Patient

KEY = (Alert.raised_at, Alert.id)


class Worst(NamedTuple):
    """One severity as the desk shows it: how many wait, and whose is the one waiting longest."""

    severity: Severity
    waiting: int
    alert_id: UUID
    patient_id: UUID
    kind: str
    raised_at: datetime


def _of(queue: FromClause, teams: CTE, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Select what waits in a team's queue of one severity; reach goes by the patient's own row."""
    in_reach = or_(Patient.team_id == queue.c.team_id, Patient.team_id.in_(select(teams.c.id)))
    return (
        select(*columns)
        .join_from(Alert, Patient, Patient.id == Alert.patient_id)
        .where(
            Alert.team_id == queue.c.team_id,
            *waiting_of(queue),
            in_reach,
            Patient.merged_into_id.is_(None),
        )
    )


def _queues(teams: CTE, kinds: CTE) -> CTE:
    """Find the queues that are not empty, and the first alert of each."""
    every = select(teams.c.id.label("team_id"), *kinds.c).join_from(teams, kinds, true()).subquery()
    first = _of(every, teams, *KEY).order_by(*KEY).limit(1).lateral()
    return select(*every.c, *first.c).join_from(every, first, true()).cte("queues")


def _first(queues: CTE, moved: CTE) -> Subquery:
    columns = ("urgency", "raised_at", "id")
    both = union_all(*(select(*(one.c[n] for n in columns)) for one in (queues, moved))).subquery()
    return (
        select(both)
        .ext(distinct_on(both.c.urgency))
        .order_by(*(both.c[n] for n in columns))
        .subquery()
    )


def _counted(queues: CTE, teams: CTE, moved: CTE, first: Subquery) -> ScalarSelect[int]:
    """Count queue after queue, and no further than the desk says."""
    alert = _of(queues, teams, Alert.id).limit(MOST_COUNTED).lateral()
    some = union_all(
        select(alert.c.id)
        .join_from(queues, alert, true())
        .where(queues.c.urgency == first.c.urgency)
        .correlate(first),
        select(moved.c.id).where(moved.c.urgency == first.c.urgency).correlate(first),
    ).limit(MOST_COUNTED)
    return select(func.count()).select_from(some.subquery()).correlate(first).scalar_subquery()


@hot(Worst)
def _worst(supervises: bool, /, *, staff_id: UUID, on: date) -> Select[*tuple[Any, ...]]:
    reader = Reader(staff_id, supervises, on)
    teams = select(Team.id).where(Team.id.in_(reachable_teams(reader))).cte("teams")
    kinds = severities(None).select().cte("kinds")
    queues = _queues(teams, kinds)
    moved = not_followed_yet(reader, teams, kinds, waiting_of(kinds)).cte("moved")
    first = _first(queues, moved)
    return (
        select(
            Alert.severity,
            _counted(queues, teams, moved, first).label("waiting"),
            Alert.id.label("alert_id"),
            Alert.patient_id,
            Alert.kind,
            Alert.raised_at,
        )
        .join_from(first, Alert, Alert.id == first.c.id)
        .order_by(first.c.urgency)
    )


async def worst_by_severity(session: AsyncSession, actor: StaffActor) -> list[Worst]:
    """List severities with what waits, counted to a hundred, the most severe first."""
    return await _worst.all(session, actor.supervises, staff_id=actor.account_id, on=clinic_today())
