"""Lay a plan out into doses: ahead of time, and anew after a change."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Text,
    Uuid,
    any_,
    case,
    column,
    func,
    literal,
    or_,
    select,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.types import TypeEngine

from app.core.clock import now, today_in
from app.core.db import for_update
from app.core.statements import columns_of, typed_rows
from app.medication import layout
from app.medication.models import Dose, DoseHold, Evidence, Expectation, Progress, Slot, Treatment
from app.medication.queries.treatments import holds_of, holds_of_each, lock_to_lay
from app.medication.service.closed_records import is_closed
from app.medication.service.edits import (
    RENEWED,
    Edit,
    LaidDose,
    Outcome,
    Planned,
    span_of,
)
from app.medication.service.expectations import expects
from app.patients.models import Patient

BATCH = 1000
AT_ONCE = 200
ONE_DOSE = "uq_dose_treatment_id_due_on_slot"
# What a plan says of a dose, and the types in which it is sent.
SENT: dict[str, TypeEngine[Any]] = {
    "id": Uuid(),
    "treatment_id": Uuid(),
    "patient_id": Uuid(),
    "due_on": Date(),
    "slot": Text(),
    "drugs": JSONB(),
    "expectation": Text(),
    "opens_at": DateTime(timezone=True),
    "due_at": DateTime(timezone=True),
    "closes_at": DateTime(timezone=True),
    "severe_at": DateTime(timezone=True),
}


async def lay_out(
    session: AsyncSession,
    treatment: Treatment,
    zone: str,
    until: date,
    passed: datetime | None = None,
) -> None:
    """Insert the doses from the day after `laid_until`; a second run changes nothing.

    Those that were due by `passed` are left out: nobody could have known of them. Nothing is laid
    while the record is closed; once it is open again, what came due meanwhile is not made up for.
    """
    first = treatment.laid_until + timedelta(days=1)
    if until < first or await is_closed(session, treatment.patient_id):
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
    session: AsyncSession, treatment: Treatment, planned: list[Planned], until: date
) -> None:
    for rows in _batches(planned):
        await session.execute(_laying(rows).on_conflict_do_nothing(constraint=ONE_DOSE))
    treatment.laid_until = until


def planned_rows(
    treatment: Treatment, zone: str, holds: Sequence[DoseHold], first: date, until: date
) -> list[Planned]:
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


def _batches(rows: list[Planned]) -> Iterator[list[Planned]]:
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


async def lay_anew(
    session: AsyncSession,
    treatment: Treatment,
    zone: str,
    first: date,
    passed: datetime | None,
) -> None:
    """Bring the doses from this day on to the plan as it is now, where they stand (`edits`).

    None is deleted, and a day and slot keeps its row: a phone without signal knows it by its id.
    New ones that were due by `passed` are left out.
    """
    until = min(treatment.laid_until, treatment.stopped_on or treatment.laid_until)
    holds = await holds_of(session, treatment.id)
    planned = planned_rows(treatment, zone, holds, first, until)
    edit = Edit(
        laid=await _laid(session, treatment.id, first),
        wanted={(row["due_on"], row["slot"]): row for row in planned},
        span=span_of(treatment.phases, first),
        first=first,
        until=until,
        at=now(),
        passed=passed,
    )
    await _write(session, edit.outcome())


async def _laid(session: AsyncSession, treatment_id: UUID, first: date) -> dict[UUID, LaidDose]:
    """Lock and read the doses from this day on, and those of earlier days that moves connect."""
    moved = aliased(Dose)
    targets = select(moved.moved_to_id).where(
        moved.treatment_id == treatment_id, moved.moved_to_id.is_not(None)
    )
    connected = or_(Dose.due_on >= first, Dose.moved_to_id.is_not(None), Dose.id.in_(targets))
    found = await session.execute(
        for_update(
            select(*columns_of(Dose, LaidDose._fields))
            .where(Dose.treatment_id == treatment_id, connected)
            .order_by(Dose.id)
        )
    )
    return {dose.id: dose for dose in typed_rows(LaidDose, found)}


async def _write(session: AsyncSession, outcome: Outcome) -> None:
    for rows in _batches(outcome.rows):
        await session.execute(_renewing(rows))
    if outcome.cancelled:
        await session.execute(
            update(Dose)
            .where(Dose.id == any_(literal(outcome.cancelled, ARRAY(Uuid))))
            .values(**expects(Expectation.CANCELLED))
            .execution_options(synchronize_session=False)
        )
    if outcome.moved:
        pair = values(column("old_id", Uuid), column("new_id", Uuid), name="pair")
        pairs = pair.data([*outcome.moved.items()])
        await session.execute(
            update(Dose)
            .where(Dose.id == pairs.c.old_id)
            .values(**expects(Expectation.RESCHEDULED), moved_to_id=pairs.c.new_id)
            .execution_options(synchronize_session=False)
        )


def _laying(rows: list[Planned]) -> Insert:
    """Insert rows of a plan as one value: a thousand rows are no more text than one."""
    sent = [{name: _as_json(value) for name, value in row.items()} for row in rows]
    row = func.jsonb_to_recordset(literal(sent, JSONB)).table_valued(
        *(column(name, kind) for name, kind in SENT.items()), name="planned"
    )
    return insert(Dose).from_select([*SENT], select(row.render_derived(with_types=True)))


def _as_json(value: Any) -> Any:
    match value:
        case UUID():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case _:
            return value


def _renewing(rows: list[Planned]) -> Insert:
    """Insert them; a day and slot that has a row takes it into use again."""
    laid = _laying(rows)
    expectation = laid.excluded.expectation
    since = case(
        (Dose.expectation == expectation, Dose.expectation_at),
        (expectation == Expectation.EXPECTED, None),
        else_=now(),
    )
    renewed: dict[str, Any] = {name: laid.excluded[name] for name in RENEWED}
    renewed |= {"expectation_at": since, "moved_to_id": None, "cancelled_by_stop": False}
    return laid.on_conflict_do_update(constraint=ONE_DOSE, set_=renewed)


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
