"""Figures belong to teams of their day, and teams to the institutions of today."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core import clock
from app.core.filters import moment
from app.features import FEATURES
from app.institutions.models import Institution, Team
from app.institutions.supervised import PERIODS, first_day
from app.medication.models import Dose, Reading
from app.medication.queries.subtrees import MOST_BRANCHES, branches_of, slipping_in
from app.medication.queries.supervision import figures_of
from app.medication.service.moves import follow_patient
from app.patients.service.records import move_patient
from tests.accounts.factories import staff_client
from tests.medication import factories as make
from tests.medication.district import DAYS, course

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def district(session: AsyncSession) -> Institution:
    return await make.make_institution(session, name="区人民医院")


@pytest.fixture
async def towns(session: AsyncSession, district: Institution) -> list[Institution]:
    return [
        await make.make_institution(session, parent=district, name=name)
        for name in ("甲镇", "乙镇")
    ]


@pytest.fixture
async def teams(session: AsyncSession, towns: list[Institution]) -> list[Team]:
    return [await make.make_team(session, institution=town) for town in towns]


async def closed_in(session: AsyncSession, institution: Institution) -> dict[str, int]:
    await make.roll_up(session)
    found = (await branches_of(session, institution, 30)).listed
    return {branch.name: branch.rates.closed for branch in found}


async def test_a_team_is_counted_where_it_stands_in_the_tree_today(
    session: AsyncSession, district: Institution, towns: list[Institution], teams: list[Team]
) -> None:
    """As when two institutions are merged: their teams go along, with all their days."""
    for team in teams:
        await course(session, team)
    before = await closed_in(session, district)

    teams[0].institution_id = towns[1].id
    await session.flush()

    assert before == {"区人民医院": 2 * DAYS, "甲镇": DAYS, "乙镇": DAYS}
    assert await closed_in(session, district) == {
        "区人民医院": 2 * DAYS,
        "甲镇": 0,
        "乙镇": 2 * DAYS,
    }


async def test_figures_of_films_stay_where_the_patient_was(
    session: AsyncSession, towns: list[Institution], teams: list[Team]
) -> None:
    """One film was read, one waits for a second reading, one for the first: these go along."""
    patient, doses = await course(session, teams[0])
    came = clock.now() - timedelta(days=3)
    films = [await make.make_recording(session, dose=d, uploaded_at=came) for d in doses[:3]]
    for film in films[:2]:
        await make.make_review(session, recording=film)
        film.first_reviewed_at = came + timedelta(hours=1)
    films[0].pending_reading, films[1].pending_reading = None, Reading.SECOND
    await session.flush()

    async def told() -> list[tuple[int, int, int]]:
        await make.roll_up(session)
        found = [await figures_of(session, town, 30, first_day(30)) for town in towns]
        return [(f.films.received, f.films.in_time, f.reviews.decided) for f in found]

    before = await told()
    await move_patient(session, FEATURES, patient, teams[1].id)
    await session.flush()
    await follow_patient(session, patient.id)
    await session.flush()
    await session.refresh(films[2])

    assert films[2].team_id == teams[1].id
    assert before == [(3, 2, 2), (0, 0, 0)]
    assert await told() == before
    films[2].first_reviewed_at = clock.now()  # the new team reads it
    await make.make_review(session, recording=films[2])
    await session.flush()
    assert await told() == [(3, 2, 2), (0, 0, 1)]


async def test_the_days_of_a_merged_team_stay_with_it_and_count_once(
    session: AsyncSession, district: Institution, teams: list[Team]
) -> None:
    patient, _ = await course(session, teams[0])
    await move_patient(session, FEATURES, patient, teams[1].id)
    teams[0].closed_at, teams[0].merged_into_id = clock.now(), teams[1].id
    await session.flush()

    assert await closed_in(session, district) == {"区人民医院": DAYS, "甲镇": DAYS, "乙镇": 0}


async def test_a_grandchild_counts_for_its_town_and_the_district(
    session: AsyncSession, district: Institution, towns: list[Institution]
) -> None:
    village = await make.make_institution(session, parent=towns[0], name="村卫生室")
    await course(session, await make.make_team(session, institution=village))

    assert await closed_in(session, district) == {"区人民医院": DAYS, "甲镇": DAYS, "乙镇": 0}
    assert await closed_in(session, towns[0]) == {"甲镇": DAYS, "村卫生室": DAYS}


async def test_the_nightly_list_asks_who_is_in_care_and_in_reach_now(
    session: AsyncSession, district: Institution, towns: list[Institution], teams: list[Team]
) -> None:
    stays, moves, closes, leaves = [(await course(session, teams[0]))[0] for _ in range(4)]
    await make.roll_up(session)
    elsewhere = await make.make_team(session)
    await move_patient(session, FEATURES, moves, teams[1].id)
    await move_patient(session, FEATURES, leaves, elsewhere.id)
    closes.closed_at = clock.now()
    await session.flush()
    await follow_patient(session, moves.id)

    async def listed(institution: Institution) -> set[object]:
        return {row.patient.id for row in await slipping_in(session, institution, 30)}

    assert await listed(district) == {stays.id, moves.id}
    assert await listed(towns[0]) == {stays.id}
    assert await listed(towns[1]) == {moves.id}


@pytest.mark.parametrize("number", [99, 100, 101])
async def test_the_list_ends_at_a_hundred_of_all_teams_in_one_order(
    session: AsyncSession, district: Institution, teams: list[Team], number: int
) -> None:
    """All alike, so that only the id decides."""
    patients = [await make.make_patient(session, team=teams[n % 2]) for n in range(number)]
    treatment = await make.make_treatment(session, patient=patients[0])
    for patient in patients:
        own = await make.make_treatment(session, patient=patient, started_by=treatment.started_by)
        await make.make_doses(session, patient=patient, treatment=own, days=2)
    await make.roll_up(session)

    found = await slipping_in(session, district, 7)

    assert [row.patient.id for row in found] == sorted(p.id for p in patients)[:100]


@pytest.fixture
async def supervisor(
    app: FastAPI, session: AsyncSession, district: Institution
) -> AsyncIterator[httpx.AsyncClient]:
    staff = await make.make_staff(session, institution=district, roles=(Role.SUPERVISOR,))
    async with await staff_client(app, session, staff.id) as client:
        yield client


async def test_the_pages_say_how_far_they_count(
    supervisor: httpx.AsyncClient, session: AsyncSession, teams: list[Team]
) -> None:
    addresses = (
        "/staff/supervision",
        "/staff/medication/slipping",
        "/staff/medication/branches",
    )
    before = [(await supervisor.get(address)).text for address in addresses]
    await make.roll_up(session)
    with clock.frozen(clock.now() + timedelta(minutes=40)):
        await make.roll_up(session)
        after = [(await supervisor.get(address)).text for address in addresses]

    assert teams
    assert all("还没有统计" in page for page in before)
    at = clock.now()
    assert all(f"统计到 {moment(at)} 为止" in page for page in after)
    assert all(f"最近一次统计是 {moment(at + timedelta(minutes=40))}" in page for page in after)


@pytest.mark.parametrize(("asked", "shown"), [(1, 7), (7, 7), (8, 30), (31, 90), (90, 90)])
async def test_a_period_is_one_of_those_that_are_kept(
    supervisor: httpx.AsyncClient, asked: int, shown: int
) -> None:
    page = await supervisor.get(f"/staff/supervision?days={asked}")

    assert shown in PERIODS
    assert page.status_code == 200
    assert 'aria-current="page"' in page.text


async def test_the_overview_shows_the_branches_that_need_a_look_and_leads_to_all(
    supervisor: httpx.AsyncClient, session: AsyncSession, district: Institution
) -> None:
    """Two that saw nothing, one that saw half, and more without patients than fit."""
    places = [
        await make.make_institution(session, parent=district, name=f"{n:02d}号卫生站")
        for n in range(MOST_BRANCHES + 2)
    ]
    for place, seen in ((places[9], True), (places[5], False), (places[7], False)):
        team = await make.make_team(session, institution=place)
        patient, _ = await course(session, team)
        if seen:
            dose = await session.scalar(select(Dose).where(Dose.patient_id == patient.id).limit(1))
            assert dose is not None
            film = await make.make_recording(session, dose=dose)
            await make.make_review(session, recording=film)
    await make.roll_up(session)

    overview = (await supervisor.get("/staff/supervision")).text
    every = (await supervisor.get("/staff/medication/branches")).text

    rest = [p for p in places if p not in (places[5], places[7], places[9])]
    nothing_seen = sorted((places[5], places[7]), key=lambda place: place.path)
    rest.sort(key=lambda place: place.path)
    order = [district, *nothing_seen, places[9], *rest]
    assert _names_in_order(every, order) == [p.name for p in order]
    shown = order[: MOST_BRANCHES + 1]
    assert _names_in_order(overview, order) == [p.name for p in shown]
    assert f"全部 {MOST_BRANCHES + 2} 个下级机构" in overview
    assert f"最低的 {MOST_BRANCHES} 个" in overview


def _names_in_order(page: str, places: Sequence[Institution]) -> list[str]:
    table = page.split("机构（含下级）")[1].split("</table>", maxsplit=1)[0]
    names = sorted((table.find(place.name), place.name) for place in places)
    return [name for at, name in names if at >= 0]


async def test_few_branches_are_all_on_the_overview(
    supervisor: httpx.AsyncClient, session: AsyncSession, district: Institution
) -> None:
    for n in range(MOST_BRANCHES):
        await make.make_institution(session, parent=district, name=f"{n:02d}号卫生站")

    page = (await supervisor.get("/staff/supervision")).text

    assert f"{MOST_BRANCHES - 1:02d}号卫生站" in page
    assert "个下级机构" not in page


async def test_who_has_nobody_below_is_told_so(
    supervisor: httpx.AsyncClient, session: AsyncSession, district: Institution
) -> None:
    alone = (await supervisor.get("/staff/medication/branches")).text
    await make.make_institution(session, parent=district)
    above = (await supervisor.get("/staff/medication/branches")).text

    assert ("没有下级机构" in alone, "没有下级机构" in above) == (True, False)
