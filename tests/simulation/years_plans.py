"""The plans that doctors of the simulation order, and what they change in them."""

from dataclasses import replace
from datetime import date, time
from random import Random

from tests.simulation.model_words import EVERY_DAY, SLOTS, DrugLine, Phase, Plan, Slot

THRICE = (frozenset({0, 2, 4}), frozenset({1, 3, 5}))
WEEKENDS_TOO = (EVERY_DAY, frozenset({0, 1, 2, 3, 4}))
OF_ANY_DRUG = ("fainting", "breathless", "swollen_face")
SEVERE = {
    "tuberculosis": frozenset(
        {"yellow_skin", "blurred_vision", "hearing_loss", "bleeding", *OF_ANY_DRUG}
    ),
    "hypertension": frozenset({"bleeding", *OF_ANY_DRUG}),
    "diabetes": frozenset(OF_ANY_DRUG),
}
CONDITIONS = tuple(SEVERE)
HOURS: dict[Slot, tuple[time, ...]] = {
    Slot.MORNING: (time(7), time(8, 30), time(4), time(9)),
    Slot.NOON: (time(12), time(12, 30), time(13)),
    Slot.EVENING: (time(18), time(19, 15), time(20)),
    Slot.BEDTIME: (time(22), time(23, 30), time(0, 30), time(2, 30)),
}


def draw_hours(rng: Random) -> tuple[tuple[Slot, time], ...]:
    """Return an hour for every slot."""
    return tuple((slot, rng.choice(HOURS[slot])) for slot in SLOTS)


def draw_plan(rng: Random, condition: str, first_day: date) -> Plan:
    """Return a usual plan of a condition."""
    phases = tuberculosis(rng) if condition == "tuberculosis" else (chronic(rng, condition),)
    return Plan(first_day, phases, draw_hours(rng))


def tuberculosis(rng: Random) -> tuple[Phase, ...]:
    """Daily or three times a week, in two phases."""
    days = rng.choice((EVERY_DAY, *THRICE))
    slot = frozenset({Slot.MORNING})
    intensive = tuple(
        DrugLine(drug, strength, tablets, slot, days)
        for drug, strength, tablets in (
            ("isoniazid", "0.1 g", "3"),
            ("rifampicin", "0.15 g", "4"),
            ("pyrazinamide", "0.25 g", "6"),
        )
    )
    return Phase(8, intensive), Phase(rng.choice((16, 18)), intensive[:2])


def chronic(rng: Random, condition: str) -> Phase:
    """One to four slots a day for most of a year."""
    drug = {"hypertension": "amlodipine", "diabetes": "metformin"}[condition]
    slots = frozenset(rng.sample(SLOTS, rng.choice((1, 1, 2, 3, 4))))
    lines = [DrugLine(drug, "5 mg", "1", slots)]
    if rng.random() < 0.3:
        lines.append(DrugLine(f"{drug} plus", "80 mg", "1/2", slots, rng.choice(THRICE)))
    return Phase(rng.choice((20, 40, 60)), tuple(lines))


# -- edits -----------------------------------------------------------------------------------------


def change(rng: Random, plan: Plan) -> Plan:
    """Return the plan with one thing changed."""
    changes = (new_hours, other_slot, other_drug, fewer_slots, one_more_slot, other_weekdays)
    return rng.choice(changes)(rng, plan)


def new_hours(rng: Random, plan: Plan) -> Plan:
    """Other hours in the same slots."""
    return replace(plan, hours=draw_hours(rng))


def over_lines(plan: Plan, slots: dict[Slot, frozenset[Slot]]) -> Plan:
    """Return the plan with every slot of every line replaced by others."""
    return each_line(
        plan,
        [
            replace(x, slots=frozenset(t for s in x.slots for t in slots[s]))
            for p in plan.phases
            for x in p.lines
        ],
    )


def each_line(plan: Plan, lines: list[DrugLine]) -> Plan:
    """Return the plan with these lines in place of its own, in order."""
    left = iter(lines)
    phases = tuple(replace(p, lines=tuple(next(left) for _ in p.lines)) for p in plan.phases)
    return replace(plan, phases=phases)


def other_slot(rng: Random, plan: Plan) -> Plan:
    """One slot becomes another."""
    old = rng.choice(sorted(plan.slots()))
    to = rng.choice(SLOTS)
    return over_lines(plan, {s: frozenset({to if s is old else s}) for s in SLOTS})


def fewer_slots(rng: Random, plan: Plan) -> Plan:
    """One slot is dropped where a line has another."""
    gone = rng.choice(sorted(plan.slots()))
    lines = [replace(x, slots=(x.slots - {gone}) or x.slots) for p in plan.phases for x in p.lines]
    return each_line(plan, lines)


def one_more_slot(rng: Random, plan: Plan) -> Plan:
    """One slot more for everything."""
    more = rng.choice(SLOTS)
    return over_lines(plan, {s: frozenset({s, more}) for s in SLOTS})


def other_drug(rng: Random, plan: Plan) -> Plan:
    """Another strength or number of tablets of the first drug."""
    first = plan.phases[0].lines[0]
    tablets = rng.choice(("1/4", "1/2", "1", "2"))
    new = rng.choice(("5 mg", "10 mg", first.strength))
    lines = [
        replace(x, strength=new, tablets=tablets) if x.drug == first.drug else x
        for p in plan.phases
        for x in p.lines
    ]
    return each_line(plan, lines)


def other_weekdays(rng: Random, plan: Plan) -> Plan:
    """Everything on other weekdays."""
    days = rng.choice((*THRICE, *WEEKENDS_TOO))
    return each_line(plan, [replace(x, weekdays=days) for p in plan.phases for x in p.lines])


def wrong(rng: Random, plan: Plan) -> Plan:
    """Return a plan that is refused."""
    first = plan.phases[0]
    worn = replace(plan, hours=tuple((s, time(3, rng.choice((0, 30, 59)))) for s in SLOTS))
    twin = replace(plan, phases=(replace(first, lines=(*first.lines, first.lines[0])),))
    empty = replace(plan, phases=(Phase(4, ()),))
    ancient = replace(plan, first_day=date(1999, 12, 31))
    endless = replace(plan, phases=(replace(first, weeks=200),))
    return rng.choice((worn, twin, empty, ancient, endless))
