"""An edit deletes no dose: slots that went are cancelled or moved, and what was taken is taken."""

import asyncio
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.medication.models import Dose, Evidence, Expectation, Progress, Slot, Treatment, Verdict
from app.medication.queries.treatments import get_plan
from app.medication.schemas.treatments import HoldCreate, Plan
from app.medication.service import changes, layouts
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.medication.phone import Phone, phone_of
from tests.medication.plans import ZONE, X, change, day, dose_on, doses_of, plan, start
from tests.racing import outcome, somebody_waits

pytestmark = pytest.mark.usefixtures("noon")
MORNING, NOON, EVENING, BEDTIME = Slot
FILM = b"no film, but the storage does not look inside"
Told = dict[Slot, Expectation]


async def edit(session: AsyncSession, treatment: Treatment, order: Plan, offset: int = 0) -> None:
    actor = actor_of(treatment.started_by)
    await changes.edit_plan(session, actor, treatment, ZONE, day(offset), order, leaving_out=True)
    await session.flush()


def slots(*of: Slot, first: int = 0, days: int = 2) -> Plan:
    return plan(slots=of, first=first, days=days)


async def told(session: AsyncSession, treatment: Treatment, offset: int = 0) -> Told:
    doses = await doses_of(session, treatment)
    return {dose.slot: dose.expectation for dose in doses if dose.due_on == day(offset)}


async def slot(session: AsyncSession, treatment: Treatment, of: Slot, offset: int = 0) -> Dose:
    doses = await doses_of(session, treatment)
    return next(d for d in doses if (d.due_on, d.slot) == (day(offset), of))


async def phone_now(app: FastAPI, session: AsyncSession, treatment: Treatment) -> Phone:
    return phone_of(app, await session.get_one(Patient, treatment.patient_id))


async def test_days_that_go_are_cancelled_and_none_is_deleted(session: AsyncSession) -> None:
    _, treatment = await start(session, plan(days=5))
    _, bystander = await start(session, plan(days=5))
    before = [dose.id for dose in await doses_of(session, treatment)]

    await edit(session, treatment, plan(days=3))

    doses = await doses_of(session, treatment)
    assert [dose.id for dose in doses] == before
    assert [dose.expectation for dose in doses] == [X.EXPECTED] * 3 + [X.CANCELLED] * 2
    assert {d.expectation for d in await doses_of(session, bystander)} == {X.EXPECTED}


@pytest.mark.parametrize(
    ("before", "after", "becomes"),
    [
        ([MORNING], [EVENING], {MORNING: EVENING}),
        ([MORNING, NOON], [EVENING, BEDTIME], {MORNING: EVENING, NOON: BEDTIME}),
        ([MORNING, NOON], [NOON, EVENING], {MORNING: EVENING}),
        ([MORNING, NOON], [EVENING], {MORNING: EVENING, NOON: None}),
        ([MORNING], [EVENING, BEDTIME], {MORNING: EVENING}),
        ([EVENING], [MORNING, BEDTIME], {EVENING: MORNING}),
    ],
)
async def test_slots_that_went_and_came_on_one_day_are_paired_in_its_order(
    before: list[Slot], after: list[Slot], becomes: dict[Slot, Slot | None], session: AsyncSession
) -> None:
    _, treatment = await start(session, slots(*before))
    known = {(dose.due_on, dose.slot): dose.id for dose in await doses_of(session, treatment)}

    await edit(session, treatment, slots(*after, first=1), offset=1)

    doses = {
        dose.slot: dose for dose in await doses_of(session, treatment) if dose.due_on == day(1)
    }
    assert {s for s, dose in doses.items() if dose.expectation is X.EXPECTED} == set(after)
    for old, new in becomes.items():
        found = doses[old]
        assert found.id == known[day(1), old]
        assert found.expectation is (X.CANCELLED if new is None else X.RESCHEDULED)
        assert found.moved_to_id == (None if new is None else doses[new].id)


async def test_a_dose_filmed_before_its_slot_was_moved_is_taken_in_and_not_asked_for_again(
    app: FastAPI, session: AsyncSession
) -> None:
    _, treatment = await start(session, slots(MORNING))
    await edit(session, treatment, slots(EVENING))
    assert await told(session, treatment) == {MORNING: X.RESCHEDULED, EVENING: X.EXPECTED}

    phone = await phone_now(app, session, treatment)
    await phone.send(await slot(session, treatment, MORNING), FILM)

    assert await told(session, treatment) == {MORNING: X.EXPECTED, EVENING: X.CANCELLED}
    assert await told(session, treatment, 1) == {MORNING: X.RESCHEDULED, EVENING: X.EXPECTED}
    states = {card["slot"]: card["state"] for card in await phone.today()}
    assert states == {"morning": "processing", "evening": "cancelled"}


async def test_the_next_edit_does_not_ask_again_for_what_was_taken(
    app: FastAPI, session: AsyncSession
) -> None:
    _, treatment = await start(session, slots(MORNING))
    await edit(session, treatment, slots(EVENING))
    phone = await phone_now(app, session, treatment)
    await phone.send(await slot(session, treatment, MORNING), FILM)

    await edit(session, treatment, slots(EVENING, days=4))

    assert await told(session, treatment) == {MORNING: X.EXPECTED, EVENING: X.CANCELLED}


TAKEN: list[dict[str, Any]] = [
    {"progress": Progress.UPLOADING},
    {"progress": Progress.PENDING_REVIEW, "evidence": Evidence.VIDEO},
    {"verdict": Verdict.REJECTED, "evidence": Evidence.VIDEO},
    {"evidence": Evidence.IN_PERSON},
    {"self_reported_taken": True, "evidence": Evidence.SELF_REPORT},
]


@pytest.mark.parametrize("facts", TAKEN)
async def test_a_dose_of_which_something_came_keeps_its_slot_and_the_new_one_is_not_laid(
    facts: dict[str, Any], session: AsyncSession
) -> None:
    _, treatment = await start(session, slots(MORNING))
    await change(session, await slot(session, treatment, MORNING), **facts)

    await edit(session, treatment, slots(EVENING))

    assert await told(session, treatment) == {MORNING: X.EXPECTED}
    assert await told(session, treatment, 1) == {MORNING: X.RESCHEDULED, EVENING: X.EXPECTED}


@pytest.mark.parametrize(
    "facts", [{"self_reported_taken": False}, {"side_effects_at": datetime.now().astimezone()}]
)
async def test_what_was_not_taken_is_moved_and_keeps_its_drugs(
    facts: dict[str, Any], session: AsyncSession
) -> None:
    _, treatment = await start(session, slots(MORNING))
    await change(session, await slot(session, treatment, MORNING), **facts)

    await edit(session, treatment, plan(slots=(EVENING,), tablets="4"))

    assert await told(session, treatment) == {MORNING: X.RESCHEDULED, EVENING: X.EXPECTED}
    assert (await slot(session, treatment, MORNING)).drugs[0]["tablets"] == "3"


async def test_a_slot_that_comes_back_has_the_row_that_phones_know(session: AsyncSession) -> None:
    _, treatment = await start(session, slots(MORNING, EVENING))
    known = {dose.id for dose in await doses_of(session, treatment)}
    await edit(session, treatment, slots(EVENING, first=1, days=1), 1)
    assert await told(session, treatment, 1) == {MORNING: X.CANCELLED, EVENING: X.EXPECTED}

    back = plan(slots=(MORNING,), first=1, days=1, tablets="4")
    await edit(session, treatment, back, 1)

    assert await told(session, treatment, 1) == {MORNING: X.EXPECTED, EVENING: X.RESCHEDULED}
    morning, evening = [await slot(session, treatment, of, 1) for of in (MORNING, EVENING)]
    assert {morning.id, evening.id} <= known
    assert (morning.moved_to_id, evening.moved_to_id) == (None, morning.id)
    assert morning.drugs[0]["tablets"] == "4"

    await edit(session, treatment, slots(EVENING, first=1, days=1), 1)
    assert await told(session, treatment, 1) == {MORNING: X.RESCHEDULED, EVENING: X.EXPECTED}


async def test_a_new_slot_whose_hour_is_over_today_is_not_laid(session: AsyncSession) -> None:
    _, treatment = await start(session, slots(EVENING))

    with clock.frozen(clock.now() + timedelta(hours=7)):  # 19:00, after its own hour, too
        await edit(session, treatment, slots(NOON, EVENING, BEDTIME))

    assert await told(session, treatment) == {EVENING: X.EXPECTED, BEDTIME: X.EXPECTED}
    assert await told(session, treatment, 1) == dict.fromkeys([NOON, EVENING, BEDTIME], X.EXPECTED)


def _on(weekdays: Sequence[int], days: int, tablets: str = "3") -> Plan:
    order = plan(days=days, tablets=tablets).model_dump(mode="json")
    order["phases"][0]["drugs"][0]["weekdays"] = [*weekdays]
    return Plan.model_validate(order)


async def _moved_dose(session: AsyncSession) -> tuple[Treatment, Dose, Dose]:
    """Thursdays and Fridays for two weeks; this Friday's was moved to Saturday."""
    actor, treatment = await start(session, _on([4, 5], 14))
    friday = await dose_on(session, treatment, 1)
    saturday = await changes.reschedule(session, actor, treatment, ZONE, friday, day(2))
    return treatment, friday, saturday


async def test_a_dose_that_a_doctor_moved_stays_where_the_new_plan_has_room(
    session: AsyncSession,
) -> None:
    treatment, friday, saturday = await _moved_dose(session)

    await edit(session, treatment, _on([4, 5], 14, tablets="4"))

    friday, saturday = [await session.get_one(Dose, d.id) for d in (friday, saturday)]
    assert (friday.expectation, friday.moved_to_id) == (X.RESCHEDULED, saturday.id)
    assert saturday.expectation is X.EXPECTED


async def test_a_dose_that_a_doctor_moved_out_of_the_new_plan_goes_back(
    session: AsyncSession,
) -> None:
    treatment, friday, saturday = await _moved_dose(session)

    await edit(session, treatment, _on([4, 5], 2))

    expectations = {d.due_on: d.expectation for d in await doses_of(session, treatment)}
    assert expectations[friday.due_on] is X.EXPECTED
    assert expectations[saturday.due_on] is X.CANCELLED


async def test_a_held_day_stays_held_in_its_new_slot(session: AsyncSession) -> None:
    actor, treatment = await start(session, slots(MORNING))
    hold = HoldCreate(from_on=day(0), to_on=day(0), reason="肝功能异常")
    await changes.hold(session, actor, treatment, ZONE, hold)

    await edit(session, treatment, slots(EVENING))

    assert await told(session, treatment) == {MORNING: X.RESCHEDULED, EVENING: X.HELD}
    assert await told(session, treatment, 1) == {MORNING: X.RESCHEDULED, EVENING: X.EXPECTED}


async def test_what_an_edit_does_not_change_is_not_written(session: AsyncSession) -> None:
    _, treatment = await start(session, slots(MORNING, days=9))

    await edit(session, treatment, slots(MORNING, first=1, days=4), offset=1)

    revisions = [dose.revision for dose in await doses_of(session, treatment)]
    assert revisions == [1] * 5 + [2] * 4


async def test_a_film_that_is_announced_during_an_edit_is_seen_by_it(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        _, treatment = await start(session, slots(MORNING))
        dose_id = (await slot(session, treatment, MORNING)).id

    async def edited(session: AsyncSession) -> None:
        await edit(session, (await get_plan(session, treatment.id))[0], slots(EVENING))

    async with committed_database.begin() as session:
        dose = await session.get_one(Dose, dose_id, with_for_update=True)
        dose.progress = Progress.UPLOADING
        await session.flush()
        going = asyncio.create_task(outcome(committed_database, edited))
        async with asyncio.timeout(10):
            while not await somebody_waits(committed_database):
                assert not going.done(), "it did not wait for the dose"
                await asyncio.sleep(0.02)
    assert await going == "ok"

    async with committed_database() as session:
        assert await told(session, treatment) == {MORNING: X.EXPECTED}
        assert await told(session, treatment, 1) == {MORNING: X.RESCHEDULED, EVENING: X.EXPECTED}


async def test_three_years_of_four_slots_are_edited_at_once(session: AsyncSession) -> None:
    order = slots(*Slot, days=3 * 365)
    _, treatment = await start(session, order)
    await layouts.lay_out(session, treatment, ZONE, date(2029, 9, 8))
    fewer = plan(slots=(MORNING, NOON, BEDTIME), days=3 * 365, tablets="4")

    began = time.process_time()
    await edit(session, treatment, fewer)
    took = time.process_time() - began

    doses = await doses_of(session, treatment)
    assert len(doses) == 4 * 3 * 365
    assert sum(dose.expectation is X.CANCELLED for dose in doses) == 3 * 365
    assert took < 2  # seconds of this process alone: others may be at work beside it
