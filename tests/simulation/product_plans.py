"""How doctors of the simulated year start, edit, hold, move and stop in the product."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.problems import NotFound, Problem
from app.medication.models import Dose, DoseHold, Outcome, Slot, Treatment
from app.medication.problems import PlanWithoutDose
from app.medication.queries.treatments import get_plan
from app.medication.schemas import treatments as schemas
from app.medication.schemas.forms import RescheduleForm
from app.medication.schemas.treatments import (
    DrugPlan,
    HoldCreate,
    PhasePlan,
    Plan,
    TreatmentCreate,
    TreatmentStop,
)
from app.medication.service import changes, treatments
from app.patients.models import Condition
from tests.simulation import model_events as e
from tests.simulation import model_words as w
from tests.simulation.product import Product, plays
from tests.simulation.product_people import Person

ONE_DAY = timedelta(days=1)
# What another branch brings.
coming: Any = changes
orders: Any = schemas
OUTCOMES = {"done": Outcome.COMPLETED, "moved": Outcome.TRANSFERRED}


def tablets(written: str) -> Decimal:
    """Read a number of tablets."""
    over, _, under = written.partition("/")
    return Decimal(over) / Decimal(under or 1)


def drug_of(line: w.DrugLine) -> DrugPlan:
    """Return a line as the form sends it; days of the week begin with 1."""
    return DrugPlan(
        name=line.drug,
        strength=line.strength,
        tablets=tablets(line.tablets),
        slots=[Slot(s) for s in sorted(line.slots)],
        weekdays=sorted(n + 1 for n in line.weekdays),
    )


def plan_of(plan: w.Plan, from_day: date = date.min) -> Plan:
    """Return the plan as the form sends it, from a day on: the form shows no days before it."""
    phases, first = [], plan.first_day
    for number, phase in enumerate(plan.phases, start=1):
        last = first + timedelta(weeks=phase.weeks) - ONE_DAY
        if last >= from_day:
            drugs = [drug_of(line) for line in phase.lines]
            phases.append(
                PhasePlan(
                    name=f"阶段{number}", starts_on=max(first, from_day), ends_on=last, drugs=drugs
                )
            )
        first = last + ONE_DAY
    if not phases:
        raise PlanWithoutDose
    used = plan.slots()
    times = {Slot(slot): hour for slot, hour in plan.hours if slot in used}
    return Plan(phases=phases, slot_times=times)


async def plan_row(product: Product, session: AsyncSession, label: int) -> Treatment:
    """Load the treatment as a page does."""
    _, treatment_id = product.known(label)
    return (await get_plan(session, treatment_id))[0]


@plays(e.StartTreatment)
async def start(product: Product, session: AsyncSession, event: e.StartTreatment) -> int | None:
    """Order it."""
    person = product.people[event.patient]
    meant = {
        "passed_too": event.count_passed,
        "far": event.confirm_far,
        "another": event.confirm_same,
    }
    order = TreatmentCreate(
        template_id=None,
        name=f"{event.condition} {event.treatment}",
        condition=Condition(event.condition),
        plan=plan_of(event.plan),
        **{name: value for name, value in meant.items() if name in TreatmentCreate.model_fields},
    )
    horizon = product.settings.dose_horizon_days
    made = await treatments.start_treatment(
        session, person.actor(event.by), person.patient, order, horizon
    )
    product.treatments[event.treatment] = (event.patient, made.id)
    product.orders[event.treatment] = event
    return None


@plays(e.EditPlan)
async def edit(product: Product, session: AsyncSession, event: e.EditPlan) -> int | None:
    """Replace the plan."""
    person = product.person_of(event.treatment)
    row = await plan_row(product, session, event.treatment)
    ahead = await coming.edit_plan(
        session,
        person.actor(event.by),
        row,
        person.zone,
        event.from_day,
        plan_of(event.plan, event.from_day),
        leaving_out=event.confirm_gap,
    )
    return getattr(ahead, "doses", None)


@plays(e.Hold)
async def hold(product: Product, session: AsyncSession, event: e.Hold) -> int | None:
    """Hold one treatment, or all that run."""
    person = product.people[event.patient]
    order = HoldCreate(from_on=event.first, to_on=event.last, reason="住院治疗")
    actor = person.actor(event.by)
    if event.treatment is not None:
        row = await plan_row(product, session, event.treatment)
        made = await changes.hold(session, actor, row, person.zone, order)
        await session.flush()
        product.holds[event.hold] = [made.id]
        return None
    row = await plan_row(product, session, product.first_running)
    before = await holds_of_patient(session, person)
    await coming.hold_all(session, actor, row, person.zone, order)
    await session.flush()
    product.holds[event.hold] = sorted(await holds_of_patient(session, person) - before)
    return None


async def holds_of_patient(session: AsyncSession, person: Person) -> set[UUID]:
    """Return the rows of all holds of a patient."""
    found = await session.scalars(
        select(DoseHold.id)
        .join(Treatment, Treatment.id == DoseHold.treatment_id)
        .where(Treatment.patient_id == person.patient.id)
    )
    return set(found)


@plays(e.EndHold)
async def end_hold(product: Product, session: AsyncSession, event: e.EndHold) -> int | None:
    """End what is left of it in every treatment, as one press each."""
    if event.hold not in product.holds:
        raise NotFound
    refused: Problem = NotFound()
    ended = 0
    for hold_id in product.holds[event.hold]:
        try:
            async with session.begin_nested():
                await _end(product, session, hold_id, event.by)
        except Problem as problem:
            refused = problem
        else:
            ended += 1
    if not ended:
        raise refused
    return None


async def _end(product: Product, session: AsyncSession, hold_id: UUID, by: int) -> None:
    held = await session.get(DoseHold, hold_id)
    if held is None:
        raise NotFound
    label = label_of(product, held.treatment_id)
    person = product.person_of(label)
    row = await plan_row(product, session, label)
    await changes.end_hold(session, person.actor(by), row, person.zone, held)


def label_of(product: Product, treatment_id: UUID) -> int:
    """Return the label of a treatment's row."""
    return next(n for n, (_, row) in product.treatments.items() if row == treatment_id)


@plays(e.MoveDose)
async def move(product: Product, session: AsyncSession, event: e.MoveDose) -> int | None:
    """Move it, as the page of the dose does."""
    person = product.person_of(event.dose.treatment)
    to_on = RescheduleForm(to_on=event.to).to_on
    row = await plan_row(product, session, event.dose.treatment)
    dose_id = await product.dose_id(session, event.dose)
    dose = (await session.scalars(select(Dose).where(Dose.id == dose_id))).one()
    await changes.reschedule(session, person.actor(event.by), row, person.zone, dose, to_on)
    return None


@plays(e.Stop)
async def stop(product: Product, session: AsyncSession, event: e.Stop) -> int | None:
    """End it with an outcome."""
    person = product.person_of(event.treatment)
    row = await plan_row(product, session, event.treatment)
    order = TreatmentStop(stopped_on=event.last_day, outcome=OUTCOMES[event.outcome])
    await changes.stop(session, person.actor(event.by), row, person.zone, order)
    return None


@plays(e.CorrectStop)
async def correct_stop(product: Product, session: AsyncSession, event: e.CorrectStop) -> int | None:
    """Let another day be the last."""
    outcome = Outcome.STOPPED_BY_DOCTOR
    await _correct(product, session, event, event.last_day, outcome)
    return None


@plays(e.TakeBackStop)
async def take_back_stop(
    product: Product, session: AsyncSession, event: e.TakeBackStop
) -> int | None:
    """As if it had not been stopped."""
    await _correct(product, session, event, None, None)
    return None


async def _correct(
    product: Product,
    session: AsyncSession,
    event: e.CorrectStop | e.TakeBackStop,
    last_day: date | None,
    outcome: Outcome | None,
) -> None:
    person = product.person_of(event.treatment)
    row = await plan_row(product, session, event.treatment)
    order = orders.StopCorrection(stopped_on=last_day, outcome=outcome, reason="登记错了")
    await coming.correct_stop(
        session,
        person.actor(event.by),
        row,
        person.zone,
        order,
        product.settings.dose_horizon_days,
    )
