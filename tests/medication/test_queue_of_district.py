"""The queue of a supervisor, whose films are in many teams: one order, one count, one film each."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import Role
from app.core import clock
from app.core.db import Sessionmaker, for_update
from app.core.pages import MOST_COUNTED
from app.core.settings import Settings
from app.institutions.models import StaffMember, Team
from app.institutions.reach import Reader, clinic_today
from app.medication.models import Recording, Treatment
from app.medication.queries.review_queue import BEST_OF_TEAM, Leased, choices, queue_counts
from app.medication.service.review_queue import lease_next
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of
from tests.racing import together

pytestmark = pytest.mark.usefixtures("noon")
_days = count(1)


@dataclass
class District:
    """Three teams of one district, a supervisor above them, and a team of the next district."""

    teams: list[Team]
    supervisor: StaffMember
    next_door: Team
    courses: dict[UUID, tuple[Patient, Treatment]] = field(default_factory=dict)

    @property
    def actor(self) -> StaffActor:
        return actor_of(self.supervisor.id, Role.SUPERVISOR)

    async def film(
        self, session: AsyncSession, team: Team, hours: float = 24, **columns: Any
    ) -> Recording:
        """Let a film wait that is due in so many hours, of this team's one patient."""
        if team.id not in self.courses:
            patient = await make.make_patient(session, team=team)
            self.courses[team.id] = patient, await make.make_treatment(session, patient=patient)
        patient, treatment = self.courses[team.id]
        on = clinic_today() - timedelta(days=next(_days))
        dose = await make.make_dose(session, patient=patient, treatment=treatment, due_on=on)
        due_by = clock.now() + timedelta(hours=hours)
        return await make.make_recording(session, dose=dose, due_by=due_by, **columns)


async def make_district(session: AsyncSession) -> District:
    home = await make.make_institution(session)
    village = await make.make_institution(session, parent=home)
    hamlet = await make.make_institution(session, parent=village)
    teams = [await make.make_team(session, institution=i) for i in (home, village, hamlet)]
    supervisor = await make.make_staff(session, institution=home, roles=[Role.SUPERVISOR])
    return District(teams, supervisor, await make.make_team(session))


@pytest.fixture
async def district(session: AsyncSession) -> District:
    """In the next district stands what would come first of all."""
    made = await make_district(session)
    for hours in (-90, -80):
        await made.film(session, made.next_door, hours, flags=["dark"])
    return made


@pytest.fixture
async def desk(app: FastAPI, session: AsyncSession, district: District) -> AsyncIterator[Desk]:
    made = await desk_of(app, session, district.supervisor)
    yield made
    await made.http.aclose()


def in_order(films: Sequence[Recording]) -> list[UUID]:
    """Put overdue ones first, then flagged ones, then by when they are due, then by id."""
    at = clock.now()

    def place(film: Recording) -> tuple[bool, bool, datetime, UUID]:
        assert film.due_by is not None
        return film.due_by >= at, not film.flags, film.due_by, film.id

    return [film.id for film in sorted(films, key=place)]


async def mixed(session: AsyncSession, district: District) -> list[Recording]:
    """Films of all teams, drawn so that neither team nor age gives the order; with many ties."""
    lot = Random(11)  # noqa: S311 a fixed order, not a secret
    ids = [UUID(int=2**100 + n) for n in lot.sample(range(100), 18)]
    films = []
    for n, film_id in enumerate(ids):
        flags = ["dark"] if lot.random() < 0.4 else []
        hours = lot.choice([-1, -1, 2, 2, 5])
        team = district.teams[n % 3]
        films.append(await district.film(session, team, hours, id=film_id, flags=flags))
    return films


def _choices(district: District, but: Sequence[UUID] = ()) -> Sequence[Select[UUID]]:
    """Give the two ways: the best of each team, and all; of each the first is chosen."""
    reader = Reader(district.supervisor.id, True, clinic_today())
    return [films.limit(1) for films in choices(reader, list(but), clock.now())]


@pytest.mark.parametrize("way", [0, 1])
async def test_both_ways_to_choose_give_one_order_over_all_teams(
    way: int, session: AsyncSession, district: District
) -> None:
    films = await mixed(session, district)

    given: list[UUID] = []
    while found := await session.scalar(_choices(district, given)[way]):
        given.append(found)

    assert given == in_order(films)
    assert len({(bool(f.flags), f.due_by) for f in films}) < len(films) / 2  # ties


async def test_a_supervisor_is_given_every_film_below_in_order_and_no_other(
    desk: Desk, session: AsyncSession, district: District
) -> None:
    films = await mixed(session, district)

    given: list[str] = []
    waiting = set()
    while True:
        body = {"holding": given[-2:], "skipping": given[:-2]}
        answer = (await desk.http.post("/api/reviews/next", json=body)).json()
        waiting.add(answer["waiting"])
        if answer["item"] is None:
            break
        given.append(answer["item"]["recording_id"])

    assert waiting == {len(films)}
    assert given == [str(film_id) for film_id in in_order(films)]


async def test_what_colleagues_hold_of_the_first_team_is_passed_over(
    desk: Desk, session: AsyncSession, district: District
) -> None:
    """More than the first of a team are leased: the next of the same team is before others."""
    first, second, _ = district.teams
    colleague = await make.make_staff(session, team=first)
    until = clock.now() + timedelta(minutes=4)
    for hours in range(BEST_OF_TEAM + 2):
        held = {"leased_by": colleague.id, "leased_until": until, "leased_at": clock.now()}
        await district.film(session, first, hours, **held)
    free = await district.film(session, first, BEST_OF_TEAM + 3)
    await district.film(session, second, BEST_OF_TEAM + 4)

    item = await desk.next()

    assert item is not None
    assert item["recording_id"] == str(free.id)


@pytest.mark.parametrize("supervises", [True, False])
async def test_who_reaches_a_team_by_several_ways_meets_each_film_once(
    supervises: bool, app: FastAPI, session: AsyncSession, district: District
) -> None:
    """A member who stands in for two colleagues, one of another district: hers for the day."""
    first, next_door = district.teams[0], district.next_door
    roles = [Role.SUPERVISOR] if supervises else [Role.DOCTOR]
    staff = await make.make_staff(session, team=first, roles=roles)
    for team in (first, first, next_door):
        colleague = await make.make_staff(session, team=team)
        await make.make_absence(session, staff=colleague, stand_in=staff)
    await district.film(session, first, 1)
    await district.film(session, first, 2, flags=["dark"])

    browser = await desk_of(app, session, staff)
    async with browser.http as http:
        told = (await http.get("/api/reviews/summary")).json()

    assert told == {"waiting": 4, "overdue": 2, "flagged": 3}


# -- holding, skipping, and who is somewhere else --------------------------------------------------


async def _leases(session: AsyncSession, *films: Recording) -> list[tuple[Any, Any]]:
    columns = select(Recording.id, Recording.leased_by, Recording.leased_until)
    rows = {row.id: row for row in await session.execute(columns)}
    return [(rows[film.id].leased_by, rows[film.id].leased_until) for film in films]


async def test_holding_prolongs_own_leases_and_nobody_elses(
    desk: Desk, session: AsyncSession, district: District
) -> None:
    first, second, third = district.teams
    colleague = await make.make_staff(session, team=second)
    soon = clock.now() + timedelta(seconds=30)
    own = {"leased_by": district.supervisor.id, "leased_until": soon}
    theirs = {"leased_by": colleague.id, "leased_until": soon}
    mine = await district.film(session, first, 1, **own)
    not_named = await district.film(session, third, 1, **own)
    held = await district.film(session, second, 1, **theirs)
    outside = await district.film(session, district.next_door, 1, **own)
    free = await district.film(session, second, 5)

    item = await desk.next(mine.id, held.id, outside.id)

    full = clock.now() + timedelta(minutes=5)
    assert item is not None
    assert item["recording_id"] == str(not_named.id)  # theirs already, and not on the page
    assert await _leases(session, mine, held, outside, free) == [
        (district.supervisor.id, full),
        (colleague.id, soon),
        (district.supervisor.id, soon),
        (None, None),
    ]


async def test_skipped_and_held_films_make_room_for_the_next_of_their_team(
    desk: Desk, session: AsyncSession, district: District
) -> None:
    first, second, _ = district.teams
    skipped = [await district.film(session, first, n) for n in range(BEST_OF_TEAM + 1)]
    following = await district.film(session, first, 50)
    await district.film(session, second, 51)
    body = {"holding": [], "skipping": [str(film.id) for film in skipped]}

    answer = (await desk.http.post("/api/reviews/next", json=body)).json()

    assert answer["item"]["recording_id"] == str(following.id)
    assert answer["waiting"] == len(skipped) + 2


async def test_a_film_whose_patient_is_in_another_district_now_is_nobodys_here(
    desk: Desk, session: AsyncSession, district: District
) -> None:
    """`team_id` is a copy: neither one that is late nor one that is early counts."""
    late = await district.film(session, district.teams[0], -5, flags=["dark"])
    late_patient, _ = district.courses[district.teams[0].id]
    late_patient.team_id = district.next_door.id
    early = await district.film(session, district.next_door, -6, flags=["dark"])
    early.team_id = district.teams[1].id
    await session.flush()

    assert await desk.next() is None
    assert (await desk.http.get("/api/reviews/summary")).json()["waiting"] == 0
    assert await _leases(session, late, early) == [(None, None)] * 2


# -- counts ----------------------------------------------------------------------------------------


async def test_counts_stop_at_the_most_that_is_told_over_all_teams(
    session: AsyncSession, district: District
) -> None:
    """One below, exactly, one above; no team alone has so many."""
    told = []
    for n in range(MOST_COUNTED + 1):
        await district.film(session, district.teams[n % 3], -1, flags=["dark"])
        if n >= MOST_COUNTED - 2:
            told.append(await queue_counts(session, district.actor, clock.now()))

    assert told == [(most, most, most) for most in (MOST_COUNTED - 1, MOST_COUNTED, MOST_COUNTED)]


async def test_each_count_has_its_own_films(session: AsyncSession, district: District) -> None:
    """Overdue is what was due before now: in this very instant it is not yet."""
    first, second, third = district.teams
    await district.film(session, first, 0)
    await district.film(session, second, -0.001)
    await district.film(session, third, -1, flags=["dark"])
    await district.film(session, first, 1, flags=["dark"])
    await district.film(session, second, 1)

    assert await queue_counts(session, district.actor, clock.now()) == (5, 2, 2)


# -- several at once -------------------------------------------------------------------------------


@pytest.fixture
async def committed(committed_database: Sessionmaker) -> District:
    async with committed_database.begin() as session:
        made = await make_district(session)
        await made.film(session, made.next_door, -90, flags=["dark"])
        return made


async def test_who_comes_while_the_first_of_the_only_team_are_on_their_way_gets_the_next(
    committed: District, committed_database: Sessionmaker, settings: Settings
) -> None:
    """Others have chosen and not committed yet: among the best nothing is left, behind them is."""
    async with committed_database.begin() as session:
        films = [await committed.film(session, committed.teams[2], n) for n in range(6)]
    locking = text("select id from recording where id = :id for update")

    async with AsyncExitStack() as others:
        for film in films[:BEST_OF_TEAM]:
            other = await others.enter_async_context(committed_database())
            await other.execute(locking, {"id": film.id})
        async with committed_database.begin() as session:
            best, _ = _choices(committed)
            among_best = await session.scalar(for_update(best, of=[Recording], skip_locked=True))
            given = await lease_next(session, settings, committed.actor, [])

    assert among_best is None
    assert given is not None
    assert given.id == films[BEST_OF_TEAM].id


async def test_as_many_at_once_as_films_get_one_each(
    committed: District, committed_database: Sessionmaker, settings: Settings
) -> None:
    async with committed_database.begin() as session:
        here, _, there = committed.teams
        films = [await committed.film(session, here, n) for n in range(3)]
        films.append(await committed.film(session, there, 9))
        staff = [
            await make.make_staff(session, institution=None, team=here, roles=[Role.SUPERVISOR])
            for _ in range(5)
        ]
    given: list[Leased | None] = []

    def next_for(member: StaffMember) -> Any:
        async def work(session: AsyncSession) -> None:
            actor = actor_of(member.id, Role.SUPERVISOR)
            given.append(await lease_next(session, settings, actor, []))

        return work

    ends = await together(committed_database, *(next_for(member) for member in staff))

    assert ends == ["ok"] * len(staff)
    assert sorted(film.id for film in given if film) == sorted(film.id for film in films)
    assert given.count(None) == 1
