"""Plans change only the future: start, edit, hold, resume, reschedule, stop, lay out ahead."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core import clock
from app.medication.models import (
    ChangeKind,
    Dose,
    DoseHold,
    Evidence,
    Expectation,
    Outcome,
    Progress,
    Recording,
    RecordingState,
    SideEffectReport,
    Slot,
    Treatment,
    TreatmentChange,
    Verdict,
)
from app.medication.problems import CannotReschedule, PlanInPast, TreatmentStopped
from app.medication.queries.treatments import with_plan
from app.medication.schemas.treatments import (
    HoldCreate,
    Plan,
    TreatmentCreate,
    TreatmentStop,
)
from app.medication.service import treatments
from app.patients.models import Condition
from tests.accounts.factories import actor_of
from tests.medication import factories as make

pytestmark = pytest.mark.usefixtures("noon")
TODAY = date(2026, 9, 10)
ZONE = "Asia/Shanghai"
HORIZON = 35
X = Expectation


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def plan(
    *, first: int = 0, days: int = 60, tablets: str = "3", slots: Sequence[Slot] = (Slot.MORNING,)
) -> Plan:
    drug = {"name": "四联片", "tablets": tablets, "slots": [*slots]}
    phase = {
        "name": "强化期",
        "starts_on": day(first),
        "ends_on": day(first + days - 1),
        "drugs": [drug],
    }
    return Plan.model_validate({"phases": [phase], "slot_times": {"morning": "07:30"}})


async def _doctor(session: AsyncSession) -> StaffActor:
    return actor_of((await make.make_staff(session)).id)


async def start(
    session: AsyncSession, order: Plan | None = None, horizon: int = HORIZON
) -> tuple[StaffActor, Treatment]:
    patient = await make.make_patient(session)
    actor = await _doctor(session)
    started = TreatmentCreate(
        template_id=None,
        name="肺结核初治",
        condition=Condition.TUBERCULOSIS,
        plan=order or plan(),
    )
    made = await treatments.start_treatment(session, actor, patient, started, horizon)
    await session.flush()
    return actor, await reload(session, made)


async def reload(session: AsyncSession, treatment: Treatment) -> Treatment:
    await session.flush()
    again = with_plan().where(Treatment.id == treatment.id)
    found = await session.scalars(again.execution_options(populate_existing=True))
    return found.one()


async def doses_of(session: AsyncSession, treatment: Treatment) -> list[Dose]:
    await session.flush()
    found = await session.scalars(
        select(Dose)
        .where(Dose.treatment_id == treatment.id)
        .order_by(Dose.due_on, Dose.due_at)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def dose_on(session: AsyncSession, treatment: Treatment, offset: int) -> Dose:
    return next(d for d in await doses_of(session, treatment) if d.due_on == day(offset))


async def change(session: AsyncSession, dose: Dose, **facts: Any) -> Dose:
    for name, value in facts.items():
        setattr(dose, name, value)
    await session.flush()
    return dose


async def days_with(
    session: AsyncSession, treatment: Treatment, expectation: Expectation
) -> list[int]:
    doses = await doses_of(session, treatment)
    return [(d.due_on - TODAY).days for d in doses if d.expectation is expectation]


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
        await treatments.lay_out_ahead(session, HORIZON)

    assert [d.due_on for d in await doses_of(session, treatment)] == [day(n) for n in range(50, 60)]


async def test_layout_twice_changes_nothing(session: AsyncSession) -> None:
    _, treatment = await start(session)
    before = [d.id for d in await doses_of(session, treatment)]

    treatment = await reload(session, treatment)
    treatment.laid_until = day(-1)  # as if a crash had lost the mark
    await treatments.lay_out(session, treatment, ZONE, day(HORIZON))

    assert [d.id for d in await doses_of(session, treatment)] == before


async def test_layout_ahead_goes_on_where_it_stopped_and_then_rests(session: AsyncSession) -> None:
    _, treatment = await start(session)

    with clock.frozen(clock.now() + timedelta(days=10)):
        assert await treatments.lay_out_ahead(session, HORIZON) == 1
        assert await treatments.lay_out_ahead(session, HORIZON) == 0

    doses = await doses_of(session, treatment)
    assert [d.due_on for d in doses] == [day(n) for n in range(HORIZON + 11)]


async def test_layout_ahead_leaves_stopped_treatments(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    await treatments.stop(session, actor, treatment, ZONE, _stop(0))

    with clock.frozen(clock.now() + timedelta(days=10)):
        assert await treatments.lay_out_ahead(session, HORIZON) == 0


def _stop(offset: int) -> TreatmentStop:
    return TreatmentStop(stopped_on=day(offset), outcome=Outcome.CURED)


async def test_edit_changes_the_future_and_only_the_future(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    old = {d.due_on: d.id for d in await doses_of(session, treatment)}

    await treatments.edit_plan(
        session, actor, treatment, ZONE, day(10), plan(first=10, tablets="4")
    )

    doses = await doses_of(session, treatment)
    assert [d.due_on for d in doses] == [day(n) for n in range(HORIZON + 1)]
    assert {d.drugs[0]["tablets"] for d in doses if d.due_on < day(10)} == {"3"}
    assert {d.drugs[0]["tablets"] for d in doses if d.due_on >= day(10)} == {"4"}
    assert all(d.id == old[d.due_on] for d in doses if d.due_on < day(10))


async def test_edit_keeps_the_phases_that_were(session: AsyncSession) -> None:
    actor, treatment = await start(session)

    await treatments.edit_plan(session, actor, treatment, ZONE, day(10), plan(first=10))

    treatment = await reload(session, treatment)
    spans = [(p.starts_on, p.ends_on) for p in treatment.phases]
    assert spans == [(day(0), day(9)), (day(10), day(69))]


async def test_edit_from_the_first_day_replaces_the_phase(session: AsyncSession) -> None:
    actor, treatment = await start(session)

    await treatments.edit_plan(session, actor, treatment, ZONE, TODAY, plan(tablets="4"))

    treatment = await reload(session, treatment)
    assert [p.starts_on for p in treatment.phases] == [TODAY]
    assert {d.drugs[0]["tablets"] for d in await doses_of(session, treatment)} == {"4"}


async def test_edit_from_beyond_the_layout_leaves_no_gap(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=120))

    await treatments.edit_plan(session, actor, treatment, ZONE, day(60), plan(first=60))
    with clock.frozen(clock.now() + timedelta(days=40)):
        await treatments.lay_out_ahead(session, HORIZON)

    assert [d.due_on for d in await doses_of(session, treatment)] == [day(n) for n in range(76)]


TOUCHED: list[dict[str, Any]] = [
    {"evidence": Evidence.VIDEO, "verdict": Verdict.OBSERVED},
    {"evidence": Evidence.IN_PERSON},
    {"self_reported_taken": True, "evidence": Evidence.SELF_REPORT},
    {"self_reported_taken": False},
    {"progress": Progress.PENDING_REVIEW, "evidence": Evidence.VIDEO},
]


@pytest.mark.parametrize("facts", TOUCHED)
async def test_edit_never_rewrites_what_happened_today(
    facts: dict[str, Any], session: AsyncSession
) -> None:
    actor, treatment = await start(session)
    taken = await change(session, await dose_on(session, treatment, 0), **facts)
    taken_id = taken.id

    await treatments.edit_plan(session, actor, treatment, ZONE, TODAY, plan(tablets="4"))

    kept = await dose_on(session, treatment, 0)
    assert kept.id == taken_id
    assert kept.drugs[0]["tablets"] == "3"


async def test_edit_keeps_the_ids_that_a_phone_without_signal_knows(session: AsyncSession) -> None:
    """It filmed today's dose already: another card for it would have the patient take it twice."""
    actor, treatment = await start(session)
    known = {d.due_on: d.id for d in await doses_of(session, treatment)}

    await treatments.edit_plan(session, actor, treatment, ZONE, TODAY, plan(days=20, tablets="4"))

    doses = await doses_of(session, treatment)
    assert [(d.due_on, d.id) for d in doses] == [(day(n), known[day(n)]) for n in range(20)]
    assert {d.drugs[0]["tablets"] for d in doses} == {"4"}


async def test_edit_keeps_a_dose_that_was_moved_here(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=5))
    dose = await dose_on(session, treatment, 2)
    moved = await treatments.reschedule(session, actor, treatment, ZONE, dose, day(8))
    moved_id = moved.id

    await treatments.edit_plan(session, actor, treatment, ZONE, TODAY, plan(days=5, tablets="4"))

    assert (await dose_on(session, treatment, 8)).id == moved_id
    assert (await dose_on(session, treatment, 2)).moved_to_id == moved_id


async def test_a_dose_moved_beyond_the_layout_takes_no_other_ones_place(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session)
    dose = await dose_on(session, treatment, 2)

    with pytest.raises(CannotReschedule):
        await treatments.reschedule(session, actor, treatment, ZONE, dose, day(HORIZON + 3))


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

    await treatments.edit_plan(session, actor, treatment, ZONE, TODAY, plan(tablets="4"))

    assert await session.scalar(select(func.count()).select_from(SideEffectReport)) == 1


async def test_edit_keeps_a_film_on_its_way(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    film = await make.make_recording(
        session, dose=await dose_on(session, treatment, 0), state=RecordingState.REQUESTED
    )

    await treatments.edit_plan(session, actor, treatment, ZONE, TODAY, plan(tablets="4"))

    assert await session.get(Recording, film.id) is not None
    assert (await dose_on(session, treatment, 0)).recording_id == film.id


@pytest.mark.parametrize(("from_on", "first"), [(-1, -1), (-1, 0), (5, 4), (0, -1)])
async def test_edit_refuses_the_past_and_days_before_its_own_first(
    from_on: int, first: int, session: AsyncSession
) -> None:
    actor, treatment = await start(session)

    with pytest.raises(PlanInPast):
        await treatments.edit_plan(session, actor, treatment, ZONE, day(from_on), plan(first=first))


async def test_edit_lays_the_new_hour(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    later = plan(first=1).model_copy(update={"slot_times": {Slot.MORNING: time(9, 15)}})

    await treatments.edit_plan(session, actor, treatment, ZONE, day(1), later)

    today, tomorrow = (await doses_of(session, treatment))[:2]
    assert today.due_at.isoformat() == "2026-09-09T23:30:00+00:00"
    assert tomorrow.due_at.isoformat() == "2026-09-11T01:15:00+00:00"


async def test_hold_takes_its_days_out_also_those_not_laid_yet(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    order = HoldCreate(from_on=day(33), to_on=day(38), reason="肝功能异常")

    await treatments.hold(session, actor, treatment, ZONE, order)
    with clock.frozen(clock.now() + timedelta(days=10)):
        await treatments.lay_out_ahead(session, HORIZON)

    assert await days_with(session, treatment, X.HELD) == [33, 34, 35, 36, 37, 38]


async def test_hold_leaves_what_was_taken_or_filmed(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    for offset, facts in enumerate(TOUCHED[:3]):
        await change(session, await dose_on(session, treatment, offset), **facts)

    order = HoldCreate(from_on=day(0), to_on=day(4), reason="肝功能异常")
    await treatments.hold(session, actor, treatment, ZONE, order)

    assert await days_with(session, treatment, X.HELD) == [3, 4]


async def test_hold_takes_the_dose_whose_side_effects_were_severe(session: AsyncSession) -> None:
    """The patient was told not to take it: it must not become a miss."""
    actor, treatment = await start(session)
    dose = await dose_on(session, treatment, 0)
    await change(session, dose, side_effects_at=clock.now(), severe_at=clock.now())

    order = HoldCreate(from_on=day(0), to_on=day(1), reason="肝功能异常")
    await treatments.hold(session, actor, treatment, ZONE, order)

    assert await days_with(session, treatment, X.HELD) == [0, 1]


async def test_hold_of_the_past_is_refused(session: AsyncSession) -> None:
    actor, treatment = await start(session)

    with pytest.raises(PlanInPast):
        await treatments.hold(
            session,
            actor,
            treatment,
            ZONE,
            HoldCreate(from_on=day(-1), to_on=day(1), reason="外出"),
        )


async def _held(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, first: int, last: int
) -> DoseHold:
    order = HoldCreate(from_on=day(first), to_on=day(last), reason="肝功能异常")
    held = await treatments.hold(session, actor, treatment, ZONE, order)
    await session.flush()
    return held


async def test_resume_keeps_the_days_already_held(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    held = await _held(session, actor, treatment, 0, 9)

    with clock.frozen(clock.now() + timedelta(days=4)):
        await treatments.end_hold(session, actor, treatment, ZONE, held)

    assert await days_with(session, treatment, X.HELD) == [0, 1, 2, 3]
    assert (await session.get_one(DoseHold, held.id)).to_on == day(3)


async def test_resume_before_it_began_removes_the_hold(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    held = await _held(session, actor, treatment, 5, 9)

    await treatments.end_hold(session, actor, treatment, ZONE, held)

    assert await days_with(session, treatment, X.HELD) == []
    assert await session.scalar(select(func.count()).select_from(DoseHold)) == 0


async def test_resume_leaves_the_days_of_another_hold(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    held = await _held(session, actor, treatment, 0, 6)
    await _held(session, actor, treatment, 5, 9)

    await treatments.end_hold(session, actor, treatment, ZONE, held)

    assert await days_with(session, treatment, X.HELD) == [5, 6, 7, 8, 9]


async def test_hold_that_is_over_cannot_be_ended(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    held = await _held(session, actor, treatment, 0, 1)

    with clock.frozen(clock.now() + timedelta(days=2)), pytest.raises(PlanInPast):
        await treatments.end_hold(session, actor, treatment, ZONE, held)


async def test_reschedule_moves_one_dose_and_keeps_its_old_row(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=3))
    dose = await dose_on(session, treatment, 2)
    dose_id = dose.id

    moved = await treatments.reschedule(session, actor, treatment, ZONE, dose, day(5))
    moved_id = moved.id

    doses = await doses_of(session, treatment)
    told = [((d.due_on - TODAY).days, d.expectation) for d in doses]
    assert told == [(0, X.EXPECTED), (1, X.EXPECTED), (2, X.RESCHEDULED), (5, X.EXPECTED)]
    assert (await session.get_one(Dose, dose_id)).moved_to_id == moved_id
    new = await session.get_one(Dose, moved_id)
    assert new.drugs == doses[0].drugs
    assert new.due_at == doses[0].due_at + timedelta(days=5)


async def test_reschedule_to_a_taken_slot_is_refused(session: AsyncSession) -> None:
    actor, treatment = await start(session)

    with pytest.raises(CannotReschedule):
        await treatments.reschedule(
            session, actor, treatment, ZONE, await dose_on(session, treatment, 2), day(3)
        )


@pytest.mark.parametrize(
    "facts",
    [
        *TOUCHED[:3],
        {"progress": Progress.UPLOADING},
        {"expectation": X.HELD},
        {"expectation": X.CANCELLED},
        {"expectation": X.RESCHEDULED},
    ],
)
async def test_only_an_untaken_expected_dose_can_be_moved(
    facts: dict[str, Any], session: AsyncSession
) -> None:
    actor, treatment = await start(session, plan(days=3))
    dose = await change(session, await dose_on(session, treatment, 0), **facts)

    with pytest.raises(CannotReschedule):
        await treatments.reschedule(session, actor, treatment, ZONE, dose, day(5))


async def test_a_miss_cannot_be_moved_away(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=3))
    dose = await dose_on(session, treatment, 0)

    with clock.frozen(clock.now() + timedelta(days=2)), pytest.raises(CannotReschedule):
        await treatments.reschedule(session, actor, treatment, ZONE, dose, day(5))


async def test_reschedule_into_the_past_is_refused(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=3))
    dose = await dose_on(session, treatment, 1)

    with pytest.raises(PlanInPast):
        await treatments.reschedule(session, actor, treatment, ZONE, dose, day(-1))


async def test_stop_cancels_the_days_after_the_last(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=5))

    await treatments.stop(session, actor, treatment, ZONE, _stop(2))

    assert await days_with(session, treatment, X.EXPECTED) == [0, 1, 2]
    assert await days_with(session, treatment, X.CANCELLED) == [3, 4]


async def test_stop_on_a_day_beyond_the_layout_lays_up_to_it(session: AsyncSession) -> None:
    actor, treatment = await start(session)

    await treatments.stop(session, actor, treatment, ZONE, _stop(40))

    assert await days_with(session, treatment, X.EXPECTED) == list(range(41))
    assert await days_with(session, treatment, X.CANCELLED) == []


async def test_stop_keeps_what_was_already_done_for_later_days(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=5))
    await change(session, await dose_on(session, treatment, 3), evidence=Evidence.IN_PERSON)

    await treatments.stop(session, actor, treatment, ZONE, _stop(2))

    assert await days_with(session, treatment, X.CANCELLED) == [4]


async def test_a_stopped_treatment_does_not_change_any_more(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    held = await _held(session, actor, treatment, 5, 9)
    await treatments.stop(session, actor, treatment, ZONE, _stop(2))
    treatment = await reload(session, treatment)
    dose = await dose_on(session, treatment, 1)
    hold = HoldCreate(from_on=day(0), to_on=day(1), reason="外出")

    with pytest.raises(TreatmentStopped):
        await treatments.edit_plan(session, actor, treatment, ZONE, TODAY, plan())
    with pytest.raises(TreatmentStopped):
        await treatments.hold(session, actor, treatment, ZONE, hold)
    with pytest.raises(TreatmentStopped):
        await treatments.end_hold(session, actor, treatment, ZONE, held)
    with pytest.raises(TreatmentStopped):
        await treatments.reschedule(session, actor, treatment, ZONE, dose, day(50))
    with pytest.raises(TreatmentStopped):
        await treatments.stop(session, actor, treatment, ZONE, _stop(3))


async def test_every_change_is_noted_with_its_author(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    held = await _held(session, actor, treatment, 5, 9)
    await treatments.end_hold(session, actor, treatment, ZONE, held)
    await treatments.edit_plan(session, actor, treatment, ZONE, day(1), plan(first=1, days=10))
    await treatments.reschedule(
        session, actor, treatment, ZONE, await dose_on(session, treatment, 2), day(20)
    )
    await treatments.stop(session, actor, treatment, ZONE, _stop(2))

    await session.flush()
    found = await session.scalars(select(TreatmentChange).order_by(TreatmentChange.id))
    changes = found.all()
    assert [c.kind for c in changes] == [
        ChangeKind.STARTED,
        ChangeKind.HELD,
        ChangeKind.HELD,
        ChangeKind.EDITED,
        ChangeKind.RESCHEDULED,
        ChangeKind.STOPPED,
    ]
    assert {c.changed_by for c in changes} == {actor.account_id}


async def test_a_plan_of_quarter_tablets_keeps_them(session: AsyncSession) -> None:
    _, treatment = await start(session, plan(tablets="0.25", days=1))

    assert (await doses_of(session, treatment))[0].drugs[0]["tablets"] == "0.25"
    assert treatment.phases[0].drugs[0].tablets == Decimal("0.25")
