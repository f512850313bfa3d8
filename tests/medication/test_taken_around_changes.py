"""A doctor sees of a dose that the plan let go of whether it was taken before that change."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.institutions.models import Team
from app.medication.models import Dose, Treatment
from app.medication.queries.treatments import holds_of
from app.medication.schemas.doses import StaffReportCreate
from app.medication.schemas.treatments import HoldCreate
from app.medication.service import changes, doses
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of, sampling
from tests.medication.phone import Phone, phone_of
from tests.medication.plans import ZONE, X, day, dose_on, plan, start, stopping

pytestmark = pytest.mark.usefixtures("noon")
BEFORE, AFTER = "改动前已服", "改动后服"
LATER = timedelta(minutes=10)


class World:
    """A treatment of which today's dose is let go at noon, its patient's phone and its doctor."""

    def __init__(self, app: FastAPI, session: AsyncSession, treatment: Treatment) -> None:
        self.app, self.session, self.treatment = app, session, treatment
        self.actor = actor_of(treatment.started_by)

    async def patient(self) -> Patient:
        return await self.session.get_one(Patient, self.treatment.patient_id)

    async def dose(self, offset: int = 0) -> Dose:
        return await dose_on(self.session, self.treatment, offset)

    async def phone(self) -> Phone:
        return phone_of(self.app, await self.patient())

    async def hold(self) -> None:
        order = HoldCreate(from_on=day(0), to_on=day(0), reason="肝功能异常")
        await changes.hold(self.session, self.actor, self.treatment, ZONE, order)

    async def move(self) -> None:
        dose = await self.dose()
        await changes.reschedule(self.session, self.actor, self.treatment, ZONE, dose, day(9))

    async def stop(self) -> None:
        await changes.stop(self.session, self.actor, self.treatment, ZONE, stopping(-1))

    async def drop_the_day(self) -> None:
        order = plan(first=1, days=1)
        await changes.edit_plan(
            self.session, self.actor, self.treatment, ZONE, day(0), order, leaving_out=True
        )

    async def seen(self, desk: Desk, dose: Dose) -> list[str]:
        """Read what the dose's page and the history say, each of which word."""
        patient = await self.patient()
        history = f"/staff/patients/{patient.id}/medication/history"
        pages = [(await desk.http.get(url)).text for url in (f"/staff/doses/{dose.id}", history)]
        return [word for page in pages for word in (BEFORE, AFTER) if word in page]


@pytest.fixture
async def world(app: FastAPI, session: AsyncSession) -> World:
    _, treatment = await start(session, plan(first=-3, days=6))
    return World(app, session, treatment)


@pytest.fixture
async def reader(app: FastAPI, world: World) -> AsyncIterator[Desk]:
    sampling(app, 0)
    team = await world.session.get_one(Team, (await world.patient()).team_id)
    made = await desk_of(app, world.session, await make.make_staff(world.session, team=team))
    yield made
    await made.http.aclose()


LETTING_GO = [World.hold, World.move, World.stop, World.drop_the_day]


@pytest.mark.parametrize("let_go", LETTING_GO)
@pytest.mark.parametrize(("minutes", "word"), [(-5, BEFORE), (5, AFTER)])
async def test_a_film_says_whether_it_was_captured_before_the_change(
    let_go: object, minutes: int, word: str, world: World, reader: Desk
) -> None:
    dose = await world.dose()
    await let_go(world)  # type: ignore[operator]
    captured_at = clock.now() + timedelta(minutes=minutes)
    with clock.frozen(clock.now() + LATER):
        await make.make_recording(world.session, dose=await world.dose(), captured_at=captured_at)

        item = await reader.next()
        page = (await reader.http.get(f"/staff/doses/{dose.id}")).text

    assert item is not None
    assert item["after_change"] is (word == AFTER)
    assert [w for w in (BEFORE, AFTER) if w in page] == [word]


async def test_a_film_of_a_dose_that_stands_says_nothing(world: World, reader: Desk) -> None:
    dose = await world.dose()
    await make.make_recording(world.session, dose=dose)

    item = await reader.next()

    assert item is not None
    assert item["after_change"] is None
    assert await world.seen(reader, dose) == []


async def test_a_word_and_what_staff_saw_say_it_too(world: World, reader: Desk) -> None:
    await world.hold()
    dose = await world.dose()
    with clock.frozen(clock.now() + LATER):
        said_at = (clock.now() - 2 * LATER).isoformat()
        told = {"taken": True, "reason": "no_signal", "note": None, "said_at": said_at}
        assert (await (await world.phone()).say(dose, "reports", "a-word-1", **told)).is_success
        assert await world.seen(reader, dose) == [BEFORE, BEFORE]

        seen = StaffReportCreate(kind="in_person")
        await doses.enter_seen_dose(world.session, world.actor, await world.dose(), seen)
        await world.session.flush()
        assert await world.seen(reader, dose) == [BEFORE, AFTER] * 2


async def test_a_dose_that_stands_again_keeps_the_time_of_its_move(
    world: World, reader: Desk
) -> None:
    moved_at = clock.now()
    await world.move()
    dose = await world.dose()
    with clock.frozen(moved_at + LATER):
        at = (moved_at - LATER).isoformat()
        phone = await world.phone()
        assert (await phone.announce(dose, captured_at=at, opened_at=at)).status_code == 201

        stands = await world.dose()
    assert (stands.expectation, stands.expectation_at) == (X.EXPECTED, moved_at)
    instead = await world.dose(9)
    assert (instead.expectation, instead.expectation_at) == (X.CANCELLED, moved_at + LATER)
    page = (await reader.http.get(f"/staff/doses/{instead.id}")).text
    assert "不用服了，看已经服的那一次" in page


async def test_a_hold_that_ends_is_forgotten(world: World) -> None:
    await world.hold()
    assert (await world.dose()).expectation_at == clock.now()
    held = (await holds_of(world.session, world.treatment.id))[0]

    await changes.end_hold(world.session, world.actor, world.treatment, ZONE, held)

    assert (await world.dose()).expectation_at is None


async def test_no_bulk_update_can_forget_the_time(world: World) -> None:
    dose, other = await world.dose(), await world.dose(1)
    change = text("update dose set expectation = :to where id = :id")

    await world.session.execute(change, {"to": "held", "id": dose.id})
    assert (await world.dose()).expectation_at is not None
    await world.session.execute(change, {"to": "expected", "id": dose.id})
    assert (await world.dose()).expectation_at is None
    await world.session.refresh(other)
    assert (other.expectation_at, other.revision) == (None, 1)
