"""Roll the figures of one team up: its days anew from the facts, then its sums over periods.

A day is made anew when one of its facts changes afterwards: triggers of `dose` and `recording`
leave a mark in the transaction of the change (`figure_mark`). Days that change by themselves are
made anew in any case: those whose windows closed, and the last two of films.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import get_locked
from app.core.filters import CLINIC_ZONE
from app.institutions.models import Team
from app.institutions.supervised import PERIODS, first_day_of
from app.medication.histogram import STEPS
from app.medication.models import (
    AdherenceDay,
    FigureMark,
    ReviewDay,
    SlippingPatient,
    TeamAdherence,
    TeamFigures,
    TeamStanding,
)
from app.medication.queries import rollups
from app.medication.queries.slipping import slipping
from app.medication.rules import dose_day

ONE_DAY = timedelta(days=1)
# A new team's figures reach back so far: the longest period, and a day for zones behind ours.
FIRST_TIME = timedelta(days=max(PERIODS) + 1)
NOTHING = dict.fromkeys(
    ("patients", "under_6", "under_12", "under_24", "under_48", "older", "second"), 0
)
ADHERENCE = [c.name for c in AdherenceDay.__table__.c]
REVIEWS = [c.name for c in ReviewDay.__table__.c]
SLIPPING = [c.name for c in SlippingPatient.__table__.c]


async def teams(session: AsyncSession) -> list[UUID]:
    return list(await session.scalars(select(Team.id).order_by(Team.id)))


async def roll_up_team(session: AsyncSession, team_id: UUID, at: datetime) -> None:
    """Bring one team's figures to the facts; the same again changes nothing.

    The team's row is locked, so that of two runs the second begins where the first ended.
    """
    empty = upsert(TeamStanding).values(team_id=team_id, **NOTHING)
    await session.execute(empty.on_conflict_do_nothing())
    team = await get_locked(session, TeamStanding, team_id)
    marked = await _take_marks(session, team_id)
    closed_until = await _roll_up_doses(session, team, marked, at)
    await _roll_up_reviews(session, team, marked, at)
    counts = (await session.execute(rollups.standing(team_id, at))).one()
    for name, count in counts._asdict().items():
        setattr(team, name, count)
    team.closed_until, team.as_of = closed_until, at
    await _sum_up(session, team_id, at)


async def _take_marks(session: AsyncSession, team_id: UUID) -> set[date]:
    """Taken before the facts are read: what commits later leaves a mark for the next time."""
    taken = delete(FigureMark).where(FigureMark.team_id == team_id).returning(FigureMark.on)
    return set(await session.scalars(taken))


async def _roll_up_doses(
    session: AsyncSession, team: TeamStanding, marked: Collection[date], at: datetime
) -> datetime:
    """Answer until when windows count: until now once a dose day has ended, else as before."""
    days, until = set(marked), team.closed_until
    if until is None or dose_day(until, CLINIC_ZONE) < dose_day(at, CLINIC_ZONE):
        # The zones furthest behind us close a day a day later, those ahead of us a day earlier.
        first = at - FIRST_TIME if until is None else until - 2 * ONE_DAY
        days |= _days_between(first, at + ONE_DAY)
        until = at
        await _roll_up_slipping(session, team.team_id, at)
    if days:
        gone = AdherenceDay.team_id == team.team_id, AdherenceDay.on.in_(days)
        await session.execute(delete(AdherenceDay).where(*gone))
        made = rollups.dose_days(team.team_id, sorted(days), until)
        await session.execute(insert(AdherenceDay).from_select(ADHERENCE, made))
    return until


async def _roll_up_slipping(session: AsyncSession, team_id: UUID, at: datetime) -> None:
    await session.execute(delete(SlippingPatient).where(SlippingPatient.team_id == team_id))
    for days in PERIODS:
        made = slipping(team_id, days, first_day_of(at, days), at)
        row = upsert(SlippingPatient).from_select(SLIPPING, made)
        kept = {name: row.excluded[name] for name in SLIPPING[3:]}
        await session.execute(row.on_conflict_do_update(index_elements=SLIPPING[:3], set_=kept))


async def _roll_up_reviews(
    session: AsyncSession, team: TeamStanding, marked: Collection[date], at: datetime
) -> None:
    """Films of the day before are looked at again: they have been there for 24 hours meanwhile."""
    first = at - FIRST_TIME if team.as_of is None else team.as_of - ONE_DAY
    days = _days_between(first, at) | set(marked)
    gone = ReviewDay.team_id == team.team_id, ReviewDay.on.in_(days)
    await session.execute(delete(ReviewDay).where(*gone))
    made = rollups.review_days(team.team_id, sorted(days), at)
    await session.execute(insert(ReviewDay).from_select(REVIEWS, made))


def _days_between(first: datetime, last: datetime) -> set[date]:
    since, until = (at.astimezone(ZoneInfo(CLINIC_ZONE)).date() for at in (first, last))
    return {since + n * ONE_DAY for n in range((until - since).days + 1)}


def _counted(name: str, size: int) -> str:
    """Write how often each of 0 … size - 1 stands in the period's lists of this name."""
    return (
        f"array(select coalesce(n.count, 0) from generate_series(0, {size} - 1) step"  # noqa: S608 names written below
        " left join (select number, count(*)::int as count from review_day d,"
        f' unnest(d.{name}) number where d.team_id = :team_id and d."on" >= p.first_on'
        " group by number) n on n.number = step order by step)"
    )


SIZES = {"sending": STEPS, "watched": STEPS, "taken": STEPS, "verdicts": 4, "pairs": 16}
SUM_UP = text(
    "insert into team_figures (team_id, days, closed, observed, verified, reported, unreviewed,"  # noqa: S608 names written above
    f" received, due, in_time, {', '.join(SIZES)})"
    " select :team_id, p.days, a.*, r.*,"
    f" {', '.join(_counted(name, size) for name, size in SIZES.items())}"
    " from unnest(cast(:days as smallint[]), cast(:firsts as date[])) p (days, first_on)"
    " cross join lateral (select coalesce(sum(closed), 0), coalesce(sum(observed), 0),"
    " coalesce(sum(verified), 0), coalesce(sum(reported), 0), coalesce(sum(unreviewed), 0)"
    ' from adherence_day where team_id = :team_id and "on" >= p.first_on) a'
    " cross join lateral (select coalesce(sum(received), 0), coalesce(sum(due), 0),"
    " coalesce(sum(in_time), 0)"
    ' from review_day where team_id = :team_id and "on" >= p.first_on) r'
)
BY_CONDITION = text(
    "insert into team_adherence"
    " (team_id, days, condition, closed, observed, verified, reported, unreviewed)"
    " select :team_id, p.days, a.condition, sum(a.closed), sum(a.observed), sum(a.verified),"
    " sum(a.reported), sum(a.unreviewed)"
    " from unnest(cast(:days as smallint[]), cast(:firsts as date[])) p (days, first_on)"
    ' join adherence_day a on a.team_id = :team_id and a."on" >= p.first_on'
    " group by p.days, a.condition"
)


async def _sum_up(session: AsyncSession, team_id: UUID, at: datetime) -> None:
    for table in (TeamFigures, TeamAdherence):
        await session.execute(delete(table).where(table.team_id == team_id))
    firsts = [first_day_of(at, days) for days in PERIODS]
    values = {"team_id": team_id, "days": list(PERIODS), "firsts": firsts}
    await session.execute(SUM_UP, values)
    await session.execute(BY_CONDITION, values)
