"""Rolled-up figures are those of the facts, whatever happens to the facts afterwards.

Most tests run on the real clock: the triggers that mark a changed day ask the database's own.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Float, func, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.core.items import ItemsFailedError
from app.core.job_context import JobContext
from app.features import FEATURES
from app.institutions.models import Team
from app.institutions.supervised import first_day
from app.medication import jobs, merging, rules
from app.medication.histogram import STEPS, percentile, step_of
from app.medication.models import (
    AdherenceDay,
    Dose,
    FigureMark,
    RecordingState,
    ReviewDay,
    TeamFigures,
    TeamStanding,
    Verdict,
)
from app.medication.service import rollups
from app.patients.service.records import DAY_BEGINS, move_patient
from tests.medication import counted
from tests.medication import factories as make
from tests.medication.district import DAYS, District, course

HOUR = timedelta(hours=1)


async def equals_the_facts(session: AsyncSession) -> None:
    at = clock.now()
    await make.roll_up(session)
    assert await counted.rolled_up_doses(session) == await counted.doses_by_day(session)
    assert await counted.rolled_up_films(session) == await counted.films_by_day(session, at)
    assert await session.scalar(select(func.count()).select_from(FigureMark)) == 0


@pytest.mark.parametrize("seed", range(4))
async def test_figures_are_those_of_the_facts_after_every_change(
    session: AsyncSession, seed: int
) -> None:
    district = District(session, seed)
    await district.fill()
    await equals_the_facts(session)

    for _ in range(12):
        for _ in range(6):
            await district.happens()
        await equals_the_facts(session)


async def test_the_same_again_changes_nothing_and_a_mark_remakes_one_day_of_one_team(
    session: AsyncSession,
) -> None:
    teams = [await make.make_team(session), await make.make_team(session)]
    courses = [await course(session, team) for team in teams]
    await make.roll_up(session)
    before = await written(session)
    await make.roll_up(session)
    again = await written(session)

    dose = courses[0][1][3]
    dose.verdict = Verdict.OBSERVED
    await session.flush()
    await make.roll_up(session)
    after = await written(session)

    assert again == before
    changed = {key for key in before | after if before.get(key) != after.get(key)}
    assert changed == {(teams[0].id, dose.due_on)}


async def written(session: AsyncSession) -> dict[tuple[object, date], tuple[object, ...]]:
    rows = await session.execute(select(AdherenceDay.__table__, text("ctid::text")))
    return {(row[0], row[1]): tuple(row) for row in rows}


async def days_of(session: AsyncSession, team: Team) -> dict[date, int]:
    await make.roll_up(session)
    rows = await session.execute(
        select(AdherenceDay.on, AdherenceDay.closed).where(AdherenceDay.team_id == team.id)
    )
    return dict(rows.all())


async def test_a_moved_patient_stays_counted_where_they_were(session: AsyncSession) -> None:
    old, new, third = [await make.make_team(session) for _ in range(3)]
    patient, doses = await course(session, old)
    days = [dose.due_on for dose in doses]
    for team, dose in ((new, doses[3]), (third, doses[6])):
        with clock.frozen(dose.opens_at + HOUR):
            await move_patient(session, FEATURES, patient, team.id)
    await session.flush()

    counted_days = [sorted(await days_of(session, team)) for team in (old, new, third)]

    assert counted_days == [days[:3], days[3:6], days[6:]]


async def test_of_two_moves_on_a_day_the_first_says_where_the_days_before_belong(
    session: AsyncSession,
) -> None:
    old, between, new = [await make.make_team(session) for _ in range(3)]
    patient, doses = await course(session, old)
    for hours, team in ((1, between), (2, new)):
        with clock.frozen(doses[4].opens_at + hours * HOUR):
            await move_patient(session, FEATURES, patient, team.id)
    await session.flush()

    assert sorted(await days_of(session, old)) == [d.due_on for d in doses[:4]]
    assert await days_of(session, between) == {}
    assert sorted(await days_of(session, new)) == [d.due_on for d in doses[4:]]


@pytest.mark.parametrize(("second", "days_before"), [(-1, 2), (0, 3)])
async def test_a_day_ends_at_three_in_the_night(
    session: AsyncSession, second: int, days_before: int
) -> None:
    """A move a second before three belongs to the day that is ending, one at three to the next."""
    old, new = await make.make_team(session), await make.make_team(session)
    patient, doses = await course(session, old)
    with clock.frozen(doses[2].closes_at + timedelta(seconds=second)):
        await move_patient(session, FEATURES, patient, new.id)
    await session.flush()

    assert sorted(await days_of(session, old)) == [d.due_on for d in doses[:days_before]]
    assert rules.WINDOW_CLOSES.hour * HOUR == DAY_BEGINS


async def test_a_window_counts_from_the_first_run_after_it_closed(session: AsyncSession) -> None:
    patient = await make.make_patient(session)
    team = await session.get_one(Team, patient.team_id)
    treatment = await make.make_treatment(session, patient=patient)
    day = date(2026, 9, 10)
    dose = await make.make_dose(session, patient=patient, treatment=treatment, due_on=day)
    counts = []
    for later in (-HOUR, -timedelta(seconds=1), timedelta(0), HOUR):
        with clock.frozen(dose.closes_at + later):
            counts.append(await days_of(session, team))

    assert counts == [{}, {}, {day: 1}, {day: 1}]


@pytest.mark.parametrize("zone", ["Asia/Urumqi", "America/Los_Angeles", "Pacific/Auckland"])
async def test_windows_of_other_zones_are_counted_the_night_after_at_the_latest(
    session: AsyncSession, zone: str
) -> None:
    patient = await make.make_patient(session, zone=zone)
    team = await session.get_one(Team, patient.team_id)
    treatment = await make.make_treatment(session, patient=patient)
    day = date(2026, 9, 10)
    dose = await make.make_dose(session, patient=patient, treatment=treatment, due_on=day)
    seen: list[datetime] = []
    with clock.frozen(datetime(2026, 9, 8, 4, tzinfo=UTC)):
        await make.roll_up(session)
    for hour in range(72):
        at = datetime(2026, 9, 9, 4, tzinfo=UTC) + hour * HOUR
        with clock.frozen(at):
            if await days_of(session, team):
                seen.append(at)

    assert timedelta(0) <= seen[0] - dose.closes_at <= timedelta(days=1)
    assert len(seen) > 5


async def test_a_film_is_due_when_it_has_been_there_for_a_day(session: AsyncSession) -> None:
    came = datetime(2026, 9, 10, 10, tzinfo=UTC)
    with clock.frozen(came):
        film = await make.make_recording(session, uploaded_at=came)
    due = []
    for later in (HOUR, timedelta(hours=23, minutes=59), timedelta(days=1)):
        with clock.frozen(came + later):
            await make.roll_up(session)
        due.append(
            await session.scalar(select(ReviewDay.due).where(ReviewDay.team_id == film.team_id))
        )

    assert film.ready_at is not None
    assert due == [0, 0, 1]


async def test_a_film_that_is_ready_days_after_it_came_is_counted(session: AsyncSession) -> None:
    """The worker was away meanwhile."""
    came = clock.now() - timedelta(days=3)
    film = await make.make_recording(
        session, state=RecordingState.PROCESSING, uploaded_at=came, ready_at=None
    )
    await equals_the_facts(session)

    film.ready_at, film.state = clock.now(), RecordingState.READY
    await session.flush()

    await equals_the_facts(session)
    assert await session.scalar(select(ReviewDay.received)) == 1


async def test_an_outage_of_days_is_made_up_for(session: AsyncSession) -> None:
    team = await make.make_team(session)
    await course(session, team)
    with clock.frozen(clock.now() - timedelta(days=6)):
        assert len(await days_of(session, team)) == DAYS - 6

    await equals_the_facts(session)
    assert len(await days_of(session, team)) == DAYS


async def test_joined_records_are_counted_with_the_record_that_is_left(
    session: AsyncSession,
) -> None:
    old, kept = await make.make_team(session), await make.make_team(session)
    patient, doses = await course(session, old)
    other = await make.make_patient(session, team=kept)
    await days_of(session, old)

    await merging.merge(session, patient.id, other.id)

    assert await days_of(session, old) == {}
    assert sorted(await days_of(session, kept)) == [d.due_on for d in doses]
    await equals_the_facts(session)


async def test_the_doses_of_a_closed_account_stay_counted_and_it_stands_apart(
    session: AsyncSession,
) -> None:
    team = await make.make_team(session)
    patient, doses = await course(session, team)
    await course(session, team)
    patient.closed_at = clock.now()
    await session.flush()

    assert await days_of(session, team) == {dose.due_on: 2 for dose in doses}
    standing = await session.get_one(TeamStanding, team.id)
    assert (standing.patients, standing.closed_records) == (1, 1)


async def test_sums_of_a_period_are_those_of_its_days(session: AsyncSession) -> None:
    team = await make.make_team(session)
    await course(session, team)
    await make.roll_up(session)

    found = await session.execute(
        select(TeamFigures.days, TeamFigures.closed).where(TeamFigures.team_id == team.id)
    )

    # Between midnight and 03:00 the newest day is still open.
    counted_days = await days_of(session, team)
    of_week = sum(on >= first_day(7) for on in counted_days)
    assert dict(found.all()) == {7: of_week, 30: DAYS, 90: DAYS}
    assert of_week in {6, 7}


async def test_two_runs_at_once_count_once(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        team = await make.make_team(session)
        _, doses = await course(session, team)
    began = asyncio.Event()

    async def run() -> None:
        async with committed_database.begin() as session:
            began.set()
            await rollups.roll_up_team(session, team.id, clock.now())

    async with committed_database.begin() as session:
        await rollups.roll_up_team(session, team.id, clock.now())
        second = asyncio.create_task(run())
        await began.wait()
        await asyncio.sleep(0.2)
        assert not second.done()
    await second

    async with committed_database.begin() as session:
        closed = await session.scalar(
            select(TeamFigures.closed).where(TeamFigures.team_id == team.id, TeamFigures.days == 90)
        )
        rows = await session.scalar(select(func.count()).select_from(AdherenceDay))
    assert (closed, rows) == (len(doses), len(doses))


async def test_a_change_that_commits_during_a_run_is_counted_by_the_next(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        team = await make.make_team(session)
        _, doses = await course(session, team)

    async with committed_database() as slow, slow.begin():
        change = update(Dose).where(Dose.id == doses[0].id).values(verdict=Verdict.OBSERVED)
        await slow.execute(change)
        async with committed_database.begin() as session:
            await rollups.roll_up_team(session, team.id, clock.now())

    async with committed_database.begin() as session:
        await equals_the_facts(session)


async def test_a_team_whose_figures_fail_holds_up_no_other(
    context: JobContext, session: AsyncSession
) -> None:
    """The older team is broken by a check of the test's own."""
    teams = [await make.make_team(session) for _ in range(2)]
    for team in teams:
        await course(session, team)
    broken, sound = sorted(teams, key=lambda t: t.id)
    await session.execute(text(f"alter table adherence_day add check (team_id <> '{broken.id}')"))

    with pytest.raises(ItemsFailedError, match="1 failed"):
        await jobs.roll_up(context)

    counted_teams = await session.scalars(select(TeamStanding.team_id))
    assert set(counted_teams) == {sound.id}


def test_percentiles_from_counts_are_within_a_step() -> None:
    lot = Random(3)  # noqa: S311 a fixed sample, not a secret
    for size in (1, 2, 7, 400):
        values = sorted(lot.lognormvariate(2.7, 0.8) + 1 for _ in range(size))
        counts = [0] * STEPS
        for value in values:
            counts[step_in_python(value)] += 1
        for share in (0.5, 0.95):
            exact = values[max(0, -(-int(share * size * 100) // 100) - 1)]
            found = percentile(counts, share)
            assert found is not None
            assert exact / 1.16 <= found <= exact * 1.16
    assert percentile([0] * STEPS, 0.5) is None


def step_in_python(value: float) -> int:
    edges = [1.15**n for n in range(1, STEPS)]
    return sum(value >= edge for edge in edges)


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0, 1.2, 15.0, 59.5, 3600.0, 10**7])
async def test_the_step_in_sql_is_that_of_the_counts(session: AsyncSession, value: float) -> None:
    step = await session.scalar(select(step_of(literal(value, Float))))

    assert step == step_in_python(value)
