"""Read in time, beside the period before: the same number of days, ending where this one begins."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.institutions.models import Team
from app.institutions.supervised import first_day
from app.medication.models import ReviewDay
from app.medication.queries.supervision import films_before
from tests.accounts.factories import staff_client
from tests.medication import factories as make

pytestmark = pytest.mark.usefixtures("noon")


async def day(session: AsyncSession, team: Team, before_first: int, due: int, in_time: int) -> None:
    """Roll a day up that lies so many days before the period of seven."""
    on = first_day(7) - timedelta(days=before_first)
    lists: dict[str, list[int]] = {
        "sending": [],
        "watched": [],
        "taken": [],
        "verdicts": [],
        "pairs": [],
    }
    session.add(ReviewDay(team_id=team.id, on=on, received=due, due=due, in_time=in_time, **lists))
    await session.flush()


async def test_the_days_right_before_are_added_up_and_no_others(session: AsyncSession) -> None:
    district = await make.make_institution(session)
    below = await make.make_institution(session, parent=district)
    team, other = [await make.make_team(session, institution=i) for i in (district, below)]
    await day(session, team, 1, 10, 9)
    await day(session, other, 7, 10, 6)
    await day(session, team, 0, 100, 0)
    await day(session, team, 8, 100, 0)
    await day(session, await make.make_team(session), 3, 100, 0)

    films = await films_before(session, district, 7, first_day(7))

    assert (films.received, films.due, films.in_time) == (20, 20, 15)
    assert films.in_time_rate == 0.75


@pytest.mark.parametrize("before", [True, False])
async def test_the_tile_says_it_and_leads_to_who_is_late(
    app: FastAPI, session: AsyncSession, *, before: bool
) -> None:
    district = await make.make_institution(session)
    team = await make.make_team(session, institution=district)
    if before:
        await day(session, team, 1, 10, 9)
    staff = await make.make_staff(session, institution=district, roles=(Role.SUPERVISOR,))

    async with await staff_client(app, session, staff.id) as client:
        page = (await client.get("/staff/supervision?days=7")).text
        late = await client.get(f"/staff/medication/waiting?institution_id={district.id}&days=7")

    assert ("再往前 7 天 90.0%" in page) == before
    assert f'href="/staff/medication/waiting?institution_id={district.id}&amp;days=7"' in page
    assert late.status_code == 200
