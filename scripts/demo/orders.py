"""What doctors changed in running treatments: held, moved, edited, stopped."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from app.medication.models import Dose, Outcome, Treatment
from app.medication.schemas.treatments import (
    DrugPlan,
    HoldCreate,
    PhasePlan,
    Plan,
    TreatmentStop,
)
from app.medication.service import changes
from scripts.demo.enrolment import Enrolled, Registry
from scripts.demo.moments import CLINIC, days_ago, living
from scripts.demo.people import Part

HELD_FROM, HELD_TO = 20, 16
MOVED, EDITED, STOPPED = 12, 21, 8


async def give_orders(registry: Registry, enrolled: Enrolled) -> None:
    for part, order in ORDERS.items():
        if enrolled.plays(part):
            await order(registry, enrolled, enrolled.treatments[0])


def _day(registry: Registry, days: int) -> date:
    return registry.today.astimezone(CLINIC).date() - timedelta(days=days)


def _at(registry: Registry, days: int) -> datetime:
    return days_ago(registry.today, days, time(10, 20))


async def _hold(registry: Registry, enrolled: Enrolled, treatment: Treatment) -> None:
    order = HoldCreate(
        from_on=_day(registry, HELD_FROM),
        to_on=_day(registry, HELD_TO),
        reason="转氨酶升高，停药观察，复查后再用。",
    )
    doctor = registry.district.doctor_of(enrolled.villager.team)
    async with living(registry.session, _at(registry, HELD_FROM + 1)):
        await changes.hold(registry.session, doctor.actor, treatment, enrolled.patient.zone, order)


async def _move(registry: Registry, enrolled: Enrolled, treatment: Treatment) -> None:
    """To the end of the course: on a daily plan no day before it is free."""
    doctor = registry.district.doctor_of(enrolled.villager.team)
    dose = await dose_on(registry, treatment, _day(registry, MOVED))
    async with living(registry.session, _at(registry, MOVED)):
        await changes.reschedule(
            registry.session,
            doctor.actor,
            treatment,
            enrolled.patient.zone,
            dose,
            treatment.phases[-1].ends_on + timedelta(days=1),
        )


async def dose_on(registry: Registry, treatment: Treatment, day: date) -> Dose:
    found = await registry.session.scalars(
        select(Dose).where(Dose.treatment_id == treatment.id, Dose.due_on == day)
    )
    return found.one()


async def _edit(registry: Registry, enrolled: Enrolled, treatment: Treatment) -> None:
    """She has lost weight: one tablet less from the day of the visit on."""
    doctor = registry.district.doctor_of(enrolled.villager.team)
    from_on = _day(registry, EDITED)
    plan = Plan(phases=_lighter(treatment, from_on), slot_times=treatment.slot_times)
    async with living(registry.session, _at(registry, EDITED)):
        await changes.edit_plan(
            registry.session, doctor.actor, treatment, enrolled.patient.zone, from_on, plan
        )


def _lighter(treatment: Treatment, from_on: date) -> list[PhasePlan]:
    return [
        PhasePlan(
            name=phase.name,
            starts_on=max(phase.starts_on, from_on),
            ends_on=phase.ends_on,
            drugs=[
                DrugPlan(
                    name=drug.name,
                    strength=drug.strength,
                    tablets=drug.tablets - 1,
                    slots=[*drug.slots],
                    weekdays=drug.weekdays,
                )
                for drug in phase.drugs
            ],
        )
        for phase in treatment.phases
        if phase.ends_on >= from_on
    ]


async def _stop(registry: Registry, enrolled: Enrolled, treatment: Treatment) -> None:
    cured = enrolled.plays(Part.CURED)
    last = treatment.phases[-1].ends_on if cured else _day(registry, STOPPED)
    order = TreatmentStop(stopped_on=last, outcome=Outcome.CURED if cured else Outcome.TRANSFERRED)
    doctor = registry.district.doctor_of(enrolled.villager.team)
    noon = datetime.combine(last, time(12), CLINIC)
    async with living(registry.session, noon):
        await changes.stop(registry.session, doctor.actor, treatment, enrolled.patient.zone, order)


ORDERS: dict[Part, Callable[[Registry, Enrolled, Treatment], Awaitable[None]]] = {
    Part.HELD: _hold,
    Part.MOVED: _move,
    Part.EDITED: _edit,
    Part.STOPPED: _stop,
    Part.CURED: _stop,
}
