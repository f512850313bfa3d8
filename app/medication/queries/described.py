"""What other rooms read of a dose, a film or a treatment that they point at."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.filters import day
from app.core.refs import Described, Ref
from app.medication import rules
from app.medication.models import Dose, Recording, Treatment
from app.medication.running import running
from app.medication.words import DOSE_STATES, SLOTS

DOSE, RECORDING, TREATMENT = "dose", "recording", "treatment"


def dose_ref(dose_id: UUID) -> Ref:
    return Ref("medication", DOSE, dose_id)


def recording_ref(recording_id: UUID) -> Ref:
    return Ref("medication", RECORDING, recording_id)


def treatment_ref(treatment_id: UUID) -> Ref:
    return Ref("medication", TREATMENT, treatment_id)


async def describe(
    session: AsyncSession, patient_id: UUID, refs: Collection[Ref]
) -> dict[Ref, Described]:
    """Title, state and address of this patient's own; one statement a kind that is asked for."""
    ids = {kind: [r.id for r in refs if r.kind == kind] for kind in (DOSE, RECORDING, TREATMENT)}
    described: dict[Ref, Described] = {}
    if ids[DOSE]:
        described |= await _doses(session, patient_id, ids[DOSE])
    if ids[RECORDING]:
        described |= await _recordings(session, patient_id, ids[RECORDING])
    if ids[TREATMENT]:
        described |= await _treatments(session, patient_id, ids[TREATMENT])
    return described


def _title(dose: Dose) -> str:
    return f"{day(dose.due_on)}{SLOTS[dose.slot]}"


def _state(dose: Dose) -> str:
    if dose.severe_at is not None:
        return "因严重不适停着"
    return DOSE_STATES[rules.state_of(dose, clock.now())].word


async def _doses(
    session: AsyncSession, patient_id: UUID, ids: Collection[UUID]
) -> dict[Ref, Described]:
    doses = await session.scalars(
        select(Dose).where(Dose.id.in_(ids), Dose.patient_id == patient_id)
    )
    return {
        dose_ref(d.id): Described(f"{_title(d)}服药", _state(d), f"/staff/doses/{d.id}")
        for d in doses
    }


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
            f"{_title(dose)}的服药视频", _state(dose), f"/staff/doses/{dose.id}"
        )
        for recording_id, dose in rows
    }


async def _treatments(
    session: AsyncSession, patient_id: UUID, ids: Collection[UUID]
) -> dict[Ref, Described]:
    treatments = await session.execute(
        select(Treatment, running(clock.now())).where(
            Treatment.id.in_(ids), Treatment.patient_id == patient_id
        )
    )
    return {
        treatment_ref(t.id): Described(
            t.name, "进行中" if runs else "已结束", f"/staff/treatments/{t.id}"
        )
        for t, runs in treatments
    }
