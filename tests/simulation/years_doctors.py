"""What the doctors of the simulation do to the treatments of a patient."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from tests.simulation.model_days import DAY
from tests.simulation.model_events import (
    CloseAlert,
    CorrectStaffSaw,
    CorrectStop,
    EditPlan,
    EndHold,
    Hold,
    MoveDose,
    StaffSaw,
    StartTreatment,
    Stop,
    TakeBackStop,
)
from tests.simulation.model_rules import State
from tests.simulation.model_words import DoseKey, Plan, Seen
from tests.simulation.years_life import DOCTOR, OTHER_DOCTOR, SUPERVISOR, Life
from tests.simulation.years_patients import film
from tests.simulation.years_plans import CONDITIONS, SEVERE, change, draw_plan, wrong

MOST_TREATMENTS = 6


def begin(life: Life) -> None:
    """Start one to three treatments in the first weeks."""
    for condition in life.rng.sample(CONDITIONS, life.rng.choice((1, 1, 2, 3))):
        day = life.first + timedelta(days=life.rng.choice((0, 0, 1, 20)))
        at = life.moment(day)
        life.later(at, partial(start, life, condition))


def start(life: Life, condition: str, now: datetime) -> None:
    """Order a treatment from about today on; confirm what is asked, or leave it."""
    today = life.model.day(life.patient, now)
    first = today + timedelta(days=life.rng.choice((-3, 0, 0, 0, 1, 2, 100)))
    plan = draw_plan(life.rng, condition, first)
    order = StartTreatment(
        patient=life.patient,
        treatment=life.label(),
        condition=condition,
        severe_list=SEVERE[condition],
        plan=plan,
        by=DOCTOR,
        filmed=condition == "tuberculosis",
        count_passed=life.chance(0.2),
    )
    if life.chance(0.1):
        life.now(now, replace(order, plan=wrong(life.rng, plan)))
    asked = life.now(now, order).refused
    if asked and life.chance(0.5):
        life.now(now, replace(order, confirm_same=True, confirm_far=True))


def round_of(life: Life, day: date) -> None:
    """Visit the patient once a day: now and then something is changed."""
    chances = (
        (0.02, hold),
        (0.006, hold_all),
        (0.08, move),
        (0.03, edit),
        (0.004, stop),
        (0.04, staff_saw),
        (0.15, close_alert),
        (0.006, start_again),
    )
    for chance, act in chances:
        if life.chance(min(0.6, chance * life.busy)):
            life.later(life.moment(day), partial(act, life))


def some_treatment(life: Life) -> int | None:
    """Any treatment of the patient, ended ones too."""
    known = life.model.treatments(life.patient)
    return life.rng.choice(known) if known else None


def plan_of(life: Life, treatment: int, now: datetime) -> Plan:
    """Return the newest plan."""
    plan = life.model.world.treatment(treatment).plan(now)
    assert plan is not None
    return plan


def start_again(life: Life, now: datetime) -> None:
    """Order another treatment, at times of a condition that has a running one."""
    if len(life.model.treatments(life.patient)) < MOST_TREATMENTS:
        start(life, life.rng.choice(CONDITIONS), now)


def hold(life: Life, now: datetime) -> None:
    """Hold one treatment."""
    treatment = some_treatment(life)
    if treatment is not None:
        make_hold(life, treatment, now)


def hold_all(life: Life, now: datetime) -> None:
    """Hold everything."""
    make_hold(life, None, now)


def make_hold(life: Life, treatment: int | None, now: datetime) -> None:
    """Hold some days, often overlapping another hold; often end it early."""
    today = life.model.day(life.patient, now)
    first = today + timedelta(days=life.rng.choice((-1, 0, 0, 0, 1, 3)))
    last = first + timedelta(days=life.rng.choice((-1, 0, 1, 3, 7, 14)))
    label = life.label()
    made = life.now(now, Hold(label, life.patient, treatment, first, last, DOCTOR))
    if life.chance(0.3):
        again = Hold(life.label(), life.patient, treatment, first, last + timedelta(2), DOCTOR)
        life.happens(now + life.hours(0, 30), again)
    if not made.refused and life.chance(0.5):
        life.happens(now + life.hours(0.1, 120), EndHold(label, OTHER_DOCTOR))


def move(life: Life, now: datetime) -> None:
    """Move a dose of these days; at times move it on, or move one that something came of."""
    today = life.model.day(life.patient, now)
    shown = life.model.doses(life.patient, now, today, today + 2 * DAY)
    open_ones = [v for v in shown if v.state in {State.UPCOMING, State.OPEN}]
    near = open_ones if open_ones and life.chance(0.8) else shown
    if not near:
        return
    dose = life.rng.choice(near).key
    days = [today + n * DAY for n in range(8)]
    free = [d for d in days if not life.model.dose(replace(dose, day=d), now)]
    to = today + DAY * life.rng.choice((-1, 0, 1, 2, 7, 60, 61))
    if free and life.chance(0.7):
        to = life.rng.choice(free)
    to = min(to, plan_of(life, dose.treatment, now).last_day)
    moved = not life.now(now, MoveDose(dose, to, DOCTOR)).refused
    if moved:
        took_it(life, [dose] if dose.day == today else [], now)
    if moved and life.chance(0.2):
        successor = DoseKey(dose.treatment, to, dose.slot)
        onward = MoveDose(successor, to + timedelta(days=1), OTHER_DOCTOR)
        life.happens(now + life.hours(0.1, 20), onward)


def took_it(life: Life, keys: list[DoseKey], now: datetime) -> None:
    """Film doses of today without a signal, minutes before their plan changes or after it."""
    for key in keys:
        if life.chance(0.5):
            captured = now + timedelta(minutes=life.rng.choice((-9, -5, 0, 30)))
            film(life, key, True, captured)


def edit(life: Life, now: datetime) -> None:
    """Change a plan from today, tomorrow or later on."""
    treatment = some_treatment(life)
    if treatment is None:
        return
    today = life.model.day(life.patient, now)
    plan = plan_of(life, treatment, now)
    new = wrong(life.rng, plan) if life.chance(0.05) else change(life.rng, plan)
    from_day = today + timedelta(days=life.rng.choice((-1, 0, 0, 0, 1, 1, 5)))
    if life.chance(0.1):
        new = replace(new, first_day=from_day + timedelta(days=life.rng.choice((1, 4))))
    offered = life.model.today(life.patient, now)
    took_it(life, [key for key in offered if key.treatment == treatment], now)
    event = EditPlan(treatment, from_day, new, DOCTOR)
    if life.now(now, event).refused and life.chance(0.5):
        life.now(now, replace(event, confirm_gap=True))


def stop(life: Life, now: datetime) -> None:
    """Stop on a past or a coming day; correct it or take it back, as oneself or a supervisor."""
    treatment = some_treatment(life)
    if treatment is None:
        return
    today = life.model.day(life.patient, now)
    last = today + timedelta(days=life.rng.choice((-5, -1, 0, 0, 2, 10)))
    life.now(now, Stop(treatment, last, life.rng.choice(("done", "moved")), DOCTOR))
    for _ in range(2):
        by = life.rng.choice((DOCTOR, OTHER_DOCTOR, SUPERVISOR))
        at, supervisor = now + life.hours(0.1, 100), by == SUPERVISOR
        if life.chance(0.5):
            other = last + timedelta(days=life.rng.choice((-2, 1, 5)))
            life.happens(at, CorrectStop(treatment, other, by, supervisor))
        elif life.chance(0.4):
            life.happens(at, TakeBackStop(treatment, by, supervisor))


def staff_saw(life: Life, now: datetime) -> None:
    """Enter that a dose of these days was seen; at times it was the wrong one."""
    today = life.model.day(life.patient, now)
    unseen = [
        view.key
        for view in life.model.doses(life.patient, now, today - 3 * DAY, today + DAY)
        if view.facts.seen is None
        if view.state is not State.UPCOMING or life.chance(0.1)
    ]
    if not unseen:
        return
    label = life.label()
    how = life.rng.choice((Seen.LIVE, Seen.IN_PERSON))
    made = life.now(now, StaffSaw(label, life.rng.choice(unseen), how, DOCTOR))
    if not made.refused and life.chance(0.5):
        by = life.rng.choice((DOCTOR, DOCTOR, OTHER_DOCTOR, SUPERVISOR))
        event = CorrectStaffSaw(label, by, supervisor=by == SUPERVISOR)
        for hours in (30, 60) if life.chance(0.1) else (30,):  # pressed twice
            life.happens(now + life.hours(0.1, hours), event)


def close_alert(life: Life, now: datetime) -> None:
    """Handle an alert that is open; one of a clinical stop is not cleared so."""
    opened = [alert for alert in life.model.alerts(life.patient, now) if alert.open]
    if opened:
        alert = life.rng.choice(opened)
        life.now(now, CloseAlert(alert.treatment, alert.kind, DOCTOR))
