"""Lay a plan out into doses: ahead of time, and anew after a change."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.clock import today_in
from app.medication import layout
from app.medication.models import Dose, DoseHold, Evidence, Expectation, Progress, Slot, Treatment
from app.medication.queries.treatments import holds_of, holds_of_each, lock_to_lay
from app.patients.models import Patient

BATCH = 1000
AT_ONCE = 200
ONE_DOSE = "uq_dose_treatment_id_due_on_slot"
# What an edit may change of a dose that nobody has touched.
RENEWED = ("drugs", "opens_at", "due_at", "closes_at", "expectation")


async def lay_out(
    session: AsyncSession,
    treatment: Treatment,
    zone: str,
    until: date,
    passed: datetime | None = None,
) -> None:
    """Insert the doses from the day after `laid_until`; a second run changes nothing.

    Those that were due by `passed` are left out: nobody could have known of them.
    """
    first = treatment.laid_until + timedelta(days=1)
    if until < first:
        return
    holds = await holds_of(session, treatment.id)
    planned = planned_rows(treatment, zone, holds, first, until)
    coming = [row for row in planned if passed is None or row["due_at"] > passed]
    await _lay(session, treatment, coming, until)


async def lay_missing(
    session: AsyncSession, treatment: Treatment, zone: str, first: date, last: date
) -> None:
    """Insert what the plan has on these days and nobody laid; what stands stays as it is."""
    holds = await holds_of(session, treatment.id)
    for rows in _batches(planned_rows(treatment, zone, holds, first, last)):
        await session.execute(insert(Dose).values(rows).on_conflict_do_nothing(constraint=ONE_DOSE))


async def _lay(
    session: AsyncSession, treatment: Treatment, planned: list[dict[str, Any]], until: date
) -> None:
    for rows in _batches(planned):
        await session.execute(insert(Dose).values(rows).on_conflict_do_nothing(constraint=ONE_DOSE))
    treatment.laid_until = until


def planned_rows(
    treatment: Treatment, zone: str, holds: Sequence[DoseHold], first: date, until: date
) -> list[dict[str, Any]]:
    """Rows of what the plan has on these days, up to the last day of the treatment."""
    calendar = layout.Calendar(
        treatment.id,
        treatment.patient_id,
        zone,
        treatment.slot_times,
        treatment.phases,
        holds,
    )
    last = min(until, treatment.stopped_on or until)
    return list(layout.dose_rows(calendar, first, last))


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


async def slots_standing(session: AsyncSession, treatment_id: UUID, on: date) -> Collection[Slot]:
    """Tell the slots of a day that have a dose, which the plan did not let go."""
    found = await session.scalars(
        select(Dose.slot).where(
            Dose.treatment_id == treatment_id,
            Dose.due_on == on,
            Dose.expectation.in_([Expectation.EXPECTED, Expectation.HELD]),
        )
    )
    return set(found)


async def _without_passed(
    session: AsyncSession, treatment_id: UUID, planned: list[dict[str, Any]], passed: datetime
) -> list[dict[str, Any]]:
    """Leave out slots that are new on the first day and were due by then."""
    late = {row["due_on"] for row in planned if row["due_at"] <= passed}
    standing = {on: await slots_standing(session, treatment_id, on) for on in late}
    return [
        row for row in planned if row["due_at"] > passed or row["slot"] in standing[row["due_on"]]
    ]


async def lay_anew(
    session: AsyncSession,
    treatment: Treatment,
    zone: str,
    first: date,
    passed: datetime | None = None,
) -> None:
    """Change untouched doses where they stand: a phone without signal knows them by their id.

    What is new and was due by `passed` is not laid.
    """
    holds = await holds_of(session, treatment.id)
    planned = planned_rows(treatment, zone, holds, first, treatment.laid_until)
    if passed is not None:
        planned = await _without_passed(session, treatment.id, planned, passed)
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
        planned = planned_rows(treatment, zone, holds[treatment.id], first, until)
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
