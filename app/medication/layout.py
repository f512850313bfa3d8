"""Lay a plan out into doses: pure, so that the calendar can be tested without a database."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from app.core.ids import uuid7
from app.medication.models import DoseHold, Expectation, PhaseDrug, Slot, TreatmentPhase
from app.medication.problems import WeightOutOfBands, WeightRequired
from app.medication.rules import USUAL_TIMES, hours_of
from app.medication.schemas.treatments import (
    DraftPhase,
    DrugPlan,
    PhasePlan,
    Plan,
    TemplateDefinition,
    TemplateDrug,
    TemplatePhase,
)

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Whose doses, and what shapes their days."""

    treatment_id: UUID
    patient_id: UUID
    zone: str
    slot_times: dict[str, Any]
    phases: Sequence[TreatmentPhase]
    holds: Sequence[DoseHold]


def days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def dose_rows(calendar: Calendar, first: date, last: date) -> Iterator[dict[str, Any]]:
    """Rows to insert for first..last (inclusive): one per day and slot with any drug."""
    for phase in calendar.phases:
        for day in days(max(first, phase.starts_on), min(last, phase.ends_on)):
            for slot in Slot:
                drugs = [_snapshot(d) for d in phase.drugs if _due(d, day, slot)]
                if drugs:
                    yield _row(calendar, day, slot, drugs)


class Outlook(NamedTuple):
    """How many doses a plan means from a day on, and when the first of them is due."""

    doses: int
    first_at: datetime | None


def outlook(
    plan: Plan, first: date, zone: str, passed: datetime | None, standing: Collection[Slot] = ()
) -> Outlook:
    """Count as doses are laid out: those of the first day that are due by `passed` are not.

    `standing` are slots of that day that have a dose already: it stays, however late it is.
    """
    times = {slot.value: at.isoformat() for slot, at in plan.slot_times.items()}

    def due_at(on: date, slot: Slot) -> datetime:
        return hours_of(on, slot_time(times, slot), zone).due_at

    coming = [
        (on, slot)
        for on, slot in _due_slots(plan.phases, first)
        if on > first or slot in standing or passed is None or due_at(on, slot) > passed
    ]
    first_at = min((due_at(*one) for one in coming if one[0] == coming[0][0]), default=None)
    return Outlook(len(coming), first_at)


def count_doses(
    phases: Sequence[PhasePlan | TreatmentPhase], first: date, last: date = date.max
) -> int:
    """Tell how many doses a plan means on these days, both inclusive."""
    return sum(1 for _ in _due_slots(phases, first, last))


def _due_slots(
    phases: Sequence[PhasePlan | TreatmentPhase], first: date, last: date = date.max
) -> Iterator[tuple[date, Slot]]:
    for phase in phases:
        for day in days(max(first, phase.starts_on), min(last, phase.ends_on)):
            for slot in Slot:
                if any(_due(drug, day, slot) for drug in phase.drugs):
                    yield day, slot


def _due(drug: PhaseDrug | DrugPlan, day: date, slot: Slot) -> bool:
    return slot in drug.slots and day.isoweekday() in drug.weekdays


def _snapshot(drug: PhaseDrug) -> dict[str, Any]:
    tablets = format(drug.tablets.normalize(), "f")
    return {"name": drug.name, "strength": drug.strength, "tablets": tablets}


def slot_time(slot_times: dict[str, Any], slot: Slot) -> time:
    own_time = slot_times.get(slot)
    return time.fromisoformat(own_time) if own_time else USUAL_TIMES[slot]


def is_held(holds: Sequence[DoseHold], day: date) -> bool:
    """Say whether any of these covers the day; they may overlap."""
    return any(hold.covers(day) for hold in holds)


def stopped_since(holds: Sequence[DoseHold], day: date) -> datetime | None:
    """Tell since when a severe symptom stops this day, until a clinician decides."""
    stops = (hold.created_at for hold in holds if hold.held_by is None and hold.covers(day))
    return min(stops, default=None)


def _row(calendar: Calendar, day: date, slot: Slot, drugs: list[dict[str, Any]]) -> dict[str, Any]:
    hours = hours_of(day, slot_time(calendar.slot_times, slot), calendar.zone)
    return {
        "id": uuid7(),
        "treatment_id": calendar.treatment_id,
        "patient_id": calendar.patient_id,
        "due_on": day,
        "slot": slot,
        "drugs": drugs,
        "expectation": Expectation.HELD if is_held(calendar.holds, day) else Expectation.EXPECTED,
        "severe_at": stopped_since(calendar.holds, day),
        "opens_at": hours.opens_at,
        "due_at": hours.due_at,
        "closes_at": hours.closes_at,
    }


def plan_from_template(
    definition: TemplateDefinition, starts_on: date, weight_kg: Decimal | None
) -> list[PhasePlan]:
    """Turn a template into dated phases for one person; the doctor may still change them."""
    plans: list[PhasePlan] = []
    for phase in definition.phases:
        ends_on = _last_day(phase, starts_on)
        drugs = [_dosed(drug, weight_kg) for drug in phase.drugs]
        plans.append(DraftPhase(name=phase.name, starts_on=starts_on, ends_on=ends_on, drugs=drugs))
        starts_on = ends_on + ONE_DAY
    return plans


def _last_day(phase: TemplatePhase, starts_on: date) -> date:
    if phase.weeks is not None:
        return starts_on + timedelta(weeks=phase.weeks) - ONE_DAY
    weekdays = {w for drug in phase.drugs for w in drug.weekdays}
    return _day_of_dose(starts_on, phase.doses or 1, weekdays)


def _day_of_dose(starts_on: date, count: int, weekdays: set[int]) -> date:
    """Find the day of the count-th dose day; 30 make a month (2HRZE/4HR: 60 and 120 doses)."""
    day = starts_on
    while True:
        count -= day.isoweekday() in weekdays
        if count == 0:
            return day
        day += ONE_DAY


def _dosed(drug: TemplateDrug, weight_kg: Decimal | None) -> DrugPlan:
    tablets = drug.tablets if drug.tablets is not None else _by_weight(drug, weight_kg)
    return DrugPlan(
        name=drug.name,
        strength=drug.strength,
        tablets=tablets,
        slots=drug.slots,
        weekdays=drug.weekdays,
    )


def _by_weight(drug: TemplateDrug, weight_kg: Decimal | None) -> Decimal:
    if weight_kg is None:
        raise WeightRequired
    for band in drug.weight_bands:
        if band.from_kg <= weight_kg and (band.below_kg is None or weight_kg < band.below_kg):
            return band.tablets
    raise WeightOutOfBands(drug=drug.name)
