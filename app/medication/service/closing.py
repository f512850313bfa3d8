"""A record is closed, or opened again: whether its doses are expected.

Nobody asks a closed record for its pills: from the day of closing on its doses are cancelled, and
none are laid out. The treatments stay as they are: whether one has ended is a clinician's to say.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.db import for_update
from app.medication import layout, rules
from app.medication.models import Dose, Expectation, Treatment
from app.medication.queries.treatments import holds_of_each, with_plan
from app.medication.rates import came
from app.medication.running import running_on
from app.medication.service.expectations import expects, stands_by_plan
from app.medication.service.layouts import ONE_DOSE, lay_out
from app.medication.service.withdrawals import let_go_of_patient
from app.patients.models import Patient

ASKED_FOR = (Expectation.EXPECTED, Expectation.HELD)


async def close_record(session: AsyncSession, patient_id: UUID) -> None:
    """Cancel the doses from today on, and let go of films that wait; what was taken counts."""
    patient = await session.get_one(Patient, patient_id)
    await _lock_treatments(session, patient_id)
    coming = and_(
        Dose.patient_id == patient_id,
        Dose.due_on >= rules.dose_day(clock.now(), patient.zone),
        Dose.expectation.in_(ASKED_FOR),
    )
    locked = for_update(select(Dose.id).where(coming).order_by(Dose.id))
    dose_ids = (await session.scalars(locked)).all()
    await let_go_of_patient(session, patient_id)
    await session.execute(
        update(Dose)
        .where(Dose.id.in_(dose_ids))
        .values(**expects(Expectation.CANCELLED))
        .execution_options(synchronize_session=False)
    )


async def open_record(session: AsyncSession, patient_id: UUID, until: date) -> None:
    """Expect the doses of running treatments again, from now on; a second run changes nothing."""
    patient = await session.get_one(Patient, patient_id, populate_existing=True)
    if patient.closed_at is not None:
        return
    at = clock.now()
    today = rules.dose_day(at, patient.zone)
    await _lock_treatments(session, patient_id)
    running = running_on(today)
    own = with_plan().where(Treatment.patient_id == patient_id, running)
    treatments = (await session.scalars(own.order_by(Treatment.id))).all()
    holds = await holds_of_each(session, [one.id for one in treatments])
    for one in treatments:
        calendar = layout.Calendar(
            one.id, patient_id, patient.zone, one.slot_times, one.phases, holds[one.id]
        )
        last = min(one.laid_until, one.stopped_on or one.laid_until)
        rows = [row for row in layout.dose_rows(calendar, today, last) if row["due_at"] > at]
        await _expect(session, rows)
        await _expect_moved(session, one.id, at)
        # What would have been due while it was closed is not laid out behind the patient's back.
        one.laid_until = max(one.laid_until, today - layout.ONE_DAY)
        await lay_out(session, one, patient.zone, min(until, one.stopped_on or until))


async def _lock_treatments(session: AsyncSession, patient_id: UUID) -> None:
    own = select(Treatment.id).where(Treatment.patient_id == patient_id)
    await session.execute(for_update(own.order_by(Treatment.id)))


def _cancelled() -> ColumnElement[bool]:
    """Select what may stand again; not what was cancelled as another was taken in its place."""
    in_its_place = Dose.moved_to_id.is_not(None)
    return and_(Dose.expectation == Expectation.CANCELLED, ~came(), ~in_its_place)


async def _expect(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    """Only of doses that stand: an edit may have taken others away for good."""
    if not rows:
        return
    laid = insert(Dose).values(rows)
    renewed = {name: laid.excluded[name] for name in ("expectation", "severe_at")}
    await session.execute(
        laid.on_conflict_do_update(constraint=ONE_DOSE, set_=renewed, where=_cancelled())
    )


async def _expect_moved(session: AsyncSession, treatment_id: UUID, at: datetime) -> None:
    """Expect again what a dose was moved to, which the plan does not name."""
    old = aliased(Dose)
    moved_here = exists().where(
        old.moved_to_id == Dose.id, old.expectation == Expectation.RESCHEDULED
    )
    await session.execute(
        update(Dose)
        .where(Dose.treatment_id == treatment_id, Dose.due_at > at, _cancelled(), moved_here)
        .values(**stands_by_plan())
        .execution_options(synchronize_session=False)
    )
