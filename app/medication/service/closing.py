"""A record is closed, or opened again: whether its doses are expected.

Nobody asks a closed record for its pills: from the day of closing on its doses are cancelled, and
none are laid out. The treatments stay as they are: whether one has ended is a clinician's to say.
Staff may name an earlier day: what was not due any more was not missed. If their closing was wrong,
what had been asked for before it stands again, missed or not.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.db import for_update
from app.medication import flags, layout, rules
from app.medication.models import Dose, Expectation, Recording, Treatment
from app.medication.queries.treatments import holds_of_each, with_plan
from app.medication.rates import came
from app.medication.running import running_on, runs_on
from app.medication.service.closed_records import after_closing
from app.medication.service.expectations import expects, stands_by_plan
from app.medication.service.layouts import ONE_DOSE, lay_out
from app.medication.service.misses import notice_misses_of
from app.medication.service.withdrawals import let_go_of_patient
from app.patients.models import Patient
from app.patients.queries.closings import WrongSpan, wrong_spans

ASKED_FOR = (Expectation.EXPECTED, Expectation.HELD)


async def close_record(session: AsyncSession, patient_id: UUID) -> None:
    """Cancel the doses from the day of closing on; what was taken counts.

    Films that wait are let go only where the holder left (`reach`): staff erase nothing.
    """
    await _lock_treatments(session, patient_id)
    coming = and_(
        Dose.patient_id == patient_id,
        after_closing(),
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
    await flags.refresh(session, [patient_id])


async def what_closing_does(session: AsyncSession, patient_id: UUID) -> list[str]:
    """Say in numbers what closing this record would let go today, and what it leaves."""
    patient = await session.get_one(Patient, patient_id)
    today = rules.dose_day(clock.now(), patient.zone)
    running = select(func.count()).where(Treatment.patient_id == patient_id, running_on(today))
    coming = select(func.count()).where(
        Dose.patient_id == patient_id,
        Dose.due_on >= today,
        Dose.expectation.in_(ASKED_FOR),
        ~came(),
    )
    unread = select(func.count()).where(
        Recording.patient_id == patient_id, Recording.pending_reading.is_not(None)
    )
    counted = select(running.scalar_subquery(), coming.scalar_subquery(), unread.scalar_subquery())
    treatments, doses, films = (await session.execute(counted)).one()
    told = []
    if treatments:
        told.append(
            f"{treatments} 个进行中的治疗：不再要求服药，也不再排新的服药安排。治疗本身不算结束，"
            "结果（如死亡、转出）请另外在治疗里登记。"
        )
    if doses:
        told.append(f"已排好的 {doses} 次服药（含暂停的）取消，手机上不再出现。")
    if films:
        told.append(f"{films} 段视频还没审核：照样等人审核，审完照样算数。")
    return told


async def open_record(session: AsyncSession, patient_id: UUID, until: date) -> None:
    """Expect the doses of running treatments again, from now on; a second run changes nothing.

    Where a person took a closing back, what was due before it stands again, too: of the days in
    between nothing was asked for, and nothing was missed.
    """
    patient = await session.get_one(Patient, patient_id, populate_existing=True)
    if patient.closed_at is not None:
        return
    at = clock.now()
    today = rules.dose_day(at, patient.zone)
    await _lock_treatments(session, patient_id)
    wrong = await wrong_spans(session, patient_id)
    first = min([today, *(span.closed_on for span in wrong)])
    own = with_plan().where(Treatment.patient_id == patient_id, running_on(first))
    treatments = (await session.scalars(own.order_by(Treatment.id))).all()
    holds = await holds_of_each(session, [one.id for one in treatments])
    for one in treatments:
        calendar = layout.Calendar(
            one.id, patient_id, patient.zone, one.slot_times, one.phases, holds[one.id]
        )
        last = min(one.laid_until, one.stopped_on or one.laid_until)
        rows = list(layout.dose_rows(calendar, first, last))
        await _let_stand(session, one.id, wrong, rows)
        if not runs_on(one.stopped_on, today):
            continue
        await _expect(session, [row for row in rows if row["due_at"] > at])
        await _expect_moved(session, one.id, Dose.due_at > at)
        # What would have been due while it was closed is not laid out behind the patient's back.
        one.laid_until = max(one.laid_until, today - layout.ONE_DAY)
        # Of one with a last day there is no later run: all of it is laid out at once.
        await lay_out(session, one, patient.zone, one.stopped_on or until)
    if wrong:
        await session.flush()  # misses and flags are read from the doses as they are now
        await notice_misses_of(session, [one.id for one in treatments])
        await flags.refresh(session, [patient_id])


async def _lock_treatments(session: AsyncSession, patient_id: UUID) -> None:
    own = select(Treatment.id).where(Treatment.patient_id == patient_id)
    await session.execute(for_update(own.order_by(Treatment.id)))


def _cancelled() -> ColumnElement[bool]:
    """Select what may stand again; not what was cancelled as another was taken in its place."""
    in_its_place = Dose.moved_to_id.is_not(None)
    return and_(Dose.expectation == Expectation.CANCELLED, ~came(), ~in_its_place)


async def _let_stand(
    session: AsyncSession,
    treatment_id: UUID,
    wrong: Collection[WrongSpan],
    rows: Sequence[dict[str, Any]],
) -> None:
    """Let stand what was due by the plan before a closing that was wrong; none is laid anew."""
    for span in wrong:
        then = and_(Dose.due_on >= span.closed_on, Dose.due_at <= span.closed_at)
        await _expect_moved(session, treatment_id, then)
        planned = [
            (row["due_on"], row["slot"])
            for row in rows
            if row["due_on"] >= span.closed_on and row["due_at"] <= span.closed_at
        ]
        if planned:
            await session.execute(
                update(Dose)
                .where(
                    Dose.treatment_id == treatment_id,
                    tuple_(Dose.due_on, Dose.slot).in_(planned),
                    _cancelled(),
                )
                .values(**stands_by_plan())
                .execution_options(synchronize_session=False)
            )


async def _expect(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    """Only of doses that stand: an edit may have taken others away for good."""
    if not rows:
        return
    laid = insert(Dose).values(rows)
    renewed = {name: laid.excluded[name] for name in ("expectation", "severe_at")}
    await session.execute(
        laid.on_conflict_do_update(constraint=ONE_DOSE, set_=renewed, where=_cancelled())
    )


async def _expect_moved(
    session: AsyncSession, treatment_id: UUID, when: ColumnElement[bool]
) -> None:
    """Expect again what a dose was moved to, which the plan does not name."""
    old = aliased(Dose)
    moved_here = exists().where(
        old.moved_to_id == Dose.id, old.expectation == Expectation.RESCHEDULED
    )
    await session.execute(
        update(Dose)
        .where(Dose.treatment_id == treatment_id, when, _cancelled(), moved_here)
        .values(**stands_by_plan())
        .execution_options(synchronize_session=False)
    )
