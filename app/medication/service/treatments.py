"""Start a treatment; what its plan and its history are made of."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core.clock import today_in
from app.core.ids import uuid7
from app.medication.audit import CHANGE_TREATMENT
from app.medication.layout import count_doses
from app.medication.models import (
    ChangeKind,
    PhaseDrug,
    Treatment,
    TreatmentChange,
    TreatmentPhase,
)
from app.medication.problems import PlanWithoutDose
from app.medication.schemas.treatments import PhasePlan, Plan, TreatmentCreate
from app.medication.service.layouts import lay_out
from app.patients.models import Patient


async def start_treatment(
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    order: TreatmentCreate,
    horizon_days: int,
) -> Treatment:
    """Write the plan and its first doses. A start in the past lays no dose before today."""
    today = today_in(patient.zone)
    if not count_doses(order.plan.phases, today):
        raise PlanWithoutDose
    treatment = Treatment(
        patient_id=patient.id,
        template_id=order.template_id,
        name=order.name,
        condition=order.condition,
        starts_on=order.plan.phases[0].starts_on,
        slot_times=times_of(order.plan),
        laid_until=max(today, order.plan.phases[0].starts_on) - timedelta(days=1),
        started_by=actor.account_id,
        phases=[phase_of(p) for p in order.plan.phases],
    )
    session.add(treatment)
    await session.flush()  # the doses below point at it
    note_change(
        session,
        actor,
        treatment,
        ChangeKind.STARTED,
        order.plan.model_dump(mode="json"),
        template_id=order.template_id,
        starts_on=treatment.starts_on,
    )
    await lay_out(session, treatment, patient.zone, today + timedelta(days=horizon_days))
    return treatment


def times_of(plan: Plan) -> dict[str, Any]:
    return {slot: at.isoformat("minutes") for slot, at in plan.slot_times.items()}


def phase_of(plan: PhasePlan) -> TreatmentPhase:
    drugs = [
        PhaseDrug(
            name=d.name,
            strength=d.strength,
            tablets=d.tablets,
            slots=list(d.slots),
            weekdays=d.weekdays,
        )
        for d in plan.drugs
    ]
    return TreatmentPhase(
        name=plan.name, starts_on=plan.starts_on, ends_on=plan.ends_on, drugs=drugs
    )


def note_change(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    kind: ChangeKind,
    detail: dict[str, Any],
    **said: date | str | UUID | None,
) -> None:
    """Keep the whole change beside the treatment; the trail gets `said`: codes, days and ids."""
    change = TreatmentChange(
        id=uuid7(),
        treatment_id=treatment.id,
        kind=kind,
        changed_by=actor.account_id,
        detail=detail,
    )
    session.add(change)
    told = {name: None if value is None else str(value) for name, value in said.items()}
    audit.record(
        session,
        actor,
        CHANGE_TREATMENT,
        patient_id=treatment.patient_id,
        subject_id=treatment.id,
        detail={"code": kind.value, "change_id": str(change.id)} | told,
    )
