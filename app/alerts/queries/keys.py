"""Which alerts that wait come first, by ids alone: a city has thousands, a page shows fifty.

The order is taken from the index of each team in reach, so that it costs its teams and not its
alerts. It goes by the copy of the team that an alert carries. Rights are the patient's: whoever
shows an alert asks the patient's own row again, and alerts of patients who moved here lately, whose
copy has not followed yet, are among those found.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    Text,
    cast,
    select,
    true,
    tuple_,
    union_all,
)

from app.alerts.models import WAITING, Alert, AlertState
from app.alerts.queries.ordering import MOST
from app.core.pagination import decode, encode
from app.core.severity import Severity
from app.core.statements import written
from app.institutions.models import Team
from app.institutions.reach import Reader, reachable_teams
from app.patients.models import Patient
from app.patients.queries.past_teams import moved_since
from app.patients.reach import within_reach

# A job brings the copy after the patient at once; so long it may have been stopped.
FOLLOWED_WITHIN = timedelta(days=30)


class Place(NamedTuple):
    """Where a page ended: what stands behind it comes next."""

    urgency: int
    raised_at: datetime
    alert_id: UUID


class _UrgencyAndTime(NamedTuple):
    urgency: int
    at: datetime

    @classmethod
    def fromisoformat(cls, text: str) -> "_UrgencyAndTime":
        """Read what the cursor of a page says; a ValueError is told as CursorInvalid."""
        urgency, at = text.split(" ")
        return cls(int(urgency), datetime.fromisoformat(at))


def place_of(cursor: str) -> Place:
    found, alert_id = decode(cursor, _UrgencyAndTime)
    return Place(found.urgency, found.at, alert_id)


def cursor_of(place: Place) -> str:
    return encode(f"{place.urgency} {place.raised_at.isoformat()}", place.alert_id)


def severities(only: Severity | None) -> Subquery:
    """Rows of `severity` and `urgency`, written out: VALUES would be compiled anew each time."""
    rows = (
        select(written(severity).label("severity"), written(MOST - severity.rank).label("urgency"))
        for severity in ([only] if only else list(Severity))
    )
    return union_all(*rows).subquery()


def waiting_of(kinds: FromClause) -> list[ColumnElement[bool]]:
    """Match alerts of one of `severities`; by the text, which the index of each team holds."""
    waiting = Alert.state.in_([written(state) for state in WAITING])
    return [cast(Alert.severity, Text) == kinds.c.severity, waiting]


def waiting_keys(
    reader: Reader,
    states: Sequence[AlertState],
    only: Severity | None,
    after: Place | None,
    most: int,
) -> Select[*tuple[Any, ...]]:
    """Select `id`, `urgency`, `raised_at` of at most so many of each team and severity."""
    teams = select(Team.id).where(Team.id.in_(reachable_teams(reader))).cte("teams")
    kinds = severities(only)
    where = [*waiting_of(kinds), Alert.state.in_(states)]
    if after is not None:
        place = tuple_(kinds.c.urgency, Alert.raised_at, Alert.id)
        where.append(place > tuple_(*after))
    of_team = select(Alert.id, Alert.raised_at).where(Alert.team_id == teams.c.id, *where)
    oldest = of_team.order_by(Alert.raised_at, Alert.id).limit(most).lateral()
    by_team = (
        select(oldest.c.id, kinds.c.urgency, oldest.c.raised_at)
        .select_from(teams)
        .join(kinds, true())
        .join(oldest, true())
    )
    return union_all(by_team, not_followed_yet(reader, teams, kinds, where)).subquery().select()


def not_followed_yet(
    reader: Reader, teams: CTE, kinds: FromClause, where: Sequence[ColumnElement[bool]]
) -> Select[*tuple[Any, ...]]:
    """Find alerts of patients who have come here, while the copy still names the old team."""
    return (
        select(Alert.id, kinds.c.urgency, Alert.raised_at)
        .select_from(Alert)
        .join(kinds, true())
        .join(Patient, Patient.id == Alert.patient_id)
        .where(
            Patient.id.in_(moved_since(reader.on - FOLLOWED_WITHIN)),
            within_reach(reader),
            Alert.team_id.not_in(select(teams.c.id)),
            *where,
        )
    )
