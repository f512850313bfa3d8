"""What is kept for an institution of many teams is told while it is what adding up would give."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.job_context import JobContext
from app.institutions.models import Institution
from app.institutions.supervised import PERIODS, first_day, first_day_of
from app.medication import jobs
from app.medication.models import SubtreeFigures, TeamStanding
from app.medication.queries.supervision import figures_of
from app.medication.schemas.supervision import Figures
from app.medication.service import rollups, subtrees
from tests.medication import factories as make
from tests.medication.district import District

ODD = 777
KEPT = '{"films": [{"received": 777, "due": 777, "in_time": 777}], "lists": [], "days": [], "backlog": [{"under_6": 0, "under_12": 0, "under_24": 0, "under_48": 0, "older": 0, "second": 0}], "counted": [{"closed_until": null, "as_of": null}]}'  # noqa: E501 as it is kept


@pytest.fixture
async def home(session: AsyncSession) -> Institution:
    return await make.make_institution(session)


@pytest.fixture
async def district(session: AsyncSession, home: Institution) -> District:
    """Three teams of two towns, to which much has happened."""
    made = District(session, 7)
    await made.fill()
    towns = [await make.make_institution(session, parent=home) for _ in range(2)]
    for team, town in zip(made.teams, (*towns, towns[0]), strict=True):
        team.institution_id = town.id
    for _ in range(60):
        await made.happens()
    return made


async def told(session: AsyncSession, home: Institution, days: int = 30) -> Figures:
    return await figures_of(session, home, days, first_day(days))


async def mark_as_kept(session: AsyncSession) -> None:
    """Put other figures there, which nothing but what is kept could give."""
    await session.execute(update(SubtreeFigures).values(parts=KEPT))


@pytest.mark.parametrize("days", PERIODS)
async def test_what_is_kept_is_what_adding_up_gives(
    session: AsyncSession, home: Institution, district: District, days: int
) -> None:
    for team in district.teams:
        await rollups.roll_up_team(session, team.id, clock.now())
    await session.flush()
    added_up = await told(session, home, days)

    await subtrees.keep_figures(session, subtrees.Subtree(home.id, home.path), clock.now())
    kept = await told(session, home, days)
    await mark_as_kept(session)

    assert kept == added_up
    assert added_up.films.received > 0
    assert (await told(session, home, days)).films.received == ODD


async def _rolled_up_again(session: AsyncSession, district: District) -> None:
    at = clock.now() + timedelta(microseconds=1)
    await rollups.roll_up_team(session, district.teams[1].id, at)
    await session.flush()


async def _team_gone(session: AsyncSession, district: District) -> None:
    district.teams[2].institution_id = (await make.make_institution(session)).id
    await session.flush()


async def _team_came(session: AsyncSession, district: District) -> None:
    of = await session.get_one(Institution, district.teams[0].institution_id)
    other = await make.make_team(session)
    await rollups.roll_up_team(session, other.id, clock.now())
    other.institution_id = of.id
    await session.flush()


async def _never_rolled_up(session: AsyncSession, district: District) -> None:
    found = await session.get_one(TeamStanding, district.teams[0].id)
    found.as_of = None
    await session.flush()


Change = Callable[[AsyncSession, District], Coroutine[Any, Any, None]]
CHANGES = (_rolled_up_again, _team_gone, _team_came, _never_rolled_up)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
async def test_it_is_not_told_once_it_may_be_something_else(
    session: AsyncSession, home: Institution, district: District, change: Change
) -> None:
    await make.roll_up(session)
    await mark_as_kept(session)
    assert (await told(session, home)).films.received == ODD

    await change(session, district)

    assert (await told(session, home)).films.received != ODD


@pytest.mark.usefixtures("district")
async def test_it_is_of_the_days_it_was_kept_for(session: AsyncSession, home: Institution) -> None:
    """After midnight a period begins a day later."""
    await make.roll_up(session)
    await mark_as_kept(session)

    after_midnight = first_day_of(clock.now() + timedelta(days=1), 30)
    found = await figures_of(session, home, 30, after_midnight)

    assert found.films.received != ODD
    assert (await told(session, home)).films.received == ODD


@pytest.mark.parametrize("more", [0, 1])
async def test_the_job_keeps_figures_of_those_with_many_teams(
    context: JobContext, session: AsyncSession, home: Institution, more: int
) -> None:
    """Both the town and the district above it; of a village with one team nothing is kept."""
    town = await make.make_institution(session, parent=home)
    village = await make.make_institution(session, parent=town)
    await make.make_team(session, institution=village)
    for _ in range(subtrees.FEW_TEAMS - 1 + more):
        await make.make_team(session, institution=town)

    await jobs.roll_up(context)

    kept = await session.execute(select(SubtreeFigures.institution_id, SubtreeFigures.days))
    large = {home.id, town.id} if more else set[object]()
    assert {tuple(row) for row in kept} == {(one, days) for one in large for days in PERIODS}


@pytest.mark.usefixtures("district")
async def test_keeping_it_again_replaces_it(session: AsyncSession, home: Institution) -> None:
    await make.roll_up(session)
    before: datetime | None = (await told(session, home)).counted.as_of
    await make.roll_up(session)
    await mark_as_kept(session)
    await make.roll_up(session)

    found = await told(session, home)

    assert found.films.received != ODD
    assert before is not None
    assert found.counted.as_of is not None
    assert found.counted.as_of > before
