"""Whatever changes a dose's card raises its revision, and no other dose's."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core import clock
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.institutions.models import Team
from app.media.video import VideoProblem
from app.medication.models import Dose, Progress, Recording, RecordingState, Treatment
from app.medication.schemas.doses import StaffReportCreate
from app.medication.service import changes, doses, never_sent, recordings
from app.patients.models import Condition, Patient
from tests.medication import factories as make
from tests.medication import plans, stopped
from tests.medication.desk import Desk, desk_of, sampling
from tests.medication.phone import Phone, phone_of, post_film
from tests.medication.plans import ZONE, day
from tests.medication.test_twice import FOUND

pytestmark = pytest.mark.usefixtures("noon")


@dataclass
class World:
    """A dose of today under a plan, a neighbour dose of the same patient, and who acts on them."""

    session: AsyncSession
    phone: Phone
    desk: Desk
    actor: StaffActor
    treatment: Treatment
    dose: Dose
    neighbour: Dose
    seen: dict[str, int]

    async def revisions(self) -> dict[str, int]:
        return {item["ref"]["id"]: item["revision"] for item in await self.phone.items()}

    async def grew(self) -> None:
        """Compare with the last time: this dose's card is newer, the neighbour's is the same."""
        await self.session.flush()
        before, self.seen = self.seen, await self.revisions()
        dose_id, neighbour_id = str(self.dose.id), str(self.neighbour.id)
        assert self.seen[dose_id] > before[dose_id]
        assert self.seen[neighbour_id] == before[neighbour_id]

    async def film(self) -> Recording:
        found = await self.session.scalars(
            select(Recording)
            .where(Recording.dose_id == self.dose.id)
            .order_by(Recording.created_at.desc(), Recording.id.desc())
            .execution_options(populate_existing=True)
        )
        return found.all()[0]


@pytest.fixture
async def world(app: FastAPI, session: AsyncSession) -> AsyncIterator[World]:
    sampling(app, 0)
    actor, treatment = await plans.start(session, plans.plan(first=-5))
    patient = await session.get_one(Patient, treatment.patient_id)
    dose = await plans.dose_on(session, treatment, 0)
    other = await make.make_treatment(session, patient=patient, condition=Condition.HYPERTENSION)
    neighbour = await make.make_dose(session, patient=patient, treatment=other)
    doctor = await make.make_staff(session, team=await session.get_one(Team, patient.team_id))
    phone, desk = phone_of(app, patient), await desk_of(app, session, doctor)
    made = World(session, phone, desk, actor, treatment, dose, neighbour, {})
    made.seen = await made.revisions()
    assert set(made.seen.values()) == {1}
    yield made
    await phone.http.aclose()
    await desk.http.aclose()


async def test_a_film_from_its_announcement_to_its_verdict(
    world: World, context: JobContext
) -> None:
    announced = (await world.phone.announce(world.dose)).json()
    await world.grew()
    await post_film(announced["upload"], b"film")
    await world.phone.confirm(announced["recording_id"])
    await world.grew()

    film = await world.film()
    await recordings.begin_processing(world.session, film.media_id)
    await world.grew()
    await recordings.finish_processing(world.session, context.settings, film.id, FOUND)
    await world.grew()

    decided = (await world.desk.take("rejected", comment="请开灯")).json()
    await world.grew()
    await world.desk.undo(decided["review_id"])
    await world.grew()
    await world.desk.decide(film.id, "observed")
    await world.grew()


async def test_a_film_that_is_none(world: World) -> None:
    film = await make.make_recording(
        world.session, dose=world.dose, state=RecordingState.PROCESSING
    )
    world.seen = await world.revisions()

    await recordings.refuse_film(world.session, film.id, VideoProblem.TRUNCATED)

    await world.grew()
    card = next(c for c in await world.phone.today() if c["dose_id"] == str(world.dose.id))
    assert card["recording"]["problem"] == "truncated"


async def test_a_film_that_the_dose_has_left_changes_no_card(world: World) -> None:
    older = await make.make_recording(world.session, dose=world.dose, state=RecordingState.UPLOADED)
    await make.make_recording(world.session, dose=world.dose, state=RecordingState.UNUSABLE)
    before = await world.revisions()

    await recordings.begin_processing(world.session, older.media_id)

    assert await world.revisions() == before


async def test_a_film_never_sent(world: World) -> None:
    film = await make.make_recording(world.session, dose=world.dose, state=RecordingState.REQUESTED)
    world.seen = await world.revisions()
    film.created_at = clock.now() - timedelta(days=9)
    await world.session.flush()

    await never_sent.give_up_uploads(world.session, [film.id])

    await world.grew()


async def test_what_the_patient_reports(world: World) -> None:
    await world.phone.side_effects(world.dose, "nausea")
    await world.grew()
    await world.phone.side_effects(world.dose, "yellow_skin", key="side-effects-2")
    await world.grew()
    await stopped.let_go_on(world.session, world.actor, world.phone.patient)
    await world.grew()
    await world.phone.report(world.dose, taken=False)
    await world.grew()
    await world.phone.report(world.dose, key="report-key-2")
    await world.grew()


async def test_a_dose_that_staff_saw(world: World) -> None:
    report = StaffReportCreate(kind="in_person")

    await doses.enter_seen_dose(world.session, world.actor, world.dose, report)

    await world.grew()


async def test_days_held_and_given_back(world: World) -> None:
    held = await plans.holding(world.session, world.actor, world.treatment, 0, 3)
    await world.grew()
    await changes.end_hold(world.session, world.actor, world.treatment, ZONE, held)
    await world.grew()


async def test_a_dose_moved(world: World) -> None:
    await changes.reschedule(world.session, world.actor, world.treatment, ZONE, world.dose, day(60))

    await world.grew()


async def test_a_treatment_stopped(world: World) -> None:
    await changes.stop(world.session, world.actor, world.treatment, ZONE, plans.stopping(-1))

    await world.grew()


async def test_a_plan_edited(world: World) -> None:
    treatment = await plans.reload(world.session, world.treatment)
    await changes.edit_plan(
        world.session, world.actor, treatment, ZONE, day(0), plans.plan(tablets="2")
    )
    await world.grew()

    treatment = await plans.reload(world.session, world.treatment)
    await changes.edit_plan(
        world.session, world.actor, treatment, ZONE, day(0), plans.plan(tablets="2")
    )

    assert await world.revisions() == world.seen  # the same plan again changes no card


async def test_a_bulk_update_cannot_set_it(world: World) -> None:
    wanted = (Dose.id == world.dose.id,)
    await world.session.execute(update(Dose).where(*wanted).values(progress=Progress.NONE))
    assert await world.revisions() == world.seen  # nothing changed

    changed = update(Dose).where(*wanted).values(side_effects_at=clock.now(), revision=1)
    await world.session.execute(changed)

    assert (await world.revisions())[str(world.dose.id)] == 2


async def _raise(sessions: Sessionmaker, dose_id: UUID) -> None:
    async with sessions.begin() as session:
        dose = await session.get_one(Dose, dose_id, with_for_update=True)
        dose.self_reported_taken = not dose.self_reported_taken


async def test_two_at_once_raise_it_twice(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        dose_id = (await make.make_dose(session)).id

    await asyncio.gather(*(_raise(committed_database, dose_id) for _ in range(4)))

    async with committed_database() as session:
        assert await session.scalar(select(Dose.revision).where(Dose.id == dose_id)) == 5
