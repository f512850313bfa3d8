"""A moved dose keeps its hour; a swap that only a wrong entry had made is undone with it."""

from datetime import time, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.medication.models import Dose, DoseReport, Slot
from app.medication.schemas.doses import StaffReportCreate
from app.medication.schemas.treatments import Plan
from app.medication.service import changes, corrections, doses
from tests.medication.plans import ZONE, X, day, instant, plan, start
from tests.medication.test_taken_before_moved import Moved

pytestmark = pytest.mark.usefixtures("noon")


def planned(first: int, slot: Slot, at: str) -> Plan:
    made = plan(first=first, days=20, slots=(slot,))
    return made.model_copy(update={"slot_times": {slot: time.fromisoformat(at)}})


async def evening(session: AsyncSession, offset: int, treatment_id: object) -> Dose:
    of_slot = select(Dose).where(
        Dose.treatment_id == treatment_id, Dose.due_on == day(offset), Dose.slot == Slot.EVENING
    )
    fresh = of_slot.execution_options(populate_existing=True)
    return (await session.scalars(fresh)).one()


async def test_a_moved_dose_keeps_its_hour_where_the_plan_has_none_for_its_slot(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session, planned(0, Slot.EVENING, "19:20"))
    await changes.edit_plan(
        session, actor, treatment, ZONE, day(1), planned(1, Slot.MORNING, "07:10")
    )
    await session.flush()

    dose = await evening(session, 0, treatment.id)
    moved = await changes.reschedule(session, actor, treatment, ZONE, dose, day(3))

    assert (moved.slot, moved.due_at) == (Slot.EVENING, instant(3, "19:20"))


async def test_a_moved_dose_has_the_hour_that_the_plan_has_for_its_slot_now(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session, planned(0, Slot.EVENING, "19:20"))
    later = planned(2, Slot.EVENING, "20:40")
    dose = await evening(session, 0, treatment.id)
    await changes.edit_plan(session, actor, treatment, ZONE, day(1), later, leaving_out=True)
    await session.flush()

    moved = await changes.reschedule(session, actor, treatment, ZONE, dose, day(1))

    assert moved.due_at == instant(1, "20:40")


# -- a wrong entry --------------------------------------------------------------------------------


class Entered(Moved):
    """A moved dose that staff entered as taken, by mistake."""

    entry: DoseReport

    async def enter(self) -> None:
        seen = StaffReportCreate(kind="in_person")
        dose = await self.today()
        self.entry = await doses.enter_seen_dose(self.session, self.actor, dose, seen)
        assert await self.expectations() == [X.EXPECTED, X.CANCELLED]

    async def strike(self) -> None:
        await corrections.withdraw_entry(self.session, self.actor, self.entry, "记错了人")


@pytest.fixture
async def entered(app: FastAPI, session: AsyncSession) -> Entered:
    _, treatment = await start(session, plan(days=1))
    made = Entered(app, session, treatment)
    await made.move(0, 1)
    await made.enter()
    return made


async def test_what_only_a_wrong_entry_had_swapped_is_moved_again(entered: Entered) -> None:
    moved_at = (await entered.today()).expectation_at
    _, neighbour = await start(entered.session, plan(days=2))

    with clock.frozen(clock.now() + timedelta(hours=1)):
        await entered.strike()

    assert await entered.expectations() == [X.RESCHEDULED, X.EXPECTED]
    old, new = await doses_in_order(entered)
    assert (old.moved_to_id, new.moved_to_id, new.expectation_at) == (new.id, None, None)
    assert old.expectation_at == moved_at  # what is filmed now is told from before the move
    others = select(Dose.expectation).where(Dose.treatment_id == neighbour.id)
    assert set(await entered.session.scalars(others)) == {X.EXPECTED}


async def doses_in_order(entered: Entered) -> list[Dose]:
    found = select(Dose).where(Dose.treatment_id == entered.treatment.id).order_by(Dose.due_on)
    fresh = found.execution_options(populate_existing=True)
    return list(await entered.session.scalars(fresh))


async def test_it_may_be_taken_once_more_and_is_swapped_again(entered: Entered) -> None:
    await entered.strike()

    await entered.say(await entered.today())

    assert await entered.expectations() == [X.EXPECTED, X.CANCELLED]


async def say_the_opposite(entered: Entered) -> None:
    """Let the patient have said it too, and taken it back: it may have been in the hand."""
    dose = await entered.today()
    dose.self_reported_taken = False
    await entered.session.flush()


async def edit(entered: Entered) -> None:
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        await changes.edit_plan(
            entered.session, entered.actor, entered.treatment, ZONE, day(1), plan(first=1, days=3),
            leaving_out=True,
        )  # fmt: skip
        await entered.session.flush()


async def test_it_stays_swapped_where_the_patient_told_of_it_too(entered: Entered) -> None:
    await say_the_opposite(entered)

    await entered.strike()

    assert await entered.expectations() == [X.EXPECTED, X.CANCELLED]


async def test_it_stays_swapped_where_the_plan_was_edited_since(entered: Entered) -> None:
    await edit(entered)
    before = await entered.expectations()

    await entered.strike()

    assert await entered.expectations() == before


async def test_it_stays_swapped_where_the_other_day_is_over(entered: Entered) -> None:
    _, new = await doses_in_order(entered)

    with clock.frozen(new.closes_at):
        entered.entry.created_at = clock.now() - timedelta(hours=1)  # it may still be corrected
        await entered.session.flush()
        new_since = (await doses_in_order(entered))[1].expectation_at
        assert new_since is not None
        await entered.strike()

    assert await entered.expectations() == [X.EXPECTED, X.CANCELLED]
