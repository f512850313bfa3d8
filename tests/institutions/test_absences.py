"""Absences: who may be entered, whose teams the stand-in reaches, on which days."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import AuditEvent, Role, StaffAccount
from app.core import clock
from app.core.problems import Problem
from app.institutions.models import Absence, AbsenceReason, Institution, StaffMember, Team
from app.institutions.problems import (
    AbsenceOver,
    AbsenceOverlaps,
    AbsentStandsIn,
    StandInAbsent,
    StandInUnsuitable,
)
from app.institutions.queries.absences import possible_stand_ins, stand_in_of
from app.institutions.queries.teams import on_duty_members
from app.institutions.reach import Reader, reachable_teams
from app.institutions.service import absences as service
from app.institutions.service import staff as staff_service
from app.institutions.service import tree
from tests.accounts.factories import actor_of
from tests.counting import counted
from tests.institutions.factories import (
    join_team,
    make_absence,
    make_institution,
    make_staff,
    make_team,
)

pytestmark = pytest.mark.usefixtures("noon")
TODAY = date(2026, 9, 10)
ONE_DAY = timedelta(days=1)
Enter = Callable[..., Awaitable[Absence]]


@pytest.fixture
async def home(session: AsyncSession) -> Institution:
    return await make_institution(session)


@pytest.fixture
async def team(session: AsyncSession, home: Institution) -> Team:
    return await make_team(session, institution=home)


@pytest.fixture
async def wang(session: AsyncSession, team: Team) -> StaffMember:
    return await make_staff(session, team=team, name="王医生")


@pytest.fixture
async def li(session: AsyncSession, home: Institution) -> StaffMember:
    return await make_staff(session, institution=home, name="李医生")


@pytest.fixture
async def zhao(session: AsyncSession, home: Institution) -> StaffMember:
    return await make_staff(session, institution=home, name="赵医生")


def days(first: int, last: int, stand_in: StaffMember) -> service.NewAbsence:
    """Count from today: 0 is today."""
    return service.NewAbsence(
        TODAY + first * ONE_DAY, TODAY + last * ONE_DAY, stand_in.id, AbsenceReason.LEAVE, None
    )


async def enter(
    session: AsyncSession, who: StaffMember, first: int, last: int, stand_in: StaffMember
) -> Absence:
    return await service.enter_absence(
        session, actor_of(who.id), who.id, days(first, last, stand_in)
    )


async def reached(session: AsyncSession, staff: StaffMember, on: date = TODAY) -> list[UUID]:
    teams = reachable_teams(Reader(staff.id, False, on))
    return list((await session.execute(teams)).scalars())


async def test_reach_follows_the_absence_from_its_first_to_its_last_day(
    session: AsyncSession, team: Team, wang: StaffMember, li: StaffMember, zhao: StaffMember
) -> None:
    own = await make_team(session)
    await join_team(session, li, own)
    await enter(session, wang, 1, 3, li)

    found = {n: set(await reached(session, li, TODAY + n * ONE_DAY)) for n in range(5)}

    assert found == {0: {own.id}, 1: {own.id, team.id}, 2: {own.id, team.id},
                     3: {own.id, team.id}, 4: {own.id}}  # fmt: skip
    assert await reached(session, wang, TODAY + ONE_DAY) == [team.id]  # it stays theirs
    assert await reached(session, zhao, TODAY + ONE_DAY) == []


@pytest.mark.parametrize(
    ("now", "reaches"),
    [
        (datetime(2026, 9, 10, 15, 59, tzinfo=UTC), False),
        (datetime(2026, 9, 10, 16, 0, tzinfo=UTC), True),  # midnight in Shanghai
        (datetime(2026, 9, 11, 15, 59, tzinfo=UTC), True),
        (datetime(2026, 9, 11, 16, 0, tzinfo=UTC), False),
    ],
)
async def test_the_day_of_an_actor_is_that_of_the_clinic(
    session: AsyncSession, team: Team, wang: StaffMember, li: StaffMember, now: datetime,
    reaches: bool,
) -> None:  # fmt: skip
    await enter(session, wang, 1, 1, li)

    with clock.frozen(now):
        found = (await session.execute(reachable_teams(actor_of(li.id)))).scalars().all()

    assert list(found) == ([team.id] if reaches else [])


async def test_a_supervisor_who_stands_in_reaches_a_team_outside_the_subtree(
    session: AsyncSession, team: Team, wang: StaffMember
) -> None:
    below = await make_institution(session)
    supervisor = await make_staff(session, institution=below, roles=[Role.SUPERVISOR])
    inside = await make_team(session, institution=below)
    await make_absence(session, staff=wang, stand_in=supervisor)

    reader = Reader(supervisor.id, True, TODAY)
    found = (await session.execute(reachable_teams(reader))).scalars().all()

    assert set(found) == {team.id, inside.id}


async def test_a_cancelled_absence_gives_no_reach(
    session: AsyncSession, wang: StaffMember, li: StaffMember
) -> None:
    await make_absence(session, staff=wang, stand_in=li, cancelled_at=clock.now())

    assert await reached(session, li) == []


async def test_reach_is_one_statement_over_indexes(
    session: AsyncSession, connection: AsyncConnection, wang: StaffMember, li: StaffMember
) -> None:
    await make_absence(session, staff=wang, stand_in=li)

    with counted(connection) as statements:
        await reached(session, li)

    assert len(statements) == 1
    await session.execute(text("set local enable_seqscan = off"))
    compiled = reachable_teams(Reader(li.id, False, TODAY)).compile(
        dialect=connection.dialect, compile_kwargs={"literal_binds": True}
    )
    plan = "\n".join(row[0] for row in await session.execute(text(f"explain {compiled}")))
    assert "ix_absence_stand_in_id_to_on" in plan
    assert "ix_team_member_staff_id" in plan
    assert "Seq Scan" not in plan


async def test_on_duty_are_the_members_present_and_who_stands_in(
    session: AsyncSession, team: Team, wang: StaffMember, li: StaffMember, zhao: StaffMember
) -> None:
    await join_team(session, zhao, team)
    left = await make_staff(session, team=team)
    (await session.get_one(StaffAccount, left.id)).is_active = False
    other = await make_team(session)
    await make_staff(session, team=other)
    await enter(session, wang, 0, 1, li)

    today = await on_duty_members(session, team.id, TODAY)
    last = await on_duty_members(session, team.id, TODAY + ONE_DAY)
    after = await on_duty_members(session, team.id, TODAY + 2 * ONE_DAY)

    assert {m.id for m in today} == {m.id for m in last} == {li.id, zhao.id}
    assert {m.id for m in after} == {wang.id, zhao.id}
    assert await stand_in_of(session, wang.id, TODAY) == li.id
    assert await stand_in_of(session, wang.id, TODAY + 2 * ONE_DAY) is None
    assert await stand_in_of(session, zhao.id, TODAY) is None


async def test_a_member_who_stands_in_for_another_is_named_once(
    session: AsyncSession, team: Team, wang: StaffMember, li: StaffMember
) -> None:
    await join_team(session, li, team)
    await enter(session, wang, 0, 1, li)

    assert [m.id for m in await on_duty_members(session, team.id, TODAY)] == [li.id]


async def refused(work: Awaitable[object]) -> type[Problem] | None:
    try:
        await work
    except Problem as problem:
        return type(problem)
    return None


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [(-1, 1, None), (1, 5, AbsenceOverlaps), (2, 4, AbsenceOverlaps), (4, 5, AbsenceOverlaps),
     (5, 6, None), (0, 1, None), (0, 2, AbsenceOverlaps)],
)  # fmt: skip
async def test_nobody_is_absent_twice_on_one_day(
    session: AsyncSession, wang: StaffMember, li: StaffMember, zhao: StaffMember, first: int,
    last: int, problem: type[Problem] | None,
) -> None:  # fmt: skip
    await enter(session, wang, 2, 4, li)

    assert await refused(enter(session, wang, first, last, zhao)) is problem


@pytest.mark.parametrize(("first", "problem"), [(3, StandInAbsent), (4, None)])
async def test_an_absent_colleague_does_not_stand_in(
    session: AsyncSession, wang: StaffMember, li: StaffMember, zhao: StaffMember, first: int,
    problem: type[Problem] | None,
) -> None:  # fmt: skip
    await enter(session, li, 1, 3, zhao)

    assert await refused(enter(session, wang, first, 5, li)) is problem


@pytest.mark.parametrize(("last", "problem"), [(2, AbsentStandsIn), (1, None)])
async def test_who_stands_in_does_not_go_away(
    session: AsyncSession, wang: StaffMember, li: StaffMember, zhao: StaffMember, last: int,
    problem: type[Problem] | None,
) -> None:  # fmt: skip
    await enter(session, wang, 2, 3, li)

    assert await refused(enter(session, li, 0, last, zhao)) is problem


async def test_two_do_not_stand_in_for_each_other(
    session: AsyncSession, wang: StaffMember, li: StaffMember
) -> None:
    await enter(session, wang, 0, 1, li)

    assert await refused(enter(session, li, 0, 1, wang)) is StandInAbsent


async def test_the_same_absence_sent_twice_is_one(
    session: AsyncSession, wang: StaffMember, li: StaffMember
) -> None:
    first = await enter(session, wang, 0, 1, li)

    again = await enter(session, wang, 0, 1, li)

    assert again.id == first.id
    events = (await session.scalars(select(AuditEvent))).all()
    assert [(e.action, (e.detail or {})["code"]) for e in events] == [("change_absence", "entered")]


async def test_a_stand_in_is_an_active_clinician_of_the_place_or_team(
    session: AsyncSession, home: Institution, team: Team, wang: StaffMember, li: StaffMember
) -> None:
    elsewhere = await make_staff(session, name="外院同事")
    in_team = await make_staff(session, name="同队同事")
    await join_team(session, in_team, team)
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    gone = await make_staff(session, institution=home)
    (await session.get_one(StaffAccount, gone.id)).is_active = False
    await session.flush()

    listed = {m.id for m in await possible_stand_ins(session, wang.id)}

    assert listed == {li.id, in_team.id}
    for nobody in (elsewhere, operator, gone, wang):
        assert await refused(enter(session, wang, 0, 1, nobody)) is StandInUnsuitable
    assert await refused(enter(session, wang, 0, 1, in_team)) is None


async def test_back_early_the_reach_ends_today(
    session: AsyncSession, team: Team, wang: StaffMember, li: StaffMember
) -> None:
    running = await make_absence(
        session, staff=wang, stand_in=li, from_on=TODAY - ONE_DAY, to_on=TODAY + ONE_DAY
    )
    before = await reached(session, li)

    await service.end_absence(session, actor_of(wang.id), running)

    assert before == [team.id]
    assert await reached(session, li) == []
    assert (running.to_on, running.cancelled_at) == (TODAY - ONE_DAY, None)
    assert await refused(service.end_absence(session, actor_of(wang.id), running)) is AbsenceOver


@pytest.mark.parametrize("first", [0, 1])
async def test_an_absence_of_which_no_day_has_passed_is_cancelled(
    session: AsyncSession, wang: StaffMember, li: StaffMember, zhao: StaffMember, first: int
) -> None:
    absence = await enter(session, wang, first, 3, li)
    kept = await make_absence(session, staff=zhao, stand_in=li)

    await service.end_absence(session, actor_of(wang.id), absence)

    assert absence.cancelled_at is not None
    assert kept.cancelled_at is None
    assert await refused(enter(session, wang, 0, 3, li)) is None  # the days are free again


async def test_who_moves_away_or_leaves_stands_in_no_longer(
    session: AsyncSession, home: Institution, team: Team, wang: StaffMember, li: StaffMember,
    zhao: StaffMember,
) -> None:  # fmt: skip
    below = await make_institution(session, parent=home)
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    over = await make_absence(
        session, staff=wang, stand_in=li, from_on=TODAY - 2 * ONE_DAY, to_on=TODAY - ONE_DAY
    )
    running = await enter(session, wang, 0, 1, li)
    others = await make_absence(session, staff=await make_staff(session), stand_in=zhao)
    actor = actor_of(operator.id, Role.OPERATOR)

    await staff_service.move(session, actor, li, below.id)

    for absence in (over, running, others):
        await session.refresh(absence)
    assert (over.stand_in_id, running.stand_in_id, others.stand_in_id) == (li.id, None, zhao.id)
    assert await reached(session, li) == []
    assert await on_duty_members(session, team.id, TODAY) == []

    await staff_service.set_active(session, actor, zhao, active=False)
    await session.refresh(others)
    assert others.stand_in_id is None


async def test_who_is_taken_out_of_a_team_stands_in_for_its_members_no_longer(
    session: AsyncSession, home: Institution, team: Team, wang: StaffMember, zhao: StaffMember
) -> None:
    """The stand-in is of another place: only the team that they shared let them in.

    Both go on in teams of their own, with other people.
    """
    guest = await make_staff(session, institution=await make_institution(session, parent=home))
    await join_team(session, guest, team)
    for member in (guest, wang):
        await join_team(session, member, await make_team(session))
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    running = await enter(session, wang, 0, 1, guest)
    kept = await make_absence(session, staff=zhao)  # a colleague of the same place
    stands_in = kept.stand_in_id

    await tree.remove_members(session, actor_of(operator.id, Role.OPERATOR), team, {guest.id})

    for absence in (running, kept):
        await session.refresh(absence)
    assert (running.stand_in_id, kept.stand_in_id) == (None, stands_in)
    assert team.id not in await reached(session, guest)


async def test_who_stood_in_does_not_follow_the_absent_to_another_place(
    session: AsyncSession, home: Institution, wang: StaffMember, li: StaffMember
) -> None:
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    elsewhere = await make_institution(session, parent=home)
    new_team = await make_team(session, institution=elsewhere)
    running = await enter(session, wang, 0, 3, li)

    await staff_service.move(session, actor_of(operator.id, Role.OPERATOR), wang, elsewhere.id)
    await join_team(session, wang, new_team)

    await session.refresh(running)
    assert running.stand_in_id is None
    assert await reached(session, li) == []
