"""A patient under a plan, and the doses that are laid out for it."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.medication.models import (
    Dose,
    DoseHold,
    Evidence,
    Expectation,
    Outcome,
    Progress,
    Slot,
    Treatment,
    Verdict,
)
from app.medication.queries.treatments import treatments_to_lay, with_plan
from app.medication.schemas.treatments import (
    HoldCreate,
    Plan,
    TreatmentCreate,
    TreatmentStop,
)
from app.medication.service import changes, layouts, treatments
from app.patients.models import Condition
from tests.accounts.factories import actor_of
from tests.medication import factories as make

TODAY = date(2026, 9, 10)
ZONE = "Asia/Shanghai"
HORIZON = 35
X = Expectation


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def instant(offset: int, at: str) -> datetime:
    """Make the instant of a wall-clock time on that day, as the patients here have it."""
    return datetime.combine(day(offset), time.fromisoformat(at), ZoneInfo(ZONE))


def plan(
    *, first: int = 0, days: int = 60, tablets: str = "3", slots: Sequence[Slot] = (Slot.MORNING,)
) -> Plan:
    drug = {"name": "四联片", "tablets": tablets, "slots": [*slots]}
    phase = {
        "name": "强化期",
        "starts_on": day(first),
        "ends_on": day(first + days - 1),
        "drugs": [drug],
    }
    return Plan.model_validate({"phases": [phase], "slot_times": {"morning": "07:30"}})


async def lay_ahead(session: AsyncSession) -> int:
    """Lay out what runs short, as the job does; return how many treatments."""
    until = layouts.last_day(HORIZON)
    found = await treatments_to_lay(session, until, None, 100)
    return await layouts.lay_out_ahead(session, [row.treatment_id for row in found], until)


async def _doctor(session: AsyncSession) -> StaffActor:
    return actor_of((await make.make_staff(session)).id)


async def start(
    session: AsyncSession, order: Plan | None = None, horizon: int = HORIZON
) -> tuple[StaffActor, Treatment]:
    patient = await make.make_patient(session)
    actor = await _doctor(session)
    started = TreatmentCreate(
        template_id=None,
        name="肺结核初治",
        condition=Condition.TUBERCULOSIS,
        plan=order or plan(),
        passed_too=True,  # the tests begin at noon and speak of the first morning
    )
    made = await treatments.start_treatment(session, actor, patient, started, horizon)
    await session.flush()
    return actor, await reload(session, made)


async def reload(session: AsyncSession, treatment: Treatment) -> Treatment:
    await session.flush()
    again = with_plan().where(Treatment.id == treatment.id)
    found = await session.scalars(again.execution_options(populate_existing=True))
    return found.one()


async def doses_of(session: AsyncSession, treatment: Treatment) -> list[Dose]:
    await session.flush()
    found = await session.scalars(
        select(Dose)
        .where(Dose.treatment_id == treatment.id)
        .order_by(Dose.due_on, Dose.due_at)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def dose_on(session: AsyncSession, treatment: Treatment, offset: int) -> Dose:
    return next(d for d in await doses_of(session, treatment) if d.due_on == day(offset))


async def change(session: AsyncSession, dose: Dose, **facts: Any) -> Dose:
    for name, value in facts.items():
        setattr(dose, name, value)
    await session.flush()
    return dose


async def days_with(
    session: AsyncSession, treatment: Treatment, expectation: Expectation
) -> list[int]:
    doses = await doses_of(session, treatment)
    return [(d.due_on - TODAY).days for d in doses if d.expectation is expectation]


TOUCHED: list[dict[str, Any]] = [
    {"evidence": Evidence.VIDEO, "verdict": Verdict.OBSERVED},
    {"evidence": Evidence.IN_PERSON},
    {"self_reported_taken": True, "evidence": Evidence.SELF_REPORT},
    {"self_reported_taken": False},
    {"progress": Progress.PENDING_REVIEW, "evidence": Evidence.VIDEO},
]


def stopping(offset: int) -> TreatmentStop:
    return TreatmentStop(stopped_on=day(offset), outcome=Outcome.CURED)


async def holding(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, first: int, last: int
) -> DoseHold:
    order = HoldCreate(from_on=day(first), to_on=day(last), reason="肝功能异常")
    held = await changes.hold(session, actor, treatment, ZONE, order)
    await session.flush()
    return held
