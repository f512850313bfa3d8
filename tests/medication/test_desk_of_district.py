"""What the desk says of a district's films; and that the database plans its counts once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import app.features  # noqa: F401  # every hot statement is declared by what it imports
from app.core import clock
from app.core.hot import EVERY
from app.institutions.reach import clinic_today
from app.medication.queries import waiting
from tests.medication.test_queue_of_district import District, district, mixed

__all__ = ["district"]
pytestmark = pytest.mark.usefixtures("noon")
OFTEN = 15  # the driver prepares it after five times, the database looks at five plans first
LEASE = "app.medication.queries.review_queue.lease"
FIGURES = "app.medication.queries.supervision._figures"
BRANCHES = "app.medication.queries.subtrees._branches"
PLANNED_ONCE: dict[str, tuple[str, ...]] = {
    "app.alerts.queries.worst._worst": (),
    "app.medication.queries.waiting._waiting": ("at",),
    "app.medication.queries.attention._count_missing": (),
    "app.medication.queries.attention._count_ending": ("today",),
    "app.medication.queries.review_queue._counts": ("at",),
    "app.patients.desk._unbound": ("at",),
}


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
async def test_the_database_plans_it_once(
    session: AsyncSession, district: District, name: str
) -> None:
    """Planning took longer than all of these statements together."""
    values = {"staff_id": district.supervisor.id, "on": clinic_today()}
    more = {one: clock.now() if one == "at" else clinic_today() for one in PLANNED_ONCE[name]}

    assert await plans_for_all_values(session, name, True, **values, **more) > 0


async def test_the_database_plans_a_lease_once(session: AsyncSession, district: District) -> None:
    at, until = clock.now(), clock.now() + timedelta(minutes=5)
    values = {"staff_id": district.supervisor.id, "on": clinic_today(), "at": at, "until": until}

    found = await plans_for_all_values(
        session, LEASE, True, False, holding=[], skipping=[], **values
    )

    assert found > 0


@pytest.mark.parametrize("days", [30, 90])
async def test_the_database_plans_a_supervisors_page_once(
    session: AsyncSession, district: District, days: int
) -> None:
    home = {"institution_id": district.supervisor.institution_id, "path": "x", "days": days}
    first = clinic_today() - timedelta(days=days)

    assert await plans_for_all_values(session, FIGURES, **home, first=first) > 0
    assert await plans_for_all_values(session, BRANCHES, True, **home) > 0


async def plans_for_all_values(
    session: AsyncSession, name: str, *shape: bool, **values: Any
) -> int:
    statement = next(h for h in EVERY if _name(h) == name)
    for _ in range(OFTEN):
        await statement.all(session, *shape, **values)
    plans = text("select sum(generic_plans) from pg_prepared_statements where statement = :it")
    return int(await session.scalar(plans, {"it": statement.compiled(*shape).text}) or 0)


def _name(statement: Any) -> str:
    return f"{statement.__module__}.{statement.__qualname__}"
