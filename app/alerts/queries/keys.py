"""Which alerts that wait come first, by ids alone: a city has thousands, a page shows fifty.

The order is taken from the index of each team in reach, so that it costs its teams and not its
alerts. It goes by the copy of the team that an alert carries. Rights are the patient's: whoever
shows an alert asks the patient's own row again, and alerts of patients who moved here lately, whose
copy has not followed yet, are among those found.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Select, literal, select, true, tuple_, union_all

from app.accounts.access import StaffActor
from app.alerts.models import WAITING, Alert, AlertState
from app.alerts.queries.ordering import MOST
from app.core.pagination import decode
from app.core.severity import Severity
from app.institutions.models import Team
from app.institutions.reach import clinic_today, reachable_teams
from app.patients.models import Patient
from app.patients.queries.past_teams import moved_since
from app.patients.reach import within_reach

# A job brings the copy after the patient at once; so long it may have been stopped.
FOLLOWED_WITHIN = timedelta(days=30)


class _UrgencyAndTime(NamedTuple):
    urgency: int
    at: datetime

    @classmethod
    def fromisoformat(cls, text: str) -> "_UrgencyAndTime":
        """Read what the cursor of a page says; a ValueError is told as CursorInvalid."""
        urgency, at = text.split(" ")
        return cls(int(urgency), datetime.fromisoformat(at))


def _of_severity(
    severity: Severity, states: Sequence[AlertState], cursor: str | None
) -> list[ColumnElement[bool]]:
    """Select what comes behind the cursor."""
    found = [Alert.severity == severity, Alert.state.in_(WAITING), Alert.state.in_(states)]
    if cursor is None:
        return found
    after, alert_id = decode(cursor, _UrgencyAndTime)
    own = MOST - severity.rank
    if own == after.urgency:
        found.append(tuple_(Alert.raised_at, Alert.id) > tuple_(after.at, alert_id))
    return found if own >= after.urgency else [*found, ~true()]


def _by_team(
    teams: CTE, severity: Severity, where: Sequence[ColumnElement[bool]], most: int
) -> Select[*tuple[Any, ...]]:
    of_team = select(Alert.id, Alert.raised_at).where(Alert.team_id == teams.c.id, *where)
    oldest = of_team.order_by(Alert.raised_at, Alert.id).limit(most).lateral()
    keys = select(oldest.c.id, literal(MOST - severity.rank).label("urgency"), oldest.c.raised_at)
    return keys.select_from(teams).join(oldest, true())


def _not_followed_yet(
    actor: StaffActor, teams: CTE, severity: Severity, where: Sequence[ColumnElement[bool]]
) -> Select[*tuple[Any, ...]]:
    moved = moved_since(clinic_today() - FOLLOWED_WITHIN)
    return (
        select(Alert.id, literal(MOST - severity.rank).label("urgency"), Alert.raised_at)
        .join(Patient, Patient.id == Alert.patient_id)
        .where(
            Patient.id.in_(moved),
            within_reach(actor),
            Alert.team_id.not_in(select(teams.c.id)),
            *where,
        )
    )


def teams_in_reach(actor: StaffActor) -> CTE:
    """One for a statement, however many lists it makes."""
    return select(Team.id).where(Team.id.in_(reachable_teams(actor))).cte("teams")


def waiting_keys(
    actor: StaffActor,
    teams: CTE,
    states: Sequence[AlertState],
    severities: Sequence[Severity],
    cursor: str | None,
    most: int,
) -> Select[*tuple[Any, ...]]:
    """Select `id`, `urgency`, `raised_at`: the most severe first, then who has waited longest."""
    parts = []
    for severity in severities:
        where = _of_severity(severity, states, cursor)
        parts.append(_by_team(teams, severity, where, most))
        parts.append(_not_followed_yet(actor, teams, severity, where))
    keys = union_all(*parts).subquery()
    order = (keys.c.urgency, keys.c.raised_at, keys.c.id)
    return select(keys.c.id, keys.c.urgency, keys.c.raised_at).order_by(*order).limit(most)
