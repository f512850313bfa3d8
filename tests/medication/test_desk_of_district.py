"""What the desk says of a district's films; and that the database plans its counts once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import app.features  # noqa: F401  # every hot statement is declared by what it imports
from app.core import clock
from app.core.hot import EVERY, Hot
from app.institutions.reach import clinic_today
from app.medication.queries import waiting
from tests.medication.test_queue_of_district import District, district, mixed

__all__ = ["district"]
pytestmark = pytest.mark.usefixtures("noon")
OFTEN = 15  # the driver prepares it after five times, the database looks at five plans first
LEASE = "app.medication.queries.review_queue.lease"
PLANNED_ONCE = (
    LEASE,
    "app.medication.queries.review_queue._counts",
    "app.medication.queries.waiting._waiting",
    "app.medication.queries.attention._count_missing",
    "app.medication.queries.attention._count_felt",
    "app.medication.queries.attention._count_ending",
    "app.medication.queries.subtrees._branches",
    "app.medication.queries.supervision._figures",
    "app.alerts.queries.worst._worst",
    "app.patients.desk._unbound",
)
# Of these a plan for one value looks cheaper than one for all, on tables with many rows.
BOUND = re.compile(
    r"(LIMIT|OFFSET) \$"
    r"|(due_by|leased_until|ends_on) (<|>|BETWEEN) \$"
    r"|(state|pending_reading) (=|IN) \(?\$"
)


async def told(session: AsyncSession, district: District) -> waiting.WaitingFilms:
    return await waiting.waiting_films(session, district.actor, clock.now())


async def test_the_oldest_is_the_one_that_is_overdue_longest(
    session: AsyncSession, district: District
) -> None:
    films = await mixed(session, district)
    for film in films:
        assert film.due_by is not None
        film.uploaded_at = film.due_by - timedelta(days=1)
    await session.flush()

    overdue = [f for f in films if f.due_by is not None and f.due_by < clock.now()]
    assert await told(session, district) == (
        len(films),
        len(overdue),
        min(f.uploaded_at for f in overdue if f.uploaded_at),
    )


async def test_a_film_that_may_not_be_read_is_not_the_oldest_and_hides_no_other(
    session: AsyncSession, district: District
) -> None:
    """First of its team, whose patient is elsewhere by now; the second of another is older."""
    at, (first, second, third) = clock.now(), district.teams
    await district.film(session, first, -50, uploaded_at=at - timedelta(hours=74))
    patient, _ = district.courses.pop(first.id)
    patient.team_id = district.next_door.id
    await district.film(session, first, -40, uploaded_at=at - timedelta(hours=64))
    await district.film(session, second, -30, uploaded_at=at - timedelta(hours=54), flags=["dark"])
    await district.film(session, third, 1, uploaded_at=at - timedelta(hours=23))
    await session.flush()

    assert await told(session, district) == (3, 2, at - timedelta(hours=64))


async def test_where_nothing_is_overdue_nobody_is_the_oldest(
    session: AsyncSession, district: District
) -> None:
    await district.film(session, district.teams[0], 1)

    assert await told(session, district) == (1, 0, None)


@pytest.mark.parametrize("name", PLANNED_ONCE)
def test_it_binds_nothing_for_which_the_database_would_plan_it_anew(name: str) -> None:
    """Planning took longer than all of these statements together."""
    for compiled in _statement(name).every_shape():
        assert not BOUND.search(compiled.text)


async def test_the_database_plans_a_lease_once(session: AsyncSession, district: District) -> None:
    at, until = clock.now(), clock.now() + timedelta(minutes=5)
    values = {"staff_id": district.supervisor.id, "on": clinic_today(), "at": at, "until": until}

    found = await plans_for_all_values(
        session, LEASE, True, False, holding=[], skipping=[], **values
    )

    assert found > 0


async def plans_for_all_values(
    session: AsyncSession, name: str, *shape: bool, **values: Any
) -> int:
    statement = _statement(name)
    for _ in range(OFTEN):
        await statement.all(session, *shape, **values)
    plans = text("select sum(generic_plans) from pg_prepared_statements where statement = :it")
    return int(await session.scalar(plans, {"it": statement.compiled(*shape).text}) or 0)


def _statement(name: str) -> Hot[Any, Any]:
    declared: list[Any] = EVERY
    return next(h for h in declared if f"{h.__module__}.{h.__qualname__}" == name)
