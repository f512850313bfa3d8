"""Running treatments that would ask for one drug twice: shown before another of them begins.

One begins beside others when it is started, when its plan gets a drug that another has, when its
end is taken back, and when two records are joined.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.medication.models import Treatment, TreatmentPhase
from app.medication.queries.treatments import with_plan
from app.medication.running import running, runs_on
from app.medication.schemas.treatments import PhasePlan, Plan, TreatmentCreate, spoken


def drugs_from(phases: Iterable[TreatmentPhase | PhasePlan], on: date) -> set[str]:
    """Name the drugs of the phases that are not over by this day, however they were typed."""
    return {spoken(drug.name) for phase in phases if phase.ends_on >= on for drug in phase.drugs}


async def _running(
    session: AsyncSession, patient_id: UUID, but: UUID | None = None
) -> list[Treatment]:
    own = with_plan().where(Treatment.patient_id == patient_id, running(clock.now()))
    found = await session.scalars(own.order_by(Treatment.starts_on, Treatment.id))
    return [treatment for treatment in found if treatment.id != but]


async def same_running(
    session: AsyncSession, patient_id: UUID, order: TreatmentCreate
) -> list[Treatment]:
    """List running treatments of the same condition, or with a drug that the order has, too."""
    drugs = drugs_from(order.plan.phases, date.min)
    return [
        other
        for other in await _running(session, patient_id)
        if other.condition is order.condition or drugs & drugs_from(other.phases, date.min)
    ]


async def with_new_drug(
    session: AsyncSession, treatment: Treatment, from_on: date, plan: Plan
) -> list[Treatment]:
    """List others that have a drug which this plan brings into the treatment from a day on.

    What the treatment has by then already was asked about when it came.
    """
    new = drugs_from(plan.phases, from_on) - drugs_from(treatment.phases, from_on)
    if not new:
        return []
    first = plan.phases[0].starts_on
    return [
        other
        for other in await _running(session, treatment.patient_id, treatment.id)
        if runs_on(other.stopped_on, first) and new & drugs_from(other.phases, first)
    ]


async def beside(session: AsyncSession, treatment: Treatment, first: date) -> list[Treatment]:
    """List others like this one that run while it goes on from this day."""
    drugs = drugs_from(treatment.phases, first)
    if not drugs:
        return []  # its plan is over: nothing more is asked for
    return [
        other
        for other in await _running(session, treatment.patient_id, treatment.id)
        if runs_on(other.stopped_on, first)
        and (other.condition is treatment.condition or drugs & drugs_from(other.phases, first))
    ]


async def any_of_both(session: AsyncSession, from_id: UUID, into_id: UUID) -> bool:
    """Say whether two records have running treatments that are alike."""
    today = (clock.now() - timedelta(days=1)).date()  # no zone is further behind
    ours, theirs = await _running(session, from_id), await _running(session, into_id)
    return any(
        one.condition is other.condition
        or drugs_from(one.phases, today) & drugs_from(other.phases, today)
        for one in ours
        for other in theirs
    )
