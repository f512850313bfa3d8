"""What other rooms read of a dose, a film or a treatment that they point at."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.filters import day
from app.core.refs import Described, Ref
from app.medication import rules
from app.medication.alert_kinds import DECISION
from app.medication.models import Dose, DoseHold, Recording, SideEffectReport, Treatment
from app.medication.queries.treatments import holds_of_each
from app.medication.running import runs_on
from app.medication.symptoms import labels
from app.medication.words import DOSE_STATES, SLOTS
from app.patients.models import Patient

DOSE, RECORDING, TREATMENT, SIDE_EFFECT = "dose", "recording", "treatment", "side_effect"
KINDS = (DOSE, RECORDING, TREATMENT, SIDE_EFFECT)


def dose_ref(dose_id: UUID) -> Ref:
    return Ref("medication", DOSE, dose_id)


def recording_ref(recording_id: UUID) -> Ref:
    return Ref("medication", RECORDING, recording_id)


def treatment_ref(treatment_id: UUID) -> Ref:
    return Ref("medication", TREATMENT, treatment_id)


def side_effect_ref(report_id: UUID) -> Ref:
    return Ref("medication", SIDE_EFFECT, report_id)


async def describe(
    session: AsyncSession, patient_id: UUID, refs: Collection[Ref]
) -> dict[Ref, Described]:
    """Title, state and address of this patient's own; one statement a kind that is asked for."""
    ids = {kind: [r.id for r in refs if r.kind == kind] for kind in KINDS}
    described: dict[Ref, Described] = {}
    if ids[DOSE]:
        described |= await _doses(session, patient_id, ids[DOSE])
    if ids[RECORDING]:
        described |= await _recordings(session, patient_id, ids[RECORDING])
    if ids[TREATMENT]:
        described |= await _treatments(session, patient_id, ids[TREATMENT])
    if ids[SIDE_EFFECT]:
        described |= await _side_effects(session, patient_id, ids[SIDE_EFFECT])
    return described


def _title(dose: Dose) -> str:
    return f"{day(dose.due_on)}{SLOTS[dose.slot]}"


def _address(dose: Dose) -> str:
    return f"/staff/doses/{dose.id}"


def _state(dose: Dose) -> str:
    if dose.severe_at is not None and not rules.taken(dose):
        return "因严重不适停着"
    return DOSE_STATES[rules.state_of(dose, clock.now())].word


async def _doses(
    session: AsyncSession, patient_id: UUID, ids: Collection[UUID]
) -> dict[Ref, Described]:
    doses = await session.scalars(
        select(Dose).where(Dose.id.in_(ids), Dose.patient_id == patient_id)
    )
    return {dose_ref(d.id): Described(f"{_title(d)}服药", _state(d), _address(d)) for d in doses}


async def _recordings(
    session: AsyncSession, patient_id: UUID, ids: Collection[UUID]
) -> dict[Ref, Described]:
    rows = await session.execute(
        select(Recording.id, Dose)
        .join(Dose, Dose.id == Recording.dose_id)
        .where(Recording.id.in_(ids), Recording.patient_id == patient_id)
    )
    return {
        recording_ref(recording_id): Described(
            f"{_title(dose)}的服药视频", _state(dose), _address(dose)
        )
        for recording_id, dose in rows
    }


async def _treatments(
    session: AsyncSession, patient_id: UUID, ids: Collection[UUID]
) -> dict[Ref, Described]:
    rows = await session.execute(
        select(Treatment, Patient.zone)
        .join(Patient, Patient.id == Treatment.patient_id)
        .where(Treatment.id.in_(ids), Treatment.patient_id == patient_id)
    )
    holds = await holds_of_each(session, list(ids))
    return {
        treatment_ref(t.id): Described(
            t.name,
            _standing(t, holds[t.id], rules.dose_day(clock.now(), zone)),
            f"/staff/treatments/{t.id}",
        )
        for t, zone in rows
    }


def _standing(treatment: Treatment, holds: Sequence[DoseHold], today: date) -> str:
    if not runs_on(treatment.stopped_on, today):
        return "已结束"
    now = [hold for hold in holds if hold.covers(today)]
    if not now:
        return "进行中"
    ends = [hold.to_on for hold in now if hold.to_on is not None]
    return f"暂停到{day(max(ends))}" if len(ends) == len(now) else "因严重不适停着"


async def _side_effects(
    session: AsyncSession, patient_id: UUID, ids: Collection[UUID]
) -> dict[Ref, Described]:
    """Say what was felt, in the patient's own words too; a severe one leads to its decision."""
    rows = await session.execute(
        select(SideEffectReport, Dose)
        .join(Dose, Dose.id == SideEffectReport.dose_id)
        .where(SideEffectReport.id.in_(ids), SideEffectReport.patient_id == patient_id)
    )
    return {
        side_effect_ref(report.id): Described(
            f"{_title(dose)}服药前的不适",
            "、".join(labels(report.symptoms)) + (f"：“{report.note}”" if report.note else ""),
            f"/staff/patients/{patient_id}{DECISION}" if report.severe else _address(dose),
        )
        for report, dose in rows
    }
