"""Start a treatment; what its plan and its history are made of."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.db import get_locked
from app.core.ids import uuid7
from app.medication.audit import CHANGE_TREATMENT
from app.medication.layout import ONE_DAY, outlook
from app.medication.models import (
    ChangeKind,
    PhaseDrug,
    Treatment,
    TreatmentChange,
    TreatmentPhase,
)
from app.medication.problems import (
    AfterLastDay,
    PlanInPast,
    PlanWithoutDose,
    SameTreatmentRuns,
    StartFarAhead,
    TreatmentChanged,
    TreatmentStopped,
)
from app.medication.queries.treatments import lock_plan
from app.medication.rules import dose_day
from app.medication.running import runs_on, today_in
from app.medication.schemas.treatments import PhasePlan, Plan, TreatmentCreate
from app.medication.service.alike import same_running
from app.medication.service.closed_records import refuse_closed
from app.medication.service.layouts import lay_out
from app.medication.service.locks import lock_question
from app.patients.models import Patient

FAR_START = timedelta(days=90)


async def start_treatment(
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    order: TreatmentCreate,
    horizon_days: int,
) -> Treatment:
    """Write the plan and its first doses. A start in the past lays no dose before today.

    The patient's row is locked, so that of two equal orders at once the second sees the first.
    """
    at = clock.now()
    today, first = dose_day(at, patient.zone), order.plan.phases[0].starts_on
    passed = None if order.passed_too else at
    await _refuse_start(session, patient, order, today, passed)
    treatment = Treatment(
        patient_id=patient.id,
        template_id=order.template_id,
        name=order.name,
        condition=order.condition,
        starts_on=first,
        slot_times=times_of(order.plan),
        laid_until=max(today, first) - ONE_DAY,
        started_by=actor.account_id,
        version=0,
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
    await lay_out(session, treatment, patient.zone, today + timedelta(days=horizon_days), passed)
    return treatment


async def _refuse_start(
    session: AsyncSession,
    patient: Patient,
    order: TreatmentCreate,
    today: date,
    passed: datetime | None,
) -> None:
    """Refuse a plan without a dose, and ask about what is rarely meant; lock the record."""
    if not outlook(order.plan, today, patient.zone, passed).doses:
        raise PlanWithoutDose
    if order.plan.phases[0].starts_on > today + FAR_START and not order.far:
        raise StartFarAhead
    await lock_question(session, patient.id)
    await get_locked(session, Patient, patient.id)
    await refuse_closed(session, patient.id)
    if not order.another and await same_running(session, patient.id, order):
        raise SameTreatmentRuns


async def lock_as_seen(session: AsyncSession, treatment: Treatment, version: int | None) -> None:
    """Serialise changes of one plan; refuse one that was made out from an older version.

    Phases and drugs are read again with it: the loader saw them before another's change.
    """
    await lock_plan(session, treatment.id)
    if version is not None and version != treatment.version:
        raise TreatmentChanged


async def lock_running(
    session: AsyncSession, treatment: Treatment, zone: str, version: int | None = None
) -> None:
    """As `lock_as_seen`, and refuse changes once the last day is over."""
    await lock_as_seen(session, treatment, version)
    if not runs_on(treatment.stopped_on, today_in(zone)):
        raise TreatmentStopped


async def lock_in_care(
    session: AsyncSession, treatment: Treatment, zone: str, version: int | None = None
) -> None:
    """As `lock_running`, for a change of plan: a closed record has none (`closed_records`)."""
    await lock_running(session, treatment, zone, version)
    await refuse_closed(session, treatment.patient_id)


def not_before_today(on: date, zone: str) -> None:
    if on < today_in(zone):
        raise PlanInPast


def not_after_end(on: date, treatment: Treatment) -> None:
    if not runs_on(treatment.stopped_on, on):
        raise AfterLastDay


def times_of(plan: Plan) -> dict[str, Any]:
    """Keep the hours of the slots that the plan uses; others mean nothing."""
    used = {slot for phase in plan.phases for drug in phase.drugs for slot in drug.slots}
    return {s: at.isoformat("minutes") for s, at in plan.slot_times.items() if s in used}


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
    *,
    corrects: UUID | None = None,
    **said: date | str | UUID | None,
) -> None:
    """Keep the whole change beside the treatment; the trail gets `said`: codes, days and ids.

    The treatment is locked, and counts the change.
    """
    treatment.version += 1
    change = TreatmentChange(
        id=uuid7(),
        treatment_id=treatment.id,
        kind=kind,
        changed_by=actor.account_id,
        detail=detail,
        version=treatment.version,
        corrects_id=corrects,
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
