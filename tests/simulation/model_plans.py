"""P1 to P6: starting, editing, holding, moving, stopping."""

from datetime import date, datetime, timedelta

from tests.simulation.model_days import due, refused_hour, years_after
from tests.simulation.model_doses import Drugs, Laid, Moved
from tests.simulation.model_events import (
    CorrectStop,
    EndHold,
    Hold,
    MoveDose,
    StartTreatment,
    Stop,
    TakeBackStop,
)
from tests.simulation.model_rules import Expectation
from tests.simulation.model_words import DoseKey, Phase, Plan, Refusal, Slot
from tests.simulation.model_world import (
    HoldOf,
    Span,
    StopLine,
    Treatment,
    World,
    day_before,
    may_correct,
    need,
)

EARLIEST = date(2000, 1, 1)
YEARS = 3
FAR_START = timedelta(days=90)
MOVE_AT_MOST = timedelta(days=60)

Layout = dict[DoseKey, Laid]


def drugs_of(phase: Phase, day: date, slot: Slot) -> Drugs:
    """Return what a phase gives on this day in this slot."""
    lines = (x for x in phase.lines if slot in x.slots and day.weekday() in x.weekdays)
    return tuple((x.drug, x.strength, x.tablets) for x in lines)


def layout(treatment: int, plan: Plan, from_day: date) -> Layout:
    """Every dose the plan wants from a day on."""
    return {
        DoseKey(treatment, day, slot): Laid(plan.hour(slot), drugs)
        for day, phase in plan.days()
        if day >= from_day
        for slot in Slot
        if (drugs := drugs_of(phase, day, slot))
    }


def in_bounds(day: date, today: date) -> bool:
    """P2: not before 2000, at most three years ahead."""
    return EARLIEST <= day <= years_after(today, YEARS)


def twins(phase: Phase) -> bool:
    """Whether two lines of the same drug and strength meet in a slot of a weekday."""
    places = [
        (x.drug.strip().casefold(), x.strength.strip().casefold(), slot, weekday)
        for x in phase.lines
        for slot in x.slots
        for weekday in x.weekdays
    ]
    return len(places) != len(set(places))


def check_plan(plan: Plan, today: date) -> None:
    """Refuse a plan that is wrong in itself."""
    hours = dict(plan.hours)
    sound = all(slot in hours and not refused_hour(hours[slot]) for slot in plan.slots())
    need(sound, Refusal.SLOT_HOUR)
    bounded = in_bounds(plan.first_day, today) and in_bounds(plan.last_day, today)
    need(bounded, Refusal.DATE_OUT_OF_BOUNDS)
    need(plan.last_day <= years_after(plan.first_day, YEARS), Refusal.PLAN_TOO_LONG)
    need(not any(twins(phase) for phase in plan.phases), Refusal.TWIN_LINES)


def same_running(world: World, at: datetime, order: StartTreatment) -> bool:
    """Whether the patient has a running treatment of this condition or with one of its drugs."""
    return any(
        t.order.condition == order.condition
        or bool((plan := t.plan(at)) and plan.drug_names() & order.plan.drug_names())
        for t in world.running(order.patient, at)
    )


def start(world: World, at: datetime, event: StartTreatment) -> int:
    """P1, P2. Returns how many doses are laid."""
    zone = world.patient(event.patient).zone
    need(event.treatment not in world.treatments, Refusal.LABEL_TAKEN)
    treatment = Treatment(event, zone, at)
    today = treatment.today(at)
    check_plan(event.plan, today)
    wanted = {
        key: laid
        for key, laid in layout(event.treatment, event.plan, today).items()
        if event.count_passed or key.day > today or at < due(key.day, laid.hour, zone)
    }
    need(bool(wanted), Refusal.NO_DOSE)
    far = event.plan.first_day > today + FAR_START
    need(event.confirm_far or not far, Refusal.CONFIRM_FAR_START)
    need(event.confirm_same or not same_running(world, at, event), Refusal.CONFIRM_SAME)
    for key, laid in wanted.items():
        treatment.dose(key).course.write(at, laid)
    treatment.plans.write(at, event.plan)
    world.treatments[event.treatment] = treatment
    return len(wanted)


def hold(world: World, at: datetime, event: Hold) -> None:
    """P4: over one treatment, or over all running ones of the patient."""
    need(event.hold not in world.hold_labels, Refusal.LABEL_TAKEN)
    world.patient(event.patient)
    if event.treatment is None:
        over = world.running(event.patient, at)
    else:
        over = [world.treatment(event.treatment)]
    need(bool(over) and all(t.runs(at) for t in over), Refusal.NOT_RUNNING)
    today = over[0].today(at)
    need(event.first >= today, Refusal.DAY_PAST)
    need(event.last >= event.first, Refusal.DAYS_REVERSED)
    need(in_bounds(event.last, today), Refusal.DATE_OUT_OF_BOUNDS)
    over = [t for t in over if not t.after_end(event.first, at)]
    need(bool(over), Refusal.AFTER_LAST_DAY)
    world.hold_labels.add(event.hold)
    for treatment in over:
        made = HoldOf(event.hold)
        made.span.write(at, Span(event.first, event.last))
        treatment.holds.append(made)


def end_hold(world: World, at: datetime, event: EndHold) -> None:
    """P4: from today on; days before stay held. One that waits for a clinician is not ended so."""
    need(event.hold in world.hold_labels, Refusal.UNKNOWN)
    found = [(t, h) for t in world.treatments.values() for h in t.holds if h.label == event.hold]
    need(not any(h.open_ended(at) for _, h in found), Refusal.SEVERE_UNDECIDED)
    left = [(t, h) for t, h in found if not h.over(t.today(at), at)]
    need(bool(left), Refusal.HOLD_OVER)
    left = [(t, h) for t, h in left if t.runs(at)]
    need(bool(left), Refusal.NOT_RUNNING)
    for treatment, held in left:
        held.end(at, day_before(treatment.today(at)))


def move(world: World, at: datetime, event: MoveDose) -> None:
    """P5: a new dose on the day, in the same slot; the old one tells which replaced it."""
    treatment, old = world.dose(event.dose)
    need(treatment.runs(at), Refusal.NOT_RUNNING)
    facts = treatment.facts(old, at)
    laid = old.laid(at)
    movable = facts.expectation is Expectation.EXPECTED and not treatment.told(old, at)
    need(movable and at < old.when.closes and laid is not None, Refusal.NOT_MOVABLE)
    today = treatment.today(at)
    need(event.to >= today, Refusal.DAY_PAST)
    need(event.to <= today + MOVE_AT_MOST, Refusal.DAY_TOO_FAR)
    need(not treatment.after_end(event.to, at), Refusal.AFTER_LAST_DAY)
    key = DoseKey(event.dose.treatment, event.to, event.dose.slot)
    there = treatment.doses.get(key)
    free = there is None or not (there.stands(at) or treatment.said(there, at))
    need(free, Refusal.DAY_HAS_DOSE)
    need(not treatment.held(event.to, at), Refusal.DAY_HELD)
    assert laid is not None
    plan = treatment.plan(at)
    planned = plan is not None and key.slot in plan.slots()
    hour = plan.hour(key.slot) if plan and planned else laid.hour
    treatment.dose(key).course.write(at, Laid(hour, laid.drugs, moved_in=True))
    old.course.write(at, Moved(key))


# -- the end of a treatment ------------------------------------------------------------------------


def check_last_day(treatment: Treatment, at: datetime, last_day: date) -> None:
    """P6: from the start to the last planned day."""
    plan = treatment.plan(at)
    assert plan is not None
    first = min(treatment.order.plan.first_day, plan.first_day)
    need(first <= last_day <= plan.last_day, Refusal.STOP_OUTSIDE_PLAN)


def ends(treatment: Treatment, at: datetime, line: StopLine) -> None:
    """D10: while it has ended nobody waits for a decision; corrected, its stops wait again."""
    treatment.stops.write(at, line)
    over = line.last_day is not None and line.last_day <= treatment.today(at)
    for held in treatment.holds:
        if held.open_ended(at):
            held.lapsed.write(at, over)


def stop(world: World, at: datetime, event: Stop) -> None:
    """P6: doses after the last day are cancelled by it."""
    treatment = world.treatment(event.treatment)
    need(treatment.last_day(at) is None, Refusal.ALREADY_STOPPED)
    check_last_day(treatment, at, event.last_day)
    ends(treatment, at, StopLine(event.last_day, event.by))


def check_correcting(treatment: Treatment, at: datetime, by: int, supervisor: bool) -> None:
    """P6 while the last day is not over; C1 after it."""
    line = treatment.stops.line(at)
    stopped = line is not None and line[1].last_day is not None
    need(stopped, Refusal.NOT_STOPPED)
    if line and not treatment.runs(at):
        may_correct(at, by, supervisor, line[0], line[1].by)


def correct_stop(world: World, at: datetime, event: CorrectStop) -> None:
    """Let another day be the last."""
    treatment = world.treatment(event.treatment)
    check_correcting(treatment, at, event.by, event.supervisor)
    check_last_day(treatment, at, event.last_day)
    ends(treatment, at, StopLine(event.last_day, event.by))


def take_back_stop(world: World, at: datetime, event: TakeBackStop) -> None:
    """As if it had not been stopped."""
    treatment = world.treatment(event.treatment)
    check_correcting(treatment, at, event.by, event.supervisor)
    ends(treatment, at, StopLine(None, event.by))
