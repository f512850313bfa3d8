"""Start, edit, hold, reschedule and stop a treatment; every change touches only the future."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.core.clock import now, today_in
from app.medication import layout, rules
from app.medication.models import (
    ChangeKind,
    Dose,
    DoseHold,
    Evidence,
    Expectation,
    PhaseDrug,
    Progress,
    Treatment,
    TreatmentChange,
    TreatmentPhase,
)
from app.medication.problems import (
    CannotReschedule,
    PlanInPast,
    StoppedBeforeStart,
    TreatmentStopped,
)
from app.medication.queries.treatments import holds_of, treatments_to_lay
from app.medication.schemas.treatments import (
    HoldCreate,
    PhasePlan,
    Plan,
    TreatmentCreate,
    TreatmentStop,
)
from app.medication.service.misses import close_misses
from app.patients.models import Patient

BATCH = 1000
ONE_DOSE = "uq_dose_treatment_id_due_on_slot"
# What an edit may change of a dose that nobody has touched.
RENEWED = ("drugs", "opens_at", "due_at", "closes_at", "expectation")


async def start_treatment(
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    order: TreatmentCreate,
    horizon_days: int,
) -> Treatment:
    """Write the plan and its first doses. A start in the past lays no dose before today."""
    today = today_in(patient.zone)
    treatment = Treatment(
        patient_id=patient.id,
        template_id=order.template_id,
        name=order.name,
        condition=order.condition,
        starts_on=order.plan.phases[0].starts_on,
        slot_times=_times(order.plan),
        laid_until=max(today, order.plan.phases[0].starts_on) - timedelta(days=1),
        started_by=actor.account_id,
        phases=[_phase(p) for p in order.plan.phases],
    )
    session.add(treatment)
    await session.flush()  # the doses below point at it
    _note(session, actor, treatment, ChangeKind.STARTED, order.plan.model_dump(mode="json"))
    await lay_out(session, treatment, patient.zone, today + timedelta(days=horizon_days))
    return treatment


def _times(plan: Plan) -> dict[str, Any]:
    return {slot: at.isoformat("minutes") for slot, at in plan.slot_times.items()}


def _phase(plan: PhasePlan) -> TreatmentPhase:
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


def _note(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    kind: ChangeKind,
    detail: dict[str, Any],
) -> None:
    session.add(
        TreatmentChange(
            treatment_id=treatment.id, kind=kind, changed_by=actor.account_id, detail=detail
        )
    )


async def lay_out(session: AsyncSession, treatment: Treatment, zone: str, until: date) -> None:
    """Insert the doses from the day after `laid_until`; a second run changes nothing."""
    first = treatment.laid_until + timedelta(days=1)
    if until < first:
        return
    for rows in _batches(await _planned(session, treatment, zone, first, until)):
        await session.execute(insert(Dose).values(rows).on_conflict_do_nothing(constraint=ONE_DOSE))
    treatment.laid_until = until


async def _planned(
    session: AsyncSession, treatment: Treatment, zone: str, first: date, until: date
) -> list[dict[str, Any]]:
    calendar = layout.Calendar(
        treatment.id,
        treatment.patient_id,
        zone,
        treatment.slot_times,
        treatment.phases,
        await holds_of(session, treatment.id),
    )
    return list(layout.dose_rows(calendar, first, until))


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


async def _lay_anew(session: AsyncSession, treatment: Treatment, zone: str, first: date) -> None:
    """Change untouched doses where they stand: a phone without signal knows them by their id."""
    planned = await _planned(session, treatment, zone, first, treatment.laid_until)
    still = [(row["due_on"], row["slot"]) for row in planned]
    old = aliased(Dose)
    moved_here = exists().where(old.moved_to_id == Dose.id)
    gone = tuple_(Dose.due_on, Dose.slot).not_in(still) & ~moved_here
    await session.execute(
        delete(Dose)
        .where(Dose.treatment_id == treatment.id, Dose.due_on >= first)
        .where(_untouched(), gone)
    )
    for rows in _batches(planned):
        laid = insert(Dose).values(rows)
        renewed = {name: laid.excluded[name] for name in RENEWED}
        await session.execute(
            laid.on_conflict_do_update(constraint=ONE_DOSE, set_=renewed, where=_untouched())
        )


async def lay_out_ahead(session: AsyncSession, horizon_days: int, limit: int = 200) -> int:
    """Lay out what runs short; the number of treatments touched (0 when all is laid)."""
    target = today_in("Asia/Shanghai") + timedelta(days=horizon_days)
    treatments = await treatments_to_lay(session, target, limit)
    zones = await _zones(session, [t.patient_id for t in treatments])
    for treatment in treatments:
        await lay_out(session, treatment, zones[treatment.patient_id], target)
    return len(treatments)


async def _zones(session: AsyncSession, patient_ids: Sequence[Any]) -> dict[Any, str]:
    found = await session.execute(
        select(Patient.id, Patient.zone).where(Patient.id.in_(patient_ids))
    )
    return dict(found.all())


def _not_taken() -> ColumnElement[bool]:
    """Nothing says that it was taken or filmed: it may still be held or cancelled."""
    return (
        (Dose.evidence == Evidence.NONE)
        & (Dose.progress == Progress.NONE)
        & Dose.expectation.in_([Expectation.EXPECTED, Expectation.HELD])
    )


def _untouched() -> ColumnElement[bool]:
    """Nothing at all was said of this dose yet: it may still be laid out anew."""
    return (
        _not_taken()
        & Dose.recording_id.is_(None)
        & Dose.self_reported_taken.is_(None)
        & Dose.side_effects_at.is_(None)
    )


async def _locked(session: AsyncSession, treatment: Treatment) -> None:
    """Serialise changes of one plan, and refuse them once it has ended."""
    await session.refresh(treatment, ["stopped_on", "laid_until"], with_for_update=True)
    if treatment.stopped_on is not None:
        raise TreatmentStopped


def _not_before_today(on: date, zone: str) -> None:
    if on < today_in(zone):
        raise PlanInPast


async def edit_plan(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    from_on: date,
    plan: Plan,
) -> None:
    """Replace the plan from `from_on` (today or later); earlier days keep what they were."""
    _not_before_today(from_on, zone)
    if plan.phases[0].starts_on < from_on:
        raise PlanInPast
    await _locked(session, treatment)
    _cut_phases(treatment, from_on)
    await session.flush()  # a new phase may begin on the day of one that goes
    treatment.phases.extend(_phase(p) for p in plan.phases)
    treatment.slot_times = _times(plan)
    _note(session, actor, treatment, ChangeKind.EDITED, plan.model_dump(mode="json"))
    await _lay_anew(session, treatment, zone, from_on)


def _cut_phases(treatment: Treatment, from_on: date) -> None:
    for phase in list(treatment.phases):
        if phase.starts_on >= from_on:
            treatment.phases.remove(phase)
        elif phase.ends_on >= from_on:
            phase.ends_on = from_on - timedelta(days=1)


async def hold(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, zone: str, order: HoldCreate
) -> DoseHold:
    """Take the days out of the expectation; doses already taken or filmed stay."""
    _not_before_today(order.from_on, zone)
    await _locked(session, treatment)
    held = DoseHold(
        treatment_id=treatment.id,
        from_on=order.from_on,
        to_on=order.to_on,
        reason=order.reason,
        held_by=actor.account_id,
    )
    session.add(held)
    await _expect(session, treatment, order.from_on, order.to_on, Expectation.HELD)
    _note(session, actor, treatment, ChangeKind.HELD, order.model_dump(mode="json"))
    return held


async def end_hold(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, zone: str, held: DoseHold
) -> None:
    """Resume from today: days already held stay held."""
    await _locked(session, treatment)
    today = today_in(zone)
    if held.to_on < today:
        raise PlanInPast
    first, last = max(today, held.from_on), held.to_on
    if held.from_on >= today:
        await session.delete(held)
    else:
        held.to_on = today - timedelta(days=1)
    await _expect(session, treatment, first, last, Expectation.EXPECTED)
    for other in await holds_of(session, treatment.id):
        await _expect(session, treatment, other.from_on, other.to_on, Expectation.HELD)
    detail = {"resumed_on": today.isoformat(), "reason": held.reason}
    _note(session, actor, treatment, ChangeKind.HELD, detail)


async def _expect(
    session: AsyncSession, treatment: Treatment, first: date, last: date, wanted: Expectation
) -> None:
    await session.execute(
        update(Dose)
        .where(Dose.treatment_id == treatment.id, Dose.due_on.between(first, last), _not_taken())
        .values(expectation=wanted)
    )


async def reschedule(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    dose: Dose,
    to_on: date,
) -> Dose:
    """Move one dose to another day; the old row stays and points at the new one."""
    _not_before_today(to_on, zone)
    await _locked(session, treatment)
    await session.refresh(dose, with_for_update=True)
    if not can_move(dose):
        raise CannotReschedule
    await lay_out(session, treatment, zone, to_on)  # the plan's own dose of that day comes first
    moved = await _insert_moved(session, treatment, zone, dose, to_on)
    dose.expectation = Expectation.RESCHEDULED
    dose.moved_to_id = moved.id
    detail = {"dose_id": str(dose.id), "from": dose.due_on.isoformat(), "to": to_on.isoformat()}
    _note(session, actor, treatment, ChangeKind.RESCHEDULED, detail)
    return moved


def can_move(dose: Dose) -> bool:
    """Say whether a dose may be moved; a miss stays a miss: its window is still to close."""
    return (
        dose.expectation is Expectation.EXPECTED
        and dose.evidence is Evidence.NONE
        and dose.progress is Progress.NONE
        and now() < dose.closes_at
    )


async def _insert_moved(
    session: AsyncSession, treatment: Treatment, zone: str, dose: Dose, to_on: date
) -> Dose:
    hours = rules.hours_of(to_on, layout.slot_time(treatment.slot_times, dose.slot), zone)
    values = {
        "treatment_id": dose.treatment_id,
        "patient_id": dose.patient_id,
        "due_on": to_on,
        "slot": dose.slot,
        "drugs": dose.drugs,
        "opens_at": hours.opens_at,
        "due_at": hours.due_at,
        "closes_at": hours.closes_at,
    }
    moved: Dose | None = await session.scalar(
        insert(Dose).values(**values).on_conflict_do_nothing().returning(Dose)
    )
    if moved is None:
        raise CannotReschedule
    return moved


async def stop(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, zone: str, order: TreatmentStop
) -> None:
    """End with an outcome; untouched doses after the last day are cancelled, not deleted.

    The last day may lie in the past: a death is often learnt later, and what was not due any more
    was not missed. Alerts about misses end with the treatment.
    """
    if order.stopped_on < treatment.starts_on:
        raise StoppedBeforeStart
    await _locked(session, treatment)
    await lay_out(session, treatment, zone, order.stopped_on)
    treatment.stopped_on = order.stopped_on
    treatment.outcome = order.outcome
    await session.execute(
        update(Dose)
        .where(Dose.treatment_id == treatment.id, Dose.due_on > order.stopped_on, _not_taken())
        .values(expectation=Expectation.CANCELLED)
    )
    await close_misses(session, actor, treatment.id)
    _note(session, actor, treatment, ChangeKind.STOPPED, order.model_dump(mode="json"))
