"""What doctors changed in running treatments: held, moved, edited, stopped, spoken about."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from app.medication.models import Dose, Outcome, Treatment
from app.medication.schemas.doses import SideEffectCreate
from app.medication.schemas.treatments import (
    DrugPlan,
    HoldCreate,
    PhasePlan,
    Plan,
    TreatmentStop,
)
from app.medication.service import changes, doses
from app.medication.symptoms import SymptomCode
from app.patients.loaders import OwnRecord
from app.patients.models import Relation
from scripts.demo.enrolment import Enrolled, Registry
from scripts.demo.moments import CLINIC, days_ago, living
from scripts.demo.people import Part

HELD_FROM, HELD_TO = 20, 16
MOVED, EDITED, STOPPED = 12, 21, 8
SEVERE_BEFORE = 25


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
    dose = await _dose_on(registry, treatment, _day(registry, MOVED))
    async with living(registry.session, _at(registry, MOVED)):
        await changes.reschedule(
            registry.session,
            doctor.actor,
            treatment,
            enrolled.patient.zone,
            dose,
            treatment.phases[-1].ends_on + timedelta(days=1),
        )


async def _dose_on(registry: Registry, treatment: Treatment, day: date) -> Dose:
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


async def _fall_ill(registry: Registry, enrolled: Enrolled, treatment: Treatment) -> None:
    """Report something severe some weeks ago, since spoken about, and again just now."""
    await _feel(registry, enrolled, await _dose_on(registry, treatment, _day(registry, 25)), 0.3)
    newest = await newest_dose(registry, treatment)
    await _feel(registry, enrolled, newest, 0.5)


async def newest_dose(registry: Registry, treatment: Treatment) -> Dose:
    """Find the latest dose whose window has opened some minutes ago."""
    found = await registry.session.scalars(
        select(Dose)
        .where(
            Dose.treatment_id == treatment.id,
            Dose.opens_at < registry.today - timedelta(minutes=10),
        )
        .order_by(Dose.opens_at.desc())
        .limit(1)
    )
    return found.one()


async def _feel(registry: Registry, enrolled: Enrolled, dose: Dose, share: float) -> None:
    end = min(registry.today, dose.closes_at - timedelta(hours=12))
    begin = min(dose.opens_at, end)
    at = begin + (end - begin) * share
    answer = SideEffectCreate(
        symptoms=[SymptomCode.YELLOW_SKIN, SymptomCode.POOR_APPETITE],
        note="眼白有点黄，不想吃东西",
        reported_at=at,
    )
    async with living(registry.session, at):
        await doses.report_side_effects(registry.session, _record(enrolled), dose, answer)


def _record(enrolled: Enrolled) -> OwnRecord:
    """As the patient's own phone reaches it."""
    account_id = enrolled.patient.wechat_account_id
    if account_id is None:
        raise ValueError(f"patient {enrolled.id} has no phone")
    return OwnRecord(enrolled.patient, account_id, Relation.SELF, frozenset(), frozenset())


ORDERS: dict[Part, Callable[[Registry, Enrolled, Treatment], Awaitable[None]]] = {
    Part.HELD: _hold,
    Part.MOVED: _move,
    Part.EDITED: _edit,
    Part.STOPPED: _stop,
    Part.CURED: _stop,
    Part.SEVERE: _fall_ill,
}
