"""Plans begin, are laid out ahead, and are edited: only the future changes."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.medication.models import (
    Recording,
    RecordingState,
    SideEffectReport,
    Slot,
)
from app.medication.problems import CannotReschedule, PlanInPast
from app.medication.service import changes, layouts
from tests.medication import factories as make
from tests.medication.plans import (
    HORIZON,
    TODAY,
    TOUCHED,
    ZONE,
    change,
    day,
    dose_on,
    doses_of,
    lay_ahead,
    plan,
    reload,
    start,
    stopping,
)

pytestmark = pytest.mark.usefixtures("noon")


async def test_start_lays_doses_to_the_horizon(session: AsyncSession) -> None:
    _, treatment = await start(session)

    doses = await doses_of(session, treatment)
    assert [d.due_on for d in doses] == [day(n) for n in range(HORIZON + 1)]
    assert doses[0].due_at == datetime.fromisoformat("2026-09-10T07:30:00+08:00")
    assert doses[0].drugs == [{"name": "四联片", "strength": None, "tablets": "3"}]


async def test_start_in_the_past_lays_nothing_before_today(session: AsyncSession) -> None:
    _, treatment = await start(session, plan(first=-20))

    assert treatment.starts_on == day(-20)
    assert (await doses_of(session, treatment))[0].due_on == TODAY


async def test_start_later_than_the_horizon_waits(session: AsyncSession) -> None:
    _, treatment = await start(session, plan(first=50, days=10))
    assert await doses_of(session, treatment) == []

    with clock.frozen(clock.now() + timedelta(days=30)):
        await lay_ahead(session)

    assert [d.due_on for d in await doses_of(session, treatment)] == [day(n) for n in range(50, 60)]


async def test_layout_twice_changes_nothing(session: AsyncSession) -> None:
    _, treatment = await start(session)
    before = [d.id for d in await doses_of(session, treatment)]

    treatment = await reload(session, treatment)
    treatment.laid_until = day(-1)  # as if a crash had lost the mark
    await layouts.lay_out(session, treatment, ZONE, day(HORIZON))

    assert [d.id for d in await doses_of(session, treatment)] == before


async def test_layout_ahead_goes_on_where_it_stopped_and_then_rests(session: AsyncSession) -> None:
    _, treatment = await start(session)

    with clock.frozen(clock.now() + timedelta(days=10)):
        assert await lay_ahead(session) == 1
        assert await lay_ahead(session) == 0

    doses = await doses_of(session, treatment)
    assert [d.due_on for d in doses] == [day(n) for n in range(HORIZON + 11)]


async def test_layout_ahead_leaves_stopped_treatments(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    await changes.stop(session, actor, treatment, ZONE, stopping(0))

    with clock.frozen(clock.now() + timedelta(days=10)):
        assert await lay_ahead(session) == 0


async def test_edit_changes_the_future_and_only_the_future(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    old = {d.due_on: d.id for d in await doses_of(session, treatment)}

    await changes.edit_plan(session, actor, treatment, ZONE, day(10), plan(first=10, tablets="4"))

    doses = await doses_of(session, treatment)
    assert [d.due_on for d in doses] == [day(n) for n in range(HORIZON + 1)]
    assert {d.drugs[0]["tablets"] for d in doses if d.due_on < day(10)} == {"3"}
    assert {d.drugs[0]["tablets"] for d in doses if d.due_on >= day(10)} == {"4"}
    assert all(d.id == old[d.due_on] for d in doses if d.due_on < day(10))


async def test_edit_keeps_the_phases_that_were(session: AsyncSession) -> None:
    actor, treatment = await start(session)

    await changes.edit_plan(session, actor, treatment, ZONE, day(10), plan(first=10))

    treatment = await reload(session, treatment)
    spans = [(p.starts_on, p.ends_on) for p in treatment.phases]
    assert spans == [(day(0), day(9)), (day(10), day(69))]


async def test_edit_from_the_first_day_replaces_the_phase(session: AsyncSession) -> None:
    actor, treatment = await start(session)

    await changes.edit_plan(session, actor, treatment, ZONE, TODAY, plan(tablets="4"))

    treatment = await reload(session, treatment)
    assert [p.starts_on for p in treatment.phases] == [TODAY]
    assert {d.drugs[0]["tablets"] for d in await doses_of(session, treatment)} == {"4"}


async def test_edit_from_beyond_the_layout_leaves_no_gap(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=120))

    await changes.edit_plan(session, actor, treatment, ZONE, day(60), plan(first=60))
    with clock.frozen(clock.now() + timedelta(days=40)):
        await lay_ahead(session)

    assert [d.due_on for d in await doses_of(session, treatment)] == [day(n) for n in range(76)]


@pytest.mark.parametrize("facts", TOUCHED)
async def test_edit_never_rewrites_what_happened_today(
    facts: dict[str, Any], session: AsyncSession
) -> None:
    actor, treatment = await start(session)
    taken = await change(session, await dose_on(session, treatment, 0), **facts)
    taken_id = taken.id

    await changes.edit_plan(session, actor, treatment, ZONE, TODAY, plan(tablets="4"))

    kept = await dose_on(session, treatment, 0)
    assert kept.id == taken_id
    assert kept.drugs[0]["tablets"] == "3"


async def test_edit_keeps_the_ids_that_a_phone_without_signal_knows(session: AsyncSession) -> None:
    """It filmed today's dose already: another card for it would have the patient take it twice."""
    actor, treatment = await start(session)
    known = {d.due_on: d.id for d in await doses_of(session, treatment)}

    await changes.edit_plan(session, actor, treatment, ZONE, TODAY, plan(days=20, tablets="4"))

    doses = await doses_of(session, treatment)
    assert {d.due_on: d.id for d in doses} == known
    assert {d.drugs[0]["tablets"] for d in doses if d.due_on < day(20)} == {"4"}


async def test_a_dose_moved_beyond_the_layout_takes_no_other_ones_place(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session)
    dose = await dose_on(session, treatment, 2)

    with pytest.raises(CannotReschedule):
        await changes.reschedule(session, actor, treatment, ZONE, dose, day(HORIZON + 3))


async def test_edit_keeps_an_answer_about_side_effects(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    dose = await dose_on(session, treatment, 0)
    report = SideEffectReport(
        patient_id=dose.patient_id,
        dose_id=dose.id,
        symptoms=["yellow_skin"],
        severe=True,
        note=None,
        reported_at=clock.now(),
    )
    session.add(report)
    await change(session, dose, side_effects_at=clock.now(), severe_at=clock.now())

    await changes.edit_plan(session, actor, treatment, ZONE, TODAY, plan(tablets="4"))

    assert await session.scalar(select(func.count()).select_from(SideEffectReport)) == 1


async def test_edit_keeps_a_film_on_its_way(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    film = await make.make_recording(
        session, dose=await dose_on(session, treatment, 0), state=RecordingState.REQUESTED
    )

    await changes.edit_plan(session, actor, treatment, ZONE, TODAY, plan(tablets="4"))

    assert await session.get(Recording, film.id) is not None
    assert (await dose_on(session, treatment, 0)).recording_id == film.id


@pytest.mark.parametrize(("from_on", "first"), [(-1, -1), (-1, 0), (5, 4), (0, -1)])
async def test_edit_refuses_the_past_and_days_before_its_own_first(
    from_on: int, first: int, session: AsyncSession
) -> None:
    actor, treatment = await start(session)

    with pytest.raises(PlanInPast):
        await changes.edit_plan(session, actor, treatment, ZONE, day(from_on), plan(first=first))


async def test_edit_lays_the_new_hour(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    later = plan(first=1).model_copy(update={"slot_times": {Slot.MORNING: time(9, 15)}})

    await changes.edit_plan(session, actor, treatment, ZONE, day(1), later)

    today, tomorrow = (await doses_of(session, treatment))[:2]
    assert today.due_at.isoformat() == "2026-09-09T23:30:00+00:00"
    assert tomorrow.due_at.isoformat() == "2026-09-11T01:15:00+00:00"
