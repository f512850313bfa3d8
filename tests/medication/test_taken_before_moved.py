"""A dose that was moved and then taken stands again: nobody is asked to take it twice."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.media.video import VideoProblem
from app.medication.models import Dose, Expectation, Recording, RecordingState, Treatment
from app.medication.schemas.doses import DoseReportCreate, StaffReportCreate
from app.medication.service import changes, doses, never_sent, recordings
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.counting import counted
from tests.medication import factories as make
from tests.medication.phone import Phone, phone_of
from tests.medication.plans import (
    ZONE,
    X,
    day,
    dose_on,
    doses_of,
    holding,
    plan,
    start,
)
from tests.racing import outcome, somebody_waits

pytestmark = pytest.mark.usefixtures("noon")
FILM = b"no film, but the storage does not look inside"
Taking = Callable[[Phone, Dose], Awaitable[None]]


class Moved:
    """A dose of today that its doctor moved to tomorrow; the plan's own end with today."""

    def __init__(self, app: FastAPI, session: AsyncSession, treatment: Treatment) -> None:
        self.app, self.session, self.treatment = app, session, treatment
        self.actor = actor_of(treatment.started_by)

    async def phone(self) -> Phone:
        """In the patient's hand, logged in now."""
        patient = await self.session.get_one(Patient, self.treatment.patient_id)
        return phone_of(self.app, patient)

    async def say(self, dose: Dose, *, taken: bool = True) -> None:
        assert (await (await self.phone()).report(dose, taken=taken)).status_code == 201

    async def move(self, offset: int, to: int) -> Dose:
        dose = await dose_on(self.session, self.treatment, offset)
        return await changes.reschedule(
            self.session, self.actor, self.treatment, ZONE, dose, day(to)
        )

    async def expectations(self) -> list[Expectation]:
        return [dose.expectation for dose in await doses_of(self.session, self.treatment)]

    async def today(self) -> Dose:
        return await dose_on(self.session, self.treatment, 0)

    async def announce(self) -> Dose:
        dose = await self.today()
        assert (await (await self.phone()).announce(dose)).status_code == 201
        return dose


@pytest.fixture
async def moved(app: FastAPI, session: AsyncSession) -> Moved:
    _, treatment = await start(session, plan(days=1))
    made = Moved(app, session, treatment)
    await made.move(0, 1)
    assert await made.expectations() == [X.RESCHEDULED, X.EXPECTED]
    return made


async def film(moved: Moved) -> None:
    await (await moved.phone()).send(await moved.today(), FILM)


async def say(moved: Moved) -> None:
    await moved.say(await moved.today())


async def see(moved: Moved) -> None:
    seen = StaffReportCreate(kind="in_person")
    await doses.enter_seen_dose(moved.session, moved.actor, await moved.today(), seen)


@pytest.mark.parametrize("take", [Moved.announce, film, say, see])
async def test_what_was_moved_and_taken_stands_again_and_the_other_is_cancelled(
    take: Callable[[Moved], Awaitable[object]], moved: Moved
) -> None:
    _, bystander = await start(moved.session, plan(days=2))

    await take(moved)

    assert await moved.expectations() == [X.EXPECTED, X.CANCELLED]
    old, new = await doses_of(moved.session, moved.treatment)
    assert (old.moved_to_id, new.moved_to_id) == (None, old.id)
    others = await doses_of(moved.session, bystander)
    assert [dose.expectation for dose in others] == [X.EXPECTED, X.EXPECTED]


async def test_the_phone_is_not_asked_for_the_other_one(moved: Moved) -> None:
    await film(moved)

    with clock.frozen(clock.now() + timedelta(days=1)):
        (card,) = await (await moved.phone()).today()
    assert (card["state"], card["can_film"], card["can_report"]) == ("cancelled", False, False)


async def test_a_film_that_was_on_its_way_swaps_when_it_arrives(moved: Moved) -> None:
    """As one that an older version of ours announced."""
    dose = await moved.today()
    film = await make.make_recording(moved.session, dose=dose, state=RecordingState.REQUESTED)

    await recordings.arrived(moved.session, film.media_id)

    assert await moved.expectations() == [X.EXPECTED, X.CANCELLED]


async def test_a_word_that_it_was_not_taken_swaps_nothing(moved: Moved) -> None:
    dose = await moved.today()

    await moved.say(dose, taken=False)
    assert (await (await moved.phone()).side_effects(dose, "nausea")).status_code == 201

    assert await moved.expectations() == [X.RESCHEDULED, X.EXPECTED]


async def test_a_dose_of_which_something_came_is_not_cancelled(moved: Moved) -> None:
    old, new = await doses_of(moved.session, moved.treatment)
    with clock.frozen(clock.now() + timedelta(days=1)):
        phone = await moved.phone()
        assert (await phone.announce(new, key="film-of-the-new")).status_code == 201
        captured = {"captured_at": old.due_at.isoformat(), "opened_at": old.due_at.isoformat()}
        assert (await phone.announce(old, **captured)).status_code == 201

    assert await moved.expectations() == [X.RESCHEDULED, X.EXPECTED]


async def test_a_dose_that_was_moved_twice_cancels_the_last_of_the_moves(moved: Moved) -> None:
    await moved.move(1, 2)

    await film(moved)

    assert await moved.expectations() == [X.EXPECTED, X.RESCHEDULED, X.CANCELLED]


async def test_the_middle_of_the_moves_taken_leaves_the_first_moved(moved: Moved) -> None:
    await moved.move(1, 2)

    with clock.frozen(clock.now() + timedelta(days=1)):
        await moved.say(await dose_on(moved.session, moved.treatment, 1))

    assert await moved.expectations() == [X.RESCHEDULED, X.EXPECTED, X.CANCELLED]


async def test_one_that_is_held_now_is_cancelled_too(moved: Moved) -> None:
    await holding(moved.session, moved.actor, moved.treatment, 1, 3)

    await film(moved)

    assert await moved.expectations() == [X.EXPECTED, X.CANCELLED]


async def test_it_stands_again_as_the_holds_of_its_own_day_say(moved: Moved) -> None:
    await holding(moved.session, moved.actor, moved.treatment, 0, 0)

    await film(moved)

    assert await moved.expectations() == [X.HELD, X.CANCELLED]
    assert (await (await moved.phone()).card(await moved.today()))["state"] == "processing"


async def _unusable(moved: Moved, film: Recording) -> None:
    film.state = RecordingState.PROCESSING
    await moved.session.flush()
    await recordings.refuse_film(moved.session, film.id, VideoProblem.TRUNCATED)


async def _never_sent(moved: Moved, film: Recording) -> None:
    with clock.frozen(film.created_at + timedelta(days=9)):
        await never_sent.give_up_uploads(moved.session, [film.id])


@pytest.mark.parametrize("fall", [_unusable, _never_sent])
async def test_a_film_that_comes_to_nothing_invites_no_second_dose(
    fall: Callable[[Moved, Recording], Awaitable[None]], moved: Moved
) -> None:
    dose = await moved.announce()
    found = await moved.session.scalars(select(Recording).where(Recording.dose_id == dose.id))

    await fall(moved, found.one())

    assert await moved.expectations() == [X.EXPECTED, X.CANCELLED]


async def test_an_ordinary_film_costs_no_statement_more(
    session: AsyncSession, connection: AsyncConnection
) -> None:
    ordinary = await make.make_dose(session)
    film = await make.make_recording(session, dose=ordinary, state=RecordingState.REQUESTED)

    with counted(connection) as statements:
        await recordings.arrived(session, film.media_id)

    assert len(statements) == 2


# -- two at once ----------------------------------------------------------------------------------


async def _moved(sessions: Sessionmaker) -> tuple[UUID, UUID, UUID]:
    async with sessions.begin() as session:
        actor, treatment = await start(session, plan(days=1))
        dose = await dose_on(session, treatment, 0)
        new = await changes.reschedule(session, actor, treatment, ZONE, dose, day(1))
        return treatment.id, dose.id, new.id


def _saying(dose_id: UUID) -> Callable[[AsyncSession], Awaitable[object]]:
    async def said(session: AsyncSession) -> object:
        dose = await session.get_one(Dose, dose_id, with_for_update=True)
        record = make.own_record(await session.get_one(Patient, dose.patient_id))
        report = DoseReportCreate(taken=True, reason="no_signal")
        return await doses.report_dose(session, record, dose, report)

    return said


async def _expected(sessions: Sessionmaker, *dose_ids: UUID) -> list[Expectation]:
    async with sessions() as session:
        return [(await session.get_one(Dose, dose_id)).expectation for dose_id in dose_ids]


async def test_what_is_said_of_the_other_one_meanwhile_is_seen(
    committed_database: Sessionmaker,
) -> None:
    _, old_id, new_id = await _moved(committed_database)

    with clock.frozen(clock.now() + timedelta(hours=20)):  # both windows take a word
        async with committed_database.begin() as session:
            await _saying(new_id)(session)
            await session.flush()
            going = asyncio.create_task(outcome(committed_database, _saying(old_id)))
            async with asyncio.timeout(10):
                while not await somebody_waits(committed_database):
                    assert not going.done(), "it did not wait for the dose it was moved to"
                    await asyncio.sleep(0.02)
        assert await going == "ok"

    assert await _expected(committed_database, old_id, new_id) == [X.RESCHEDULED, X.EXPECTED]


async def test_a_second_move_meanwhile_is_followed(committed_database: Sessionmaker) -> None:
    treatment_id, old_id, new_id = await _moved(committed_database)

    async with committed_database.begin() as session:
        treatment = await session.get_one(Treatment, treatment_id)
        new = await session.get_one(Dose, new_id)
        actor = actor_of(treatment.started_by)
        last = await changes.reschedule(session, actor, treatment, ZONE, new, day(2))
        await session.flush()
        last_id = last.id
        going = asyncio.create_task(outcome(committed_database, _saying(old_id)))
        async with asyncio.timeout(10):
            while not await somebody_waits(committed_database):
                assert not going.done(), "it did not wait for the dose it was moved to"
                await asyncio.sleep(0.02)
    assert await going == "ok"

    found = await _expected(committed_database, old_id, new_id, last_id)
    assert found == [X.EXPECTED, X.RESCHEDULED, X.CANCELLED]
