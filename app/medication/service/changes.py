"""Edit a plan, move a dose; every change touches only the future."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core import clock
from app.core.db import lock_again
from app.medication import layout, rules
from app.medication.models import (
    ChangeKind,
    Dose,
    Evidence,
    Expectation,
    Progress,
    Treatment,
)
from app.medication.problems import (
    CannotReschedule,
    DayOnHold,
    DosesLeftOut,
    DrugInAnother,
    MovedTooFar,
    PlanInPast,
    PlanWithoutDose,
)
from app.medication.queries.treatments import holds_of
from app.medication.running import today_in
from app.medication.schemas.treatments import Plan
from app.medication.service.alike import with_new_drug
from app.medication.service.holds import end_hold, end_hold_everywhere, hold, hold_all, holds_on
from app.medication.service.layouts import (
    ONE_DOSE,
    lay_anew,
    lay_out,
    not_taken,
    planned_rows,
    slots_standing,
)
from app.medication.service.locks import lock_question
from app.medication.service.stops import correct_stop, stop
from app.medication.service.treatments import (
    lock_in_care,
    not_after_end,
    not_before_today,
    note_change,
    phase_of,
    times_of,
)

# Every change of a running treatment.
__all__ = [
    "can_move",
    "correct_stop",
    "doses_left_out",
    "edit_plan",
    "end_hold",
    "end_hold_everywhere",
    "hold",
    "hold_all",
    "reschedule",
    "stop",
]
MOVED_AT_MOST = timedelta(days=60)


async def edit_plan(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    from_on: date,
    plan: Plan,
    *,
    leaving_out: bool = False,
    passed_too: bool = False,
    alone: bool = False,
    version: int | None = None,
) -> layout.Outlook:
    """Replace the plan from `from_on` (today or later); earlier days keep what they were.

    `leaving_out`: the doctor was told of the doses between `from_on` and the new plan's first day,
    and means that they are not to be taken. `passed_too`: new slots of today whose hour has
    passed are to be taken all the same. `alone`: a drug that is new in it may be in no other
    treatment that runs. Returns what is planned from that day on.
    """
    not_before_today(from_on, zone)
    first = plan.phases[0].starts_on
    if first < from_on:
        raise PlanInPast
    passed = None if passed_too else clock.now()
    await lock_in_care(session, treatment, zone, version)
    not_after_end(from_on, treatment)
    standing = await slots_standing(session, treatment.id, from_on)
    ahead = layout.outlook(plan, from_on, zone, passed, standing)
    if not ahead.doses:
        raise PlanWithoutDose
    if not leaving_out and await doses_left_out(session, treatment, zone, from_on, first):
        raise DosesLeftOut
    await lock_question(session, treatment.patient_id)
    if alone and await with_new_drug(session, treatment, from_on, plan):
        raise DrugInAnother
    await _put_in_place(session, treatment, from_on, plan)
    detail = plan.model_dump(mode="json")
    note_change(session, actor, treatment, ChangeKind.EDITED, detail, from_on=from_on)
    await lay_anew(session, treatment, zone, from_on, passed)
    return ahead


async def _put_in_place(
    session: AsyncSession, treatment: Treatment, from_on: date, plan: Plan
) -> None:
    _cut_phases(treatment, from_on)
    await session.flush()  # a new phase may begin on the day of one that goes
    treatment.phases.extend(phase_of(p) for p in plan.phases)
    treatment.slot_times = times_of(plan)


async def doses_left_out(
    session: AsyncSession, treatment: Treatment, zone: str, from_on: date, first: date
) -> int:
    """Count expected doses that a plan in force from `from_on` loses if it begins on `first`.

    Those of days that are not laid out yet are counted by the plan as it is.
    """
    laid = await session.scalar(
        select(func.count()).where(
            Dose.treatment_id == treatment.id,
            Dose.due_on >= from_on,
            Dose.due_on < first,
            Dose.expectation == Expectation.EXPECTED,
            not_taken(),
        )
    )
    begin, last = max(from_on, treatment.laid_until + layout.ONE_DAY), first - layout.ONE_DAY
    if last < begin:
        return laid or 0
    holds = await holds_of(session, treatment.id)
    planned = planned_rows(treatment, zone, holds, begin, last)
    return (laid or 0) + sum(row["expectation"] is Expectation.EXPECTED for row in planned)


def _cut_phases(treatment: Treatment, from_on: date) -> None:
    for phase in list(treatment.phases):
        if phase.starts_on >= from_on:
            treatment.phases.remove(phase)
        elif phase.ends_on >= from_on:
            phase.ends_on = from_on - timedelta(days=1)


async def reschedule(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    dose: Dose,
    to_on: date,
    *,
    version: int | None = None,
) -> Dose:
    """Move one dose to another day; the old row stays and points at the new one.

    It keeps its hour where the plan of now has none for its slot.
    """
    not_before_today(to_on, zone)
    if to_on > today_in(zone) + MOVED_AT_MOST:
        raise MovedTooFar
    await lock_in_care(session, treatment, zone, version)
    not_after_end(to_on, treatment)
    await lock_again(session, dose)
    if not can_move(dose):
        raise CannotReschedule
    if await holds_on(session, treatment.id, to_on):
        raise DayOnHold
    await lay_out(session, treatment, zone, to_on)  # the plan's own dose of that day comes first
    moved = await _insert_moved(session, treatment, zone, dose, to_on)
    dose.expectation, dose.expectation_at = Expectation.RESCHEDULED, clock.now()
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
        and clock.now() < dose.closes_at
    )


async def _insert_moved(
    session: AsyncSession, treatment: Treatment, zone: str, dose: Dose, to_on: date
) -> Dose:
    hours = rules.hours_of(to_on, _hour_of_moved(treatment, zone, dose), zone)
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
    laid = insert(Dose).values(**values)
    moved: Dose | None = await session.scalar(
        laid.on_conflict_do_update(
            constraint=ONE_DOSE,
            set_={name: laid.excluded[name] for name in MOVED_ALONG} | STANDS_AGAIN,
            where=_let_go(),
        ).returning(Dose),
        execution_options={"populate_existing": True},
    )
    if moved is None:
        raise CannotReschedule
    return moved


def _hour_of_moved(treatment: Treatment, zone: str, dose: Dose) -> time:
    """Read the hour of its slot in the plan of now; one that has it no more leaves it its own."""
    if dose.slot in treatment.slot_times:
        return layout.slot_time(treatment.slot_times, dose.slot)
    return dose.due_at.astimezone(ZoneInfo(zone)).time()


MOVED_ALONG = ("drugs", "opens_at", "due_at", "closes_at")
STANDS_AGAIN = {
    "expectation": Expectation.EXPECTED,
    "expectation_at": None,
    "cancelled_by_stop": False,
    "moved_to_id": None,
}


def _let_go() -> ColumnElement[bool]:
    """Of the dose that the slot of that day once had: it is free where nothing was said of it."""
    return and_(
        Dose.expectation.in_([Expectation.CANCELLED, Expectation.RESCHEDULED]),
        Dose.evidence == Evidence.NONE,
        Dose.progress == Progress.NONE,
        Dose.recording_id.is_(None),
        Dose.self_reported_taken.is_(None),
        Dose.side_effects_at.is_(None),
    )
