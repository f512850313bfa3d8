"""Reads of the supervisor's page: whether films are read in time, and how a subtree does.

They add up what a job has rolled up by team (`service/rollups.py`): the tree is today's, the team
of a dose that of its day.
"""

from datetime import date, timedelta
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    SmallInteger,
    Text,
    and_,
    cast,
    column,
    extract,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.hot import hot
from app.core.json_rows import json_rows
from app.core.statements import hidden, written
from app.institutions.models import Institution, Team
from app.institutions.supervised import teams_within
from app.medication.agreement import agreement_of
from app.medication.histogram import STEPS, percentile
from app.medication.models import (
    ReviewDay,
    SubtreeFigures,
    TeamAdherence,
    TeamFigures,
    TeamStanding,
    Verdict,
)
from app.medication.schemas.supervision import (
    Backlog,
    ConditionSums,
    Counted,
    DayFigures,
    Figures,
    FilmFigures,
    FilmSums,
    PlaceCounts,
    ReadingPair,
    ReviewFigures,
    VerdictCount,
)

LISTS = ("sending", "watched", "taken", "verdicts", "pairs")
VERDICTS = tuple(Verdict)
FILMS = ("received", "due", "in_time")
ADHERENCE = ("closed", "observed", "verified", "reported", "unreviewed")
WAITING = ("under_6", "under_12", "under_24", "under_48", "older", "second")
Counts = dict[str, dict[int, int]]


def _sum(counted: Any) -> ColumnElement[int]:
    return func.coalesce(func.sum(counted), 0)


def _of(teams: CTE, days: int) -> ColumnElement[bool]:
    within = TeamFigures.team_id.in_(select(teams.c.id))
    return and_(within, TeamFigures.days == days)


def _films(teams: CTE, days: int) -> Select[*tuple[Any, ...]]:
    sums = [_sum(getattr(TeamFigures, name)).label(name) for name in FILMS]
    return select(*sums).where(_of(teams, days))


def _lists(teams: CTE, days: int) -> Select[*tuple[Any, ...]]:
    """Add the lists of all teams up, place by place; places begin at 1."""
    counts = (
        func.unnest(*(getattr(TeamFigures, name) for name in LISTS))
        .table_valued(*(column(name, BigInteger) for name in LISTS), with_ordinality="place")
        .render_derived(name="counts")
    )
    return (
        select(counts.c.place, *(_sum(counts.c[name]).label(name) for name in LISTS))
        .select_from(TeamFigures)
        .join(counts, true())
        .where(_of(teams, days))
        .group_by(counts.c.place)
    )


def _day_figures(teams: CTE, first: date) -> Select[*tuple[Any, ...]]:
    return (
        select(ReviewDay.on, *(func.sum(getattr(ReviewDay, n)).label(n) for n in FILMS))
        .where(ReviewDay.team_id.in_(select(teams.c.id)), ReviewDay.on >= first)
        .group_by(ReviewDay.on)
        .having(func.sum(ReviewDay.received) > 0)
        .order_by(ReviewDay.on)
    )


def _backlog(teams: CTE) -> Select[*tuple[Any, ...]]:
    return select(*(_sum(getattr(TeamStanding, n)).label(n) for n in WAITING)).where(
        TeamStanding.team_id.in_(select(teams.c.id))
    )


def _counted(teams: CTE) -> Select[*tuple[Any, ...]]:
    """Tell how far the figures reach: of the team that is furthest behind."""
    return select(
        func.min(TeamStanding.closed_until).label("closed_until"),
        func.min(TeamStanding.as_of).label("as_of"),
    ).where(TeamStanding.team_id.in_(select(teams.c.id)))


def _conditions(teams: CTE, days: int) -> Select[*tuple[Any, ...]]:
    sums = [_sum(getattr(TeamAdherence, n)).label(n) for n in ADHERENCE]
    return (
        select(TeamAdherence.condition, *sums)
        .where(TeamAdherence.team_id.in_(select(teams.c.id)), TeamAdherence.days == days)
        .group_by(TeamAdherence.condition)
        .order_by(TeamAdherence.condition)
    )


async def conditions_of(
    session: AsyncSession, institution: Institution, days: int
) -> list[ConditionSums]:
    """Name the illnesses that doses of the period were against, each with its sums."""
    teams = teams_within(institution).cte("teams")
    rows = await session.execute(_conditions(teams, days))
    return [ConditionSums.model_validate(row._asdict()) for row in rows]


async def films_before(
    session: AsyncSession, institution: Institution, days: int, first: date
) -> FilmSums:
    """Add up the films of the period of so many days before the one that begins on `first`."""
    sums = (_sum(getattr(ReviewDay, name)).label(name) for name in FILMS)
    row = await session.execute(
        select(*sums).where(
            ReviewDay.team_id.in_(teams_within(institution)),
            ReviewDay.on >= first - timedelta(days=days),
            ReviewDay.on < first,
        )
    )
    return FilmSums.model_validate(row.one()._asdict())


async def counted_of(session: AsyncSession, institution: Institution) -> Counted:
    teams = teams_within(institution).cte("teams")
    row = (await session.execute(_counted(teams))).one()
    return Counted(closed_until=row.closed_until, as_of=row.as_of)


class _Parts(BaseModel):
    """What one statement finds; of `films`, `backlog` and `counted` one each."""

    films: list[FilmSums]
    lists: list[PlaceCounts]
    days: list[DayFigures]
    backlog: list[Backlog]
    counted: list[Counted]
    conditions: list[ConditionSums] = []


class _Found(NamedTuple):
    parts: str


def _made_of(teams: CTE) -> ColumnElement[str]:
    """Name the teams and when each was rolled up: figures made of the same are the same."""
    as_of = func.coalesce(cast(extract("epoch", TeamStanding.as_of), Text), "")
    one = cast(TeamStanding.team_id, Text) + as_of
    every = func.string_agg(one, aggregate_order_by(literal(","), TeamStanding.team_id))
    within = TeamStanding.team_id.in_(select(teams.c.id))
    made_of = select(func.md5(func.coalesce(every, ""))).where(within)
    return made_of.scalar_subquery()


def _added_up(teams: CTE, days: int, first: date) -> ColumnElement[str]:
    parts = {
        "films": _films(teams, days),
        "lists": _lists(teams, days),
        "days": _day_figures(teams, first),
        "backlog": _backlog(teams),
        "counted": _counted(teams),
        "conditions": _conditions(teams, days),
    }
    named = ((written(name), json_rows(part)) for name, part in parts.items())
    return cast(func.jsonb_build_object(*chain.from_iterable(named)), Text)


def _teams_below(path: str) -> CTE:
    """As `teams_within`. IS TRUE keeps the list of institutions: it is not joined row by row."""
    below = select(Institution.id).where(Institution.path.startswith(hidden(path, Text())))
    return select(Team.id).where(Team.institution_id.in_(below).is_(true())).cte("teams")


def to_keep(
    institution_id: UUID, path: str, days: int, first: date
) -> Select[UUID, int, date, str, str]:
    """Select a row of SubtreeFigures, from what the teams have at this moment."""
    teams = _teams_below(path)
    return select(
        literal(institution_id),
        literal(days, SmallInteger),
        literal(first),
        _made_of(teams),
        _added_up(teams, days, first),
    )


@hot(_Found)
def _figures(*, institution_id: UUID, path: str, days: int, first: date) -> Select[str]:
    """Take what is kept, if it is made of what the teams have now; else add it up."""
    teams = _teams_below(path)
    kept = select(SubtreeFigures.parts).where(
        SubtreeFigures.institution_id == institution_id,
        SubtreeFigures.days == days,
        SubtreeFigures.first_on == first,
        SubtreeFigures.made_of == _made_of(teams),
    )
    parts = func.coalesce(kept.scalar_subquery(), _added_up(teams, days, first))
    return select(parts.label("parts"))


async def figures_of(
    session: AsyncSession, institution: Institution, days: int, first: date
) -> Figures:
    """One statement for all of how films are read; medians and `agreement` come from its counts."""
    found = await _figures.one(
        session, institution_id=institution.id, path=institution.path, days=days, first=first
    )
    parts = _Parts.model_validate_json(found.parts)
    counts = _by_name(parts.lists)
    twice = _pairs(counts["pairs"])
    return Figures(
        _film_figures(parts.films[0], counts["sending"]),
        _review_figures(counts),
        parts.backlog[0],
        parts.days,
        _verdicts(counts["verdicts"]),
        twice,
        agreement_of({(p.first.value, p.second.value): p.count for p in twice}),
        parts.counted[0],
        parts.conditions,
    )


def _by_name(places: list[PlaceCounts]) -> Counts:
    """Map counts that are not nought, by list and place; places begin at 0."""
    return {
        name: {p.place - 1: count for p in places if (count := getattr(p, name))} for name in LISTS
    }


def _percentile(counts: dict[int, int], share: float) -> float | None:
    return percentile([counts.get(step, 0) for step in range(STEPS)], share)


def _film_figures(sums: FilmSums, sending: dict[int, int]) -> FilmFigures:
    return FilmFigures(
        **sums.model_dump(),
        sending_s=_percentile(sending, 0.5),
        sending_p95_s=_percentile(sending, 0.95),
    )


def _review_figures(counts: Counts) -> ReviewFigures:
    watched, taken = counts["watched"], counts["taken"]
    return ReviewFigures(
        decided=sum(counts["verdicts"].values()),
        watched_s=_percentile(watched, 0.5),
        watched_p95_s=_percentile(watched, 0.95),
        taken_s=_percentile(taken, 0.5),
        taken_p95_s=_percentile(taken, 0.95),
    )


def _verdicts(counts: dict[int, int]) -> list[VerdictCount]:
    """Most frequent first."""
    found = [VerdictCount(verdict=VERDICTS[n], count=count) for n, count in counts.items()]
    return sorted(found, key=lambda one: (-one.count, one.verdict))


def _pairs(counts: dict[int, int]) -> list[ReadingPair]:
    return [
        ReadingPair(first=VERDICTS[n // 4], second=VERDICTS[n % 4], count=count)
        for n, count in sorted(counts.items())
    ]
