"""Days are held, doses moved, treatments stopped: what happened stays."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts.models import AlertState
from app.core import clock
from app.medication.alert_kinds import SEVERE_SIDE_EFFECT
from app.medication.models import (
    ChangeKind,
    Dose,
    DoseHold,
    Evidence,
    Progress,
    Treatment,
    TreatmentChange,
)
from app.medication.problems import (
    CannotReschedule,
    PlanInPast,
    StoppedBeforeStart,
    TreatmentStopped,
)
from app.medication.rules import state_of
from app.medication.schemas.treatments import (
    HoldCreate,
)
from app.medication.service import changes
from tests.medication.factories import make_alert
from tests.medication.plans import (
    TODAY,
    TOUCHED,
    ZONE,
    X,
    change,
    day,
    days_with,
    dose_on,
    doses_of,
    holding,
    instant,
    lay_ahead,
    plan,
    reload,
    start,
    stopping,
)

pytestmark = pytest.mark.usefixtures("noon")


async def test_hold_takes_its_days_out_also_those_not_laid_yet(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    order = HoldCreate(from_on=day(33), to_on=day(38), reason="肝功能异常")

    await changes.hold(session, actor, treatment, ZONE, order)
    with clock.frozen(clock.now() + timedelta(days=10)):
        await lay_ahead(session)

    assert await days_with(session, treatment, X.HELD) == [33, 34, 35, 36, 37, 38]


async def test_hold_takes_all_its_days_and_what_was_taken_of_them_counts(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session)
    for offset, facts in enumerate(TOUCHED):
        await change(session, await dose_on(session, treatment, offset), **facts)

    order = HoldCreate(from_on=day(0), to_on=day(4), reason="肝功能异常")
    held = await changes.hold(session, actor, treatment, ZONE, order)

    assert await days_with(session, treatment, X.HELD) == [0, 1, 2, 3, 4]
    states = [state_of(d, clock.now()) for d in (await doses_of(session, treatment))[:5]]
    assert states == ["observed", "in_person", "self_reported", "held", "pending_review"]

    await session.flush()
    await changes.end_hold(session, actor, treatment, ZONE, held)
    assert await days_with(session, treatment, X.HELD) == []


async def test_hold_takes_the_dose_whose_side_effects_were_severe(session: AsyncSession) -> None:
    """The patient was told not to take it: it must not become a miss."""
    actor, treatment = await start(session)
    dose = await dose_on(session, treatment, 0)
    await change(session, dose, side_effects_at=clock.now(), severe_at=clock.now())

    order = HoldCreate(from_on=day(0), to_on=day(1), reason="肝功能异常")
    await changes.hold(session, actor, treatment, ZONE, order)

    assert await days_with(session, treatment, X.HELD) == [0, 1]


async def test_hold_of_the_past_is_refused(session: AsyncSession) -> None:
    actor, treatment = await start(session)

    with pytest.raises(PlanInPast):
        await changes.hold(
            session,
            actor,
            treatment,
            ZONE,
            HoldCreate(from_on=day(-1), to_on=day(1), reason="外出"),
        )


async def test_resume_keeps_the_days_alreadyholding(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    held = await holding(session, actor, treatment, 0, 9)

    with clock.frozen(clock.now() + timedelta(days=4)):
        await changes.end_hold(session, actor, treatment, ZONE, held)

    assert await days_with(session, treatment, X.HELD) == [0, 1, 2, 3]
    assert (await session.get_one(DoseHold, held.id)).to_on == day(3)


async def test_resume_before_it_began_removes_the_hold(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    held = await holding(session, actor, treatment, 5, 9)

    await changes.end_hold(session, actor, treatment, ZONE, held)

    assert await days_with(session, treatment, X.HELD) == []
    assert await session.scalar(select(func.count()).select_from(DoseHold)) == 0


async def test_resume_leaves_the_days_of_another_hold(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    held = await holding(session, actor, treatment, 0, 6)
    await holding(session, actor, treatment, 5, 9)

    await changes.end_hold(session, actor, treatment, ZONE, held)

    assert await days_with(session, treatment, X.HELD) == [5, 6, 7, 8, 9]


async def test_hold_that_is_over_cannot_be_ended(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    held = await holding(session, actor, treatment, 0, 1)

    with clock.frozen(clock.now() + timedelta(days=2)), pytest.raises(PlanInPast):
        await changes.end_hold(session, actor, treatment, ZONE, held)


async def test_reschedule_moves_one_dose_and_keeps_its_old_row(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=3))
    dose = await dose_on(session, treatment, 2)
    dose_id = dose.id

    moved = await changes.reschedule(session, actor, treatment, ZONE, dose, day(5))
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
        await changes.reschedule(
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
        {"severe_at": datetime(2026, 9, 1, tzinfo=UTC)},
    ],
)
async def test_only_an_untaken_expected_dose_can_be_moved(
    facts: dict[str, Any], session: AsyncSession
) -> None:
    actor, treatment = await start(session, plan(days=3))
    dose = await change(session, await dose_on(session, treatment, 0), **facts)

    with pytest.raises(CannotReschedule):
        await changes.reschedule(session, actor, treatment, ZONE, dose, day(5))


async def test_a_miss_cannot_be_moved_away(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=3))
    dose = await dose_on(session, treatment, 0)

    with clock.frozen(clock.now() + timedelta(days=2)), pytest.raises(CannotReschedule):
        await changes.reschedule(session, actor, treatment, ZONE, dose, day(5))


async def test_reschedule_into_the_past_is_refused(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=3))
    dose = await dose_on(session, treatment, 1)

    with pytest.raises(PlanInPast):
        await changes.reschedule(session, actor, treatment, ZONE, dose, day(-1))


async def test_stop_cancels_the_days_after_the_last(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=5))

    await changes.stop(session, actor, treatment, ZONE, stopping(2))

    assert await days_with(session, treatment, X.EXPECTED) == [0, 1, 2]
    assert await days_with(session, treatment, X.CANCELLED) == [3, 4]


async def test_a_stop_learnt_late_takes_the_days_since_out_of_the_misses(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session, plan(days=8))
    alert = await make_alert(session, treatment=treatment)
    severe = await make_alert(session, treatment=treatment, kind=SEVERE_SIDE_EFFECT)

    with clock.frozen(clock.now() + timedelta(days=5)):
        await changes.stop(session, actor, treatment, ZONE, stopping(1))

    assert await days_with(session, treatment, X.EXPECTED) == [0, 1]
    assert await days_with(session, treatment, X.CANCELLED) == [2, 3, 4, 5, 6, 7]
    await session.refresh(alert)
    await session.refresh(severe)
    assert (alert.state, alert.closed_by) == (AlertState.CLOSED, actor.account_id)
    assert severe.state is AlertState.OPEN


async def test_a_treatment_cannot_end_before_it_began(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=5))

    with pytest.raises(StoppedBeforeStart):
        await changes.stop(session, actor, treatment, ZONE, stopping(-1))


async def test_a_treatment_whose_start_was_moved_forward_ends_when_it_has_begun(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session, plan(first=10, days=20))
    await changes.edit_plan(session, actor, treatment, ZONE, day(1), plan(first=1, days=20))

    with pytest.raises(StoppedBeforeStart):
        await changes.stop(session, actor, treatment, ZONE, stopping(0))
    await changes.stop(session, actor, treatment, ZONE, stopping(3))

    assert await days_with(session, treatment, X.EXPECTED) == [1, 2, 3]


async def test_stop_on_a_day_beyond_the_layout_lays_up_to_it(session: AsyncSession) -> None:
    actor, treatment = await start(session)

    await changes.stop(session, actor, treatment, ZONE, stopping(40))

    assert await days_with(session, treatment, X.EXPECTED) == list(range(41))
    assert await days_with(session, treatment, X.CANCELLED) == []


async def test_stop_keeps_what_was_already_done_for_later_days(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=5))
    await change(session, await dose_on(session, treatment, 3), evidence=Evidence.IN_PERSON)

    await changes.stop(session, actor, treatment, ZONE, stopping(2))

    assert await days_with(session, treatment, X.CANCELLED) == [3, 4]
    states = [state_of(d, clock.now()) for d in (await doses_of(session, treatment))[3:]]
    assert states == ["in_person", "cancelled"]


async def test_a_treatment_whose_last_day_is_over_does_not_change_any_more(
    session: AsyncSession,
) -> None:
    actor, treatment = await start(session)
    held = await holding(session, actor, treatment, 5, 9)
    await changes.stop(session, actor, treatment, ZONE, stopping(2))
    treatment = await reload(session, treatment)
    dose = await dose_on(session, treatment, 1)
    with clock.frozen(instant(3, "03:00")):
        await _refuses_every_change(session, actor, treatment, held, dose)


async def _refuses_every_change(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, held: DoseHold, dose: Dose
) -> None:
    hold = HoldCreate(from_on=day(3), to_on=day(4), reason="外出")
    with pytest.raises(TreatmentStopped):
        await changes.edit_plan(session, actor, treatment, ZONE, day(4), plan(first=4))
    with pytest.raises(TreatmentStopped):
        await changes.hold(session, actor, treatment, ZONE, hold)
    with pytest.raises(TreatmentStopped):
        await changes.hold_all(session, actor, treatment, ZONE, hold)
    with pytest.raises(TreatmentStopped):
        await changes.end_hold(session, actor, treatment, ZONE, held)
    with pytest.raises(TreatmentStopped):
        await changes.reschedule(session, actor, treatment, ZONE, dose, day(50))
    with pytest.raises(TreatmentStopped):
        await changes.stop(session, actor, treatment, ZONE, stopping(3))


async def test_every_change_is_noted_with_its_author(session: AsyncSession) -> None:
    actor, treatment = await start(session)
    held = await holding(session, actor, treatment, 5, 9)
    await changes.end_hold(session, actor, treatment, ZONE, held)
    await changes.edit_plan(session, actor, treatment, ZONE, day(1), plan(first=1, days=10))
    await changes.reschedule(
        session, actor, treatment, ZONE, await dose_on(session, treatment, 2), day(20)
    )
    await changes.stop(session, actor, treatment, ZONE, stopping(2))

    await session.flush()
    found = await session.scalars(select(TreatmentChange).order_by(TreatmentChange.id))
    noted = found.all()
    assert [c.kind for c in noted] == [
        ChangeKind.STARTED,
        ChangeKind.HELD,
        ChangeKind.HELD,
        ChangeKind.EDITED,
        ChangeKind.RESCHEDULED,
        ChangeKind.STOPPED,
    ]
    assert {c.changed_by for c in noted} == {actor.account_id}


async def test_a_plan_of_quarter_tablets_keeps_them(session: AsyncSession) -> None:
    _, treatment = await start(session, plan(tablets="0.25", days=1))

    assert (await doses_of(session, treatment))[0].drugs[0]["tablets"] == "0.25"
    assert treatment.phases[0].drugs[0].tablets == Decimal("0.25")
