"""Reads of the supervisor's page: whether films are read in time, and how a subtree does.

They add up what a job has rolled up by team (`service/rollups.py`): the tree is today's, the team
of a dose that of its day.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Result,
    Select,
    and_,
    column,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.json_rows import json_rows, typed
from app.institutions.models import Institution
from app.institutions.supervised import teams_within
from app.medication.agreement import agreement_of
from app.medication.histogram import STEPS, percentile
from app.medication.models import ReviewDay, TeamFigures, TeamStanding, Verdict
from app.medication.schemas.supervision import (
    Backlog,
    Counted,
    DayFigures,
    Figures,
    FilmFigures,
    FilmSums,
    ListCount,
    ReadingPair,
    ReviewFigures,
    VerdictCount,
)

LISTS = ("sending", "watched", "taken", "verdicts", "pairs")
VERDICTS = tuple(Verdict)
FILMS = ("received", "due", "in_time")
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


def _places(name: str, teams: CTE, days: int) -> Select[*tuple[Any, ...]]:
    """Add one list of all teams up, place by place; places begin at 1."""
    counts = (
        func.unnest(getattr(TeamFigures, name))
        .table_valued(column("count", BigInteger), with_ordinality="place")
        .render_derived(name=f"{name}_counts")
    )
    return (
        select(literal(name).label("name"), counts.c.place, func.sum(counts.c.count).label("count"))
        .select_from(TeamFigures)
        .join(counts, true())
        .where(_of(teams, days), counts.c.count > 0)
        .group_by(counts.c.place)
    )


def _lists(teams: CTE, days: int) -> Select[*tuple[Any, ...]]:
    parts = union_all(*(_places(name, teams, days) for name in LISTS)).subquery()
    return select(parts.c.name, parts.c.place, parts.c.count)


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


async def counted_of(session: AsyncSession, institution: Institution) -> Counted:
    teams = teams_within(institution).cte("teams")
    row = (await session.execute(_counted(teams))).one()
    return Counted(closed_until=row.closed_until, as_of=row.as_of)


async def figures_of(
    session: AsyncSession, institution: Institution, days: int, first: date
) -> Figures:
    """One statement for all of how films are read; medians and `agreement` come from its counts."""
    teams = teams_within(institution).cte("teams")
    parts = (
        _films(teams, days),
        _lists(teams, days),
        _day_figures(teams, first),
        _backlog(teams),
        _counted(teams),
    )
    result: Result[Any] = await session.execute(select(*(json_rows(part) for part in parts)))
    films, lists, by_day, backlog, counted = tuple(result.one())
    counts = _by_name(typed(ListCount, lists))
    twice = _pairs(counts["pairs"])
    both = [(p.first.value, p.second.value) for p in twice for _ in range(p.count)]
    return Figures(
        _film_figures(FilmSums.model_validate(films[0]), counts["sending"]),
        _review_figures(counts),
        Backlog.model_validate(backlog[0]),
        typed(DayFigures, by_day),
        _verdicts(counts["verdicts"]),
        twice,
        agreement_of(both),
        Counted.model_validate(counted[0]),
    )


def _by_name(counts: list[ListCount]) -> Counts:
    by_name: Counts = defaultdict(dict)
    for one in counts:
        by_name[one.name][one.place - 1] = one.count
    return by_name


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
