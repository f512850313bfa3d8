"""Edit, hold, reschedule and stop a treatment; every change touches only the future."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.clock import now, today_in
from app.core.db import find_locked, lock_again
from app.core.problems import NotFound
from app.medication import flags, layout, rules
from app.medication.models import (
    ChangeKind,
    Dose,
    DoseHold,
    Evidence,
    Expectation,
    Progress,
    Treatment,
)
from app.medication.problems import (
    CannotReschedule,
    DosesLeftOut,
    PlanInPast,
    PlanWithoutDose,
    StoppedBeforeStart,
    TreatmentStopped,
)
from app.medication.queries.treatments import holds_of, lock_plan
from app.medication.schemas.treatments import HoldCreate, Plan, TreatmentStop
from app.medication.service.expectations import expects
from app.medication.service.layouts import lay_anew, lay_out, not_taken
from app.medication.service.misses import close_misses
from app.medication.service.treatments import note_change, phase_of, times_of


async def _locked(session: AsyncSession, treatment: Treatment) -> None:
    """Serialise changes of one plan, and refuse them once it has ended.

    Phases and drugs are read again with it: the loader saw them before another's change.
    """
    await lock_plan(session, treatment.id)
    if treatment.stopped_on is not None:
        raise TreatmentStopped


def _not_before_today(on: date, zone: str) -> None:
    if on < today_in(zone):
        raise PlanInPast


async def edit_plan(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    from_on: date,
    plan: Plan,
    *,
    leaving_out: bool = False,
) -> None:
    """Replace the plan from `from_on` (today or later); earlier days keep what they were.

    `leaving_out`: the doctor was told of the doses between `from_on` and the new plan's first day,
    and means that they are not to be taken.
    """
    _not_before_today(from_on, zone)
    first = plan.phases[0].starts_on
    if first < from_on:
        raise PlanInPast
    if not layout.count_doses(plan.phases, from_on):
        raise PlanWithoutDose
    await _locked(session, treatment)
    if not leaving_out and await doses_left_out(session, treatment.id, from_on, first):
        raise DosesLeftOut
    _cut_phases(treatment, from_on)
    await session.flush()  # a new phase may begin on the day of one that goes
    treatment.phases.extend(phase_of(p) for p in plan.phases)
    treatment.slot_times = times_of(plan)
    detail = plan.model_dump(mode="json")
    note_change(session, actor, treatment, ChangeKind.EDITED, detail, from_on=from_on)
    await lay_anew(session, treatment, zone, from_on, now())


async def doses_left_out(
    session: AsyncSession, treatment_id: UUID, from_on: date, first: date
) -> int:
    """Count expected doses that a plan in force from `from_on` loses if it begins on `first`."""
    count = await session.scalar(
        select(func.count()).where(
            Dose.treatment_id == treatment_id,
            Dose.due_on >= from_on,
            Dose.due_on < first,
            Dose.expectation == Expectation.EXPECTED,
            not_taken(),
        )
    )
    return count or 0


def _cut_phases(treatment: Treatment, from_on: date) -> None:
    for phase in list(treatment.phases):
        if phase.starts_on >= from_on:
            treatment.phases.remove(phase)
        elif phase.ends_on >= from_on:
            phase.ends_on = from_on - timedelta(days=1)


async def hold(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, zone: str, order: HoldCreate
) -> DoseHold:
    """Take the days out of the expectation; doses already taken or filmed stay."""
    _not_before_today(order.from_on, zone)
    await _locked(session, treatment)
    held = DoseHold(
        treatment_id=treatment.id,
        from_on=order.from_on,
        to_on=order.to_on,
        reason=order.reason,
        held_by=actor.account_id,
    )
    session.add(held)
    await _expect(session, treatment, order.from_on, order.to_on, Expectation.HELD)
    detail, days = order.model_dump(mode="json"), {"from_on": order.from_on, "to_on": order.to_on}
    note_change(session, actor, treatment, ChangeKind.HELD, detail, **days)
    return held


async def end_hold(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, zone: str, held: DoseHold
) -> None:
    """Resume from today: days already held stay held."""
    await _locked(session, treatment)
    today = today_in(zone)
    if await find_locked(session, DoseHold, held.id) is None:
        raise NotFound  # ended by a colleague before it began
    if held.to_on < today:
        raise PlanInPast
    first, last, hold_id = max(today, held.from_on), held.to_on, held.id
    if held.from_on >= today:
        await session.delete(held)
    else:
        held.to_on = today - timedelta(days=1)
    await _expect(session, treatment, first, last, Expectation.EXPECTED)
    for other in await holds_of(session, treatment.id):
        await _expect(session, treatment, other.from_on, other.to_on, Expectation.HELD)
    detail = {"resumed_on": today.isoformat(), "reason": held.reason}
    yesterday = today - layout.ONE_DAY
    note_change(
        session,
        actor,
        treatment,
        ChangeKind.HELD,
        detail,
        code="hold_ended",
        hold_id=hold_id,
        before=last,
        after=yesterday,
    )


async def _expect(
    session: AsyncSession, treatment: Treatment, first: date, last: date, wanted: Expectation
) -> None:
    await session.execute(
        update(Dose)
        .where(Dose.treatment_id == treatment.id, Dose.due_on.between(first, last), not_taken())
        .values(**expects(wanted))
    )


async def reschedule(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    dose: Dose,
    to_on: date,
) -> Dose:
    """Move one dose to another day; the old row stays and points at the new one."""
    _not_before_today(to_on, zone)
    await _locked(session, treatment)
    await lock_again(session, dose)
    if not can_move(dose):
        raise CannotReschedule
    await lay_out(session, treatment, zone, to_on)  # the plan's own dose of that day comes first
    moved = await _insert_moved(session, treatment, zone, dose, to_on)
    dose.expectation, dose.expectation_at = Expectation.RESCHEDULED, now()
    dose.moved_to_id = moved.id
    detail = {"dose_id": str(dose.id), "from": dose.due_on.isoformat(), "to": to_on.isoformat()}
    note_change(
        session, actor, treatment, ChangeKind.RESCHEDULED, detail,
        dose_id=dose.id, before=dose.due_on, after=to_on,
    )  # fmt: skip
    return moved


def can_move(dose: Dose) -> bool:
    """Say whether a dose may be moved; a miss stays a miss: its window is still to close.

    One stopped by a severe symptom stays: the dose it moved to would not be stopped.
    """
    return (
        dose.expectation is Expectation.EXPECTED
        and dose.evidence is Evidence.NONE
        and dose.progress is Progress.NONE
        and dose.severe_at is None
        and now() < dose.closes_at
    )


async def _insert_moved(
    session: AsyncSession, treatment: Treatment, zone: str, dose: Dose, to_on: date
) -> Dose:
    hours = rules.hours_of(to_on, layout.slot_time(treatment.slot_times, dose.slot), zone)
    values = {
        "treatment_id": dose.treatment_id,
        "patient_id": dose.patient_id,
        "due_on": to_on,
        "slot": dose.slot,
        "drugs": dose.drugs,
        "opens_at": hours.opens_at,
        "due_at": hours.due_at,
        "closes_at": hours.closes_at,
    }
    moved: Dose | None = await session.scalar(
        insert(Dose).values(**values).on_conflict_do_nothing().returning(Dose)
    )
    if moved is None:
        raise CannotReschedule
    return moved


async def stop(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, zone: str, order: TreatmentStop
) -> None:
    """End with an outcome; untouched doses after the last day are cancelled, not deleted.

    The last day may lie in the past: a death is often learnt later, and what was not due any more
    was not missed. Alerts about misses end with the treatment.
    """
    if order.stopped_on < treatment.starts_on:
        raise StoppedBeforeStart
    await _locked(session, treatment)
    await lay_out(session, treatment, zone, order.stopped_on)
    treatment.stopped_on = order.stopped_on
    treatment.outcome = order.outcome
    await session.execute(
        update(Dose)
        .where(Dose.treatment_id == treatment.id, Dose.due_on > order.stopped_on, not_taken())
        .values(**expects(Expectation.CANCELLED))
    )
    await close_misses(session, actor, treatment.id)
    await session.flush()  # the flags below read the treatment as ended
    await flags.refresh(session, [treatment.patient_id])
    detail = order.model_dump(mode="json")
    note_change(session, actor, treatment, ChangeKind.STOPPED, detail, **detail)
