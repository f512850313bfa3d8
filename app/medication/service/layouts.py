"""Lay a plan out into doses: ahead of time, and anew after a change."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.clock import today_in
from app.medication import layout
from app.medication.models import Dose, DoseHold, Evidence, Expectation, Progress, Treatment
from app.medication.queries.treatments import holds_of, holds_of_each, lock_to_lay
from app.patients.models import Patient

BATCH = 1000
AT_ONCE = 200
ONE_DOSE = "uq_dose_treatment_id_due_on_slot"
# What an edit may change of a dose that nobody has touched.
RENEWED = ("drugs", "opens_at", "due_at", "closes_at", "expectation", "severe_at")


async def lay_out(session: AsyncSession, treatment: Treatment, zone: str, until: date) -> None:
    """Insert the doses from the day after `laid_until`; a second run changes nothing."""
    first = treatment.laid_until + timedelta(days=1)
    if until < first:
        return
    holds = await holds_of(session, treatment.id)
    await _lay(session, treatment, _planned(treatment, zone, holds, first, until), until)


async def _lay(
    session: AsyncSession, treatment: Treatment, planned: list[dict[str, Any]], until: date
) -> None:
    for rows in _batches(planned):
        await session.execute(insert(Dose).values(rows).on_conflict_do_nothing(constraint=ONE_DOSE))
    treatment.laid_until = until


def _planned(
    treatment: Treatment, zone: str, holds: Sequence[DoseHold], first: date, until: date
) -> list[dict[str, Any]]:
    calendar = layout.Calendar(
        treatment.id,
        treatment.patient_id,
        zone,
        treatment.slot_times,
        treatment.phases,
        holds,
    )
    return list(layout.dose_rows(calendar, first, until))


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


async def lay_anew(session: AsyncSession, treatment: Treatment, zone: str, first: date) -> None:
    """Change untouched doses where they stand: a phone without signal knows them by their id."""
    holds = await holds_of(session, treatment.id)
    planned = _planned(treatment, zone, holds, first, treatment.laid_until)
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


def last_day(horizon_days: int) -> date:
    """Name the day up to which running treatments are laid out."""
    return today_in("Asia/Shanghai") + timedelta(days=horizon_days)


async def lay_out_ahead(session: AsyncSession, treatment_ids: Sequence[UUID], until: date) -> int:
    """Lay out those of these treatments that run short; return how many."""
    treatments = await lock_to_lay(session, treatment_ids, until)
    zones = await _zones(session, [t.patient_id for t in treatments])
    holds = await holds_of_each(session, [t.id for t in treatments])
    for treatment in treatments:
        first = treatment.laid_until + timedelta(days=1)
        zone = zones[treatment.patient_id]
        planned = _planned(treatment, zone, holds[treatment.id], first, until)
        await _lay(session, treatment, planned, until)
    return len(treatments)


async def _zones(session: AsyncSession, patient_ids: Sequence[Any]) -> dict[Any, str]:
    result = await session.execute(
        select(Patient.id, Patient.zone).where(Patient.id.in_(patient_ids))
    )
    return dict(result.all())


def not_taken() -> ColumnElement[bool]:
    """Nothing says that it was taken or filmed: it may still be held or cancelled."""
    return (
        (Dose.evidence == Evidence.NONE)
        & (Dose.progress == Progress.NONE)
        & Dose.expectation.in_([Expectation.EXPECTED, Expectation.HELD])
    )


def _untouched() -> ColumnElement[bool]:
    """Nothing at all was said of this dose yet: it may still be laid out anew."""
    return (
        not_taken()
        & Dose.recording_id.is_(None)
        & Dose.self_reported_taken.is_(None)
        & Dose.side_effects_at.is_(None)
    )
