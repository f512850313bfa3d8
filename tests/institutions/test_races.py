"""Two at once: operators at the tree, people at absences."""

from collections.abc import Awaitable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import Role
from app.core import clock
from app.core.db import Sessionmaker
from app.institutions.models import (
    Absence,
    AbsenceReason,
    AccessChange,
    AccessChangeState,
    Institution,
    Team,
    TeamMember,
    Tier,
)
from app.institutions.reach import clinic_today
from app.institutions.service import (
    absences,
    access_settling,
    closing,
    merging,
    staff,
    team_requests,
    tree,
)
from tests.accounts.factories import actor_of
from tests.institutions.factories import (
    make_access_change,
    make_institution,
    make_staff,
    make_team,
)
from tests.racing import Work, together

NOTHING = tree.InstitutionContacts(None, None, None, None)


async def make_operator(session: AsyncSession, home: Institution) -> StaffActor:
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    return actor_of(operator.id, Role.OPERATOR)


async def test_two_teams_do_not_merge_into_each_other(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session)
        actor = await make_operator(session, home)
        one, two = [(await make_team(session, institution=home)).id for _ in range(2)]

    results = await together(
        committed_database,
        lambda s: merging.merge_teams(s, actor, one, two),
        lambda s: merging.merge_teams(s, actor, two, one),
    )

    assert results == ["ok", "team-closed"]
    async with committed_database() as session:
        closed = select(func.count()).where(Team.closed_at.is_not(None))
        assert await session.scalar(closed) == 1


async def test_two_institutions_do_not_merge_into_each_other(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session, tier=Tier.DISTRICT_HOSPITAL)
        actor = await make_operator(session, home)
        one, two = [(await make_institution(session, parent=home)).id for _ in range(2)]

    results = await together(
        committed_database,
        lambda s: merging.merge_institutions(s, actor, one, two),
        lambda s: merging.merge_institutions(s, actor, two, one),
    )

    assert results == ["institution-closed", "ok"]


async def test_a_child_made_during_a_merge_gets_a_true_path(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session, tier=Tier.DISTRICT_HOSPITAL)
        actor = await make_operator(session, home)
        old, new = [
            await make_institution(session, parent=home, tier=Tier.CENTRAL_TOWNSHIP_HOSPITAL)
            for _ in range(2)
        ]
        middle = await make_institution(session, parent=old)

    results = await together(
        committed_database,
        lambda s: merging.merge_institutions(s, actor, old.id, new.id),
        lambda s: tree.add_institution(s, actor, middle.id, Tier.VILLAGE_CLINIC, "柳湾", NOTHING),
    )

    assert results == ["ok", "ok"]
    async with committed_database() as session:
        rows = {row.id: row for row in await session.scalars(select(Institution))}
        for row in rows.values():
            above = f"{rows[row.parent_id].path}." if row.parent_id else ""
            assert row.path == f"{above}{row.id}"


async def test_twins_made_at_once_are_one(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session)
        actor = await make_operator(session, home)

    def add(session: AsyncSession) -> Awaitable[object]:
        return tree.add_team(session, actor, home.id, "一队", tree.TeamContacts(None, None))

    assert await together(committed_database, add, add) == ["name-taken", "ok"]


async def test_an_institution_does_not_close_under_a_newcomer(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session, tier=Tier.DISTRICT_HOSPITAL)
        actor = await make_operator(session, home)
        below = await make_institution(session, parent=home)
        nurse = await make_staff(session, institution=home)

    async def close(session: AsyncSession) -> None:
        row = await session.get_one(Institution, below.id)
        await closing.close_institution(session, actor, row)

    async def move(session: AsyncSession) -> None:
        await staff.move(session, actor, await session.merge(nurse), below.id)

    results = await together(committed_database, close, move)

    assert results in (["institution-closed", "ok"], ["institution-not-empty", "ok"])


async def test_a_team_is_not_reopened_in_an_institution_that_closes(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session, tier=Tier.DISTRICT_HOSPITAL)
        actor = await make_operator(session, home)
        below = await make_institution(session, parent=home)
        team = await make_team(session, institution=below)
        team.closed_at = clock.now()

    async def close(session: AsyncSession) -> None:
        row = await session.get_one(Institution, below.id)
        await closing.close_institution(session, actor, row)

    async def reopen(session: AsyncSession) -> None:
        await closing.reopen_team(session, actor, await session.get_one(Team, team.id))

    results = await together(committed_database, close, reopen)

    assert results in (["institution-closed", "ok"], ["institution-not-empty", "ok"])


async def test_two_operators_close_at_once_and_both_are_content(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session, tier=Tier.DISTRICT_HOSPITAL)
        actor = await make_operator(session, home)
        below = await make_institution(session, parent=home)

    async def close(session: AsyncSession) -> None:
        row = await session.get_one(Institution, below.id)
        await closing.close_institution(session, actor, row)

    assert await together(committed_database, close, close) == ["ok", "ok"]


async def test_members_asked_for_at_once_wait_as_one_list_or_the_other(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session)
        actor = await make_operator(session, home)
        await make_staff(session, institution=home, roles=[Role.SUPERVISOR])
        team = await make_team(session, institution=home)
        people = [(await make_staff(session, institution=home)).id for _ in range(3)]

    def put(*ids: UUID) -> Work:
        async def work(session: AsyncSession) -> None:
            row = await session.get_one(Team, team.id)
            await team_requests.set_members(session, actor, row, ids, version=1)

        return work

    results = await together(
        committed_database, put(people[0], people[1]), put(people[1], people[2])
    )

    assert results == ["conflict", "ok"]
    async with committed_database() as session:
        waiting = AccessChange.state == AccessChangeState.WAITING
        asked = list(await session.scalars(select(AccessChange.staff_id).where(waiting)))
        members = (await session.scalars(select(func.count()).select_from(TeamMember))).one()
    assert len(asked) == 2
    assert set(asked) in ({people[0], people[1]}, {people[1], people[2]})
    assert members == 0


async def test_two_supervisors_settle_a_change_once(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session)
        operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
        chiefs = [
            (await make_staff(session, institution=home, roles=[Role.SUPERVISOR])).id
            for _ in range(2)
        ]
        change = await make_access_change(session, requested_by=operator)
        kept = await make_access_change(session, requested_by=operator)

    yes, no = [actor_of(chief, Role.SUPERVISOR) for chief in chiefs]
    results = await together(
        committed_database,
        lambda s: access_settling.confirm(s, yes, change.id),
        lambda s: access_settling.refuse(s, no, change.id),
    )

    assert results == ["access-change-settled", "ok"]
    async with committed_database() as session:
        settled = await session.get_one(AccessChange, change.id)
        members = set(await session.scalars(select(TeamMember.staff_id)))
        beside = await session.get_one(AccessChange, kept.id)
    confirmed = settled.state is AccessChangeState.CONFIRMED
    assert members == ({change.staff_id} if confirmed else set())
    assert beside.state is AccessChangeState.WAITING


async def test_the_later_of_two_forms_at_once_is_a_conflict(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session)
        actor = await make_operator(session, home)

    def publish(phone: str) -> Work:
        async def work(session: AsyncSession) -> None:
            row = await session.get_one(Institution, home.id)
            contacts = tree.InstitutionContacts(None, phone, None, None)
            await tree.set_institution_contacts(session, actor, row, contacts, 1)

        return work

    results = await together(committed_database, publish("13700000001"), publish("13700000002"))

    assert results == ["conflict", "ok"]


def absence(stand_in_id: UUID, first: int = 0) -> absences.NewAbsence:
    from_on = clinic_today() + timedelta(days=first)
    return absences.NewAbsence(
        from_on, from_on + timedelta(days=2), stand_in_id, AbsenceReason.LEAVE, None
    )


async def three_colleagues(sessions: Sessionmaker) -> list[UUID]:
    async with sessions.begin() as session:
        home = await make_institution(session)
        return [(await make_staff(session, institution=home)).id for _ in range(3)]


def enter(who: UUID, new: absences.NewAbsence) -> Work:
    return lambda s: absences.enter_absence(s, actor_of(who), who, new)


async def test_one_person_s_overlapping_absences_at_once_are_one(
    committed_database: Sessionmaker,
) -> None:
    one, two, three = await three_colleagues(committed_database)

    results = await together(
        committed_database, enter(one, absence(two)), enter(one, absence(three, first=1))
    )

    assert results == ["absence-overlaps", "ok"]


async def test_two_who_leave_to_each_other_at_once_are_not_both_away(
    committed_database: Sessionmaker,
) -> None:
    one, two, _ = await three_colleagues(committed_database)

    results = await together(committed_database, enter(one, absence(two)), enter(two, absence(one)))

    assert results == ["ok", "stand-in-absent"]


async def test_a_chain_is_not_made_by_two_at_once(committed_database: Sessionmaker) -> None:
    one, two, three = await three_colleagues(committed_database)

    results = await together(
        committed_database, enter(one, absence(two)), enter(two, absence(three))
    )

    assert results in (["absent-stands-in", "ok"], ["ok", "stand-in-absent"])


async def test_the_same_absence_pressed_twice_is_one(committed_database: Sessionmaker) -> None:
    one, two, _ = await three_colleagues(committed_database)

    results = await together(committed_database, *[enter(one, absence(two))] * 2)

    assert results == ["ok", "ok"]
    async with committed_database() as session:
        assert await session.scalar(select(func.count()).select_from(Absence)) == 1


async def test_a_stand_in_who_leaves_meanwhile_is_not_left_standing(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session)
        actor = await make_operator(session, home)
        one = await make_staff(session, institution=home)
        two = await make_staff(session, institution=home)

    async def leave(session: AsyncSession) -> None:
        await staff.set_active(session, actor, await session.merge(two), active=False)

    results = await together(committed_database, enter(one.id, absence(two.id)), leave)

    assert results in (["ok", "ok"], ["ok", "stand-in-unsuitable"])
    async with committed_database() as session:
        standing = select(func.count()).where(Absence.stand_in_id == two.id)
        assert await session.scalar(standing) == 0
