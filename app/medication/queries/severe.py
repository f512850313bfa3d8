"""Reads of what a severe symptom stopped, and of what the patient said of it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    desc,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import for_update
from app.medication.models import (
    Dose,
    DoseHold,
    DoseReport,
    Evidence,
    Recording,
    RecordingState,
    SideEffectReport,
    Slot,
    Treatment,
)
from app.medication.reach import may_be_shown
from app.patients.models import Condition, Relation

MOST_ANSWERS = 20
CAME = (RecordingState.UPLOADED, RecordingState.PROCESSING, RecordingState.READY)


class SevereStop(NamedTuple):
    """A treatment that waits for a clinician's decision; held from `from_on` on."""

    treatment_id: UUID
    name: str
    condition: Condition
    from_on: date
    stopped_at: datetime


class SevereAnswer(NamedTuple):
    """What the patient, or who acts for them, said before a dose."""

    id: UUID
    symptoms: list[str]
    note: str | None
    reported_at: datetime
    relation: Relation | None
    dose_id: UUID
    due_on: date
    slot: Slot


def _undecided(patient_id: UUID) -> Select[DoseHold]:
    return (
        select(DoseHold)
        .join(Treatment, Treatment.id == DoseHold.treatment_id)
        .where(Treatment.patient_id == patient_id, DoseHold.held_by.is_(None))
        .order_by(DoseHold.created_at, DoseHold.id)
    )


async def undecided_holds(session: AsyncSession, patient_id: UUID) -> Sequence[DoseHold]:
    """Read them as they are now: for who holds the lock of the patient's treatments."""
    statement = _undecided(patient_id).execution_options(populate_existing=True)
    return (await session.scalars(statement)).all()


async def stops_of(session: AsyncSession, patient_id: UUID) -> list[SevereStop]:
    """List what stands still, oldest first."""
    columns = (Treatment.id, Treatment.name, Treatment.condition)
    rows = await session.execute(
        _undecided(patient_id).with_only_columns(*columns, DoseHold.from_on, DoseHold.created_at)
    )
    return [SevereStop(*row) for row in rows]


async def lock_treatments(session: AsyncSession, patient_id: UUID) -> Sequence[Treatment]:
    """Lock all treatments of a patient, before any dose of theirs (`service/locks.py`)."""
    statement = select(Treatment).where(Treatment.patient_id == patient_id).order_by(Treatment.id)
    fresh = for_update(statement).execution_options(populate_existing=True)
    return (await session.scalars(fresh)).all()


async def answers_since(
    session: AsyncSession, patient_id: UUID, since: datetime
) -> list[SevereAnswer]:
    """List severe answers that arrived since then, newest first."""
    rows = await session.execute(
        select(
            SideEffectReport.id,
            SideEffectReport.symptoms,
            SideEffectReport.note,
            SideEffectReport.reported_at,
            SideEffectReport.relation,
            Dose.id,
            Dose.due_on,
            Dose.slot,
        )
        .join(Dose, Dose.id == SideEffectReport.dose_id)
        .where(SideEffectReport.patient_id == patient_id, SideEffectReport.severe)
        .where(SideEffectReport.created_at >= since)
        .order_by(SideEffectReport.created_at.desc(), SideEffectReport.id.desc())
        .limit(MOST_ANSWERS)
    )
    return [SevereAnswer(*row) for row in rows]


class TakenAllTheSame(NamedTuple):
    """A film or a word of a dose that a severe symptom stops, from after it was reported."""

    dose_id: UUID
    due_on: date
    slot: Slot
    name: str
    by: Evidence
    told_at: datetime


async def taken_all_the_same(session: AsyncSession, patient_id: UUID) -> list[TakenAllTheSame]:
    """List what was swallowed, as its film or the patient says, though it is stopped; newest first.

    Only until a clinician has decided: it is news for the decision.
    """
    said_at = func.coalesce(DoseReport.said_at, DoseReport.created_at)
    captured_at = Recording.captured_at.expression
    filmed = (
        _of_stopped(patient_id, Evidence.VIDEO, captured_at)
        .join(Recording, Recording.dose_id == Dose.id)
        .where(Recording.state.in_(CAME), Recording.captured_at >= DoseHold.created_at)
        .where(may_be_shown())
    )
    said = (
        _of_stopped(patient_id, Evidence.SELF_REPORT, said_at)
        .join(DoseReport, DoseReport.dose_id == Dose.id)
        .where(DoseReport.taken, DoseReport.kind == Evidence.SELF_REPORT)
        .where(said_at >= DoseHold.created_at)
    )
    both = union_all(filmed, said).order_by(desc("told_at")).limit(MOST_ANSWERS)
    return [TakenAllTheSame(*row) for row in await session.execute(both)]


def _of_stopped(
    patient_id: UUID, by: Evidence, told_at: ColumnElement[datetime]
) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Dose.id.label("dose_id"),
            Dose.due_on,
            Dose.slot,
            Treatment.name,
            literal(by, Dose.evidence.type).label("by"),
            told_at.label("told_at"),
        )
        .select_from(DoseHold)
        .join(Treatment, Treatment.id == DoseHold.treatment_id)
        .join(Dose, and_(Dose.treatment_id == Treatment.id, Dose.due_on >= DoseHold.from_on))
        .where(Treatment.patient_id == patient_id, DoseHold.held_by.is_(None))
    )


class Felt(NamedTuple):
    """The newest severe answer, as a list of alerts shows it."""

    symptoms: list[str]
    note: str | None


async def newest_severe(session: AsyncSession, patient_ids: Collection[UUID]) -> dict[UUID, Felt]:
    """Read what these patients said last of what they felt, in their own words too."""
    if not patient_ids:
        return {}
    answers = await session.execute(
        select(SideEffectReport.patient_id, SideEffectReport.symptoms, SideEffectReport.note)
        .where(SideEffectReport.patient_id.in_(patient_ids), SideEffectReport.severe)
        .order_by(SideEffectReport.created_at, SideEffectReport.id)
    )
    return {patient_id: Felt(symptoms, note) for patient_id, symptoms, note in answers}


async def count_answers(session: AsyncSession, patient_id: UUID, since: datetime) -> int:
    count = await session.scalar(
        select(func.count()).where(
            SideEffectReport.patient_id == patient_id,
            SideEffectReport.severe,
            SideEffectReport.created_at >= since,
        )
    )
    return count or 0
