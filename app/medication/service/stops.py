"""End a treatment, on a past or a coming day; and correct an end that was wrong."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.core import clock
from app.core.corrections import may_correct
from app.core.db import for_update
from app.medication import flags
from app.medication.layout import ONE_DAY, is_held, stopped_since
from app.medication.models import (
    ChangeKind,
    Dose,
    Evidence,
    Expectation,
    Progress,
    Treatment,
    TreatmentChange,
)
from app.medication.problems import (
    NotStopped,
    NotYoursToCorrect,
    ReasonOfCorrection,
    SameTreatmentRuns,
    StopAlreadySet,
    StoppedAfterPlan,
    StoppedBeforeStart,
)
from app.medication.queries.treatments import holds_of
from app.medication.running import runs_on, today_in
from app.medication.schemas.treatments import StopCorrection, TreatmentStop
from app.medication.service.alike import beside
from app.medication.service.closed_records import after_closing, refuse_closed
from app.medication.service.expectations import expects
from app.medication.service.layouts import (
    lay_missing,
    lay_out,
    planned_rows,
)
from app.medication.service.locks import lock_question
from app.medication.service.misses import close_misses, reopen_misses
from app.medication.service.severe import end_with_treatment, wait_again
from app.medication.service.treatments import lock_as_seen, lock_running, note_change


async def stop(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    order: TreatmentStop,
    *,
    version: int | None = None,
) -> None:
    """End with an outcome; doses after the last day are cancelled, not deleted.

    Of a closed record, too, of which nothing is laid out (`closed_records`). The last day may lie
    in the past: a death is often learnt later, and what was not due any more was not missed. Until
    a coming one is over the treatment runs. Alerts about misses end with it.
    """
    await lock_running(session, treatment, zone, version)
    if treatment.stopped_on is not None:
        raise StopAlreadySet
    _check_last_day(treatment, order.stopped_on)
    await lay_out(session, treatment, zone, order.stopped_on)
    treatment.stopped_on, treatment.outcome = order.stopped_on, order.outcome
    await _cancel_after(session, treatment.id, order.stopped_on)
    await _follow(session, actor, treatment, zone)
    detail = order.model_dump(mode="json")
    note_change(session, actor, treatment, ChangeKind.STOPPED, detail, **detail)


def _check_last_day(treatment: Treatment, last: date) -> None:
    if last < first_planned(treatment):
        raise StoppedBeforeStart
    if last > last_planned(treatment):
        raise StoppedAfterPlan


def first_planned(treatment: Treatment) -> date:
    """Return the first day of the plan: an edit may begin before the day first meant."""
    return min(treatment.starts_on, *(phase.starts_on for phase in treatment.phases))


def last_planned(treatment: Treatment) -> date:
    return max(phase.ends_on for phase in treatment.phases)


async def correct_stop(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    order: StopCorrection,
    horizon_days: int,
    *,
    alone: bool = False,
    version: int | None = None,
) -> None:
    """Let another day be the last one, or none: doses, flags and alerts follow.

    Until the last day is over that is a change of plan as any other. Later it is the correction
    of an entry: by its author within a day, by a supervisor at any time, with a reason. Both lines
    stay. What would be taken longer than was said is refused while the record is closed; `alone`:
    and while another treatment like it runs, begun perhaps in its place.
    """
    await lock_as_seen(session, treatment, version)
    before, outcome = treatment.stopped_on, treatment.outcome
    if before is None:
        raise NotStopped
    if order.stopped_on is None or order.stopped_on > before:
        await refuse_closed(session, treatment.patient_id)
    wrong = await _standing_stop(session, treatment.id)
    _refuse_correction(actor, treatment, today_in(zone), wrong, order)
    await lock_question(session, treatment.patient_id)
    if alone and await beside_corrected(session, treatment, zone, order.stopped_on):
        raise SameTreatmentRuns
    treatment.stopped_on, treatment.outcome = order.stopped_on, order.outcome
    await _lay_between(session, treatment, zone, before, horizon_days)
    await _follow(session, actor, treatment, zone)
    told: dict[str, date | str | None] = {"before": before, "after": order.stopped_on}
    told |= {"outcome_before": outcome, "outcome_after": order.outcome}
    detail, corrects = order.model_dump(mode="json"), wrong.id if wrong else None
    note_change(
        session, actor, treatment, ChangeKind.STOPPED, detail,
        corrects=corrects, code="stop_corrected", **told,
    )  # fmt: skip


async def beside_corrected(
    session: AsyncSession, treatment: Treatment, zone: str, last: date | None
) -> list[Treatment]:
    """List what runs beside it, and is like it, on the days that this correction gives back."""
    before = treatment.stopped_on
    if before is None or (last is not None and last <= before):
        return []
    return await beside(session, treatment, max(before + ONE_DAY, today_in(zone)))


def _refuse_correction(
    actor: StaffActor,
    treatment: Treatment,
    today: date,
    wrong: TreatmentChange | None,
    order: StopCorrection,
) -> None:
    """Refuse what is not theirs, has no reason once the end is over, or ends on no day of it."""
    if not runs_on(treatment.stopped_on, today):
        if not _may_correct(actor, wrong):
            raise NotYoursToCorrect
        if order.reason is None:
            raise ReasonOfCorrection
    if order.stopped_on is not None:
        _check_last_day(treatment, order.stopped_on)


async def _standing_stop(session: AsyncSession, treatment_id: UUID) -> TreatmentChange | None:
    """Read the line of the end that stands; a treatment of old may have none."""
    result = await session.scalars(
        select(TreatmentChange)
        .where(
            TreatmentChange.treatment_id == treatment_id,
            TreatmentChange.kind == ChangeKind.STOPPED,
        )
        .order_by(TreatmentChange.created_at.desc(), TreatmentChange.id.desc())
        .limit(1)
    )
    return result.first()


def _may_correct(actor: StaffActor, wrong: TreatmentChange | None) -> bool:
    if wrong is None:
        return actor.supervises
    own = wrong.changed_by == actor.account_id
    return may_correct(
        own=own, supervises=actor.supervises, made_at=wrong.created_at, at=clock.now()
    )


async def may_correct_stop(session: AsyncSession, actor: StaffActor, treatment_id: UUID) -> bool:
    """Say whether this person may correct the entry of an end that is over."""
    return _may_correct(actor, await _standing_stop(session, treatment_id))


async def _cancel_after(session: AsyncSession, treatment_id: UUID, last: date) -> None:
    """Cancel what was laid after the last day, whatever was said of it: evidence wins.

    What the closing of the record has cancelled is the end's, too, once that is open again.
    """
    by_closing = and_(
        Dose.expectation == Expectation.CANCELLED, Dose.moved_to_id.is_(None), after_closing()
    )
    asked_for = Dose.expectation.in_([Expectation.EXPECTED, Expectation.HELD])
    await session.execute(
        update(Dose)
        .where(Dose.treatment_id == treatment_id, Dose.due_on > last, or_(asked_for, by_closing))
        .values(**expects(Expectation.CANCELLED), cancelled_by_stop=True)
    )


async def _lay_between(
    session: AsyncSession, treatment: Treatment, zone: str, before: date, horizon_days: int
) -> None:
    """Bring the doses after the earlier of the two last days to what the plan says now."""
    last = treatment.stopped_on
    if last is not None:
        await _cancel_after(session, treatment.id, last)
    until = last or max(treatment.laid_until, today_in(zone) + timedelta(days=horizon_days))
    if until <= before:
        return
    first = before + ONE_DAY
    laid = min(until, treatment.laid_until)
    await _let_stand_again(session, treatment, zone, first, laid)
    await lay_missing(session, treatment, zone, first, laid)
    await lay_out(session, treatment, zone, until)


async def _let_stand_again(
    session: AsyncSession, treatment: Treatment, zone: str, first: date, last: date
) -> None:
    """Expect what the end had cancelled, where the plan of today has it or it was moved there."""
    holds = await holds_of(session, treatment.id)
    rows = planned_rows(treatment, zone, holds, first, last)
    planned = {(row["due_on"], row["slot"]): row for row in rows}
    old = aliased(Dose)
    moved_here = exists().where(
        old.moved_to_id == Dose.id, old.expectation == Expectation.RESCHEDULED
    )
    cancelled = await session.execute(
        for_update(
            select(Dose, moved_here)
            .where(
                Dose.treatment_id == treatment.id,
                Dose.due_on.between(first, last),
                Dose.cancelled_by_stop,
            )
            .order_by(Dose.id),
            of=[Dose],
        )
    )
    for dose, was_moved in cancelled.all():
        row = planned.get((dose.due_on, dose.slot))
        if row is not None or was_moved:
            held = is_held(holds, dose.due_on)
            dose.expectation = Expectation.HELD if held else Expectation.EXPECTED
            dose.expectation_at = clock.now() if held else None
            dose.severe_at = stopped_since(holds, dose.due_on)
            dose.cancelled_by_stop = False
            _renew(dose, row)
    await session.flush()  # what is laid out next must meet these


def _renew(dose: Dose, row: Mapping[str, Any] | None) -> None:
    """Give it the hour and drugs of the plan, unless something was said of it."""
    untouched = (
        dose.evidence is Evidence.NONE
        and dose.progress is Progress.NONE
        and dose.recording_id is None
        and dose.self_reported_taken is None
        and dose.side_effects_at is None
    )
    if row is not None and untouched:
        for name in ("drugs", "opens_at", "due_at", "closes_at"):
            setattr(dose, name, row[name])


async def _follow(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, zone: str
) -> None:
    """Let alerts and flags follow the doses and the last day."""
    await session.flush()  # they read the treatment as it is now
    last, today = treatment.stopped_on, today_in(zone)
    if last is not None and last <= today:  # nothing is to be taken that a symptom could stop
        await end_with_treatment(session, actor, treatment, last)
    else:
        await wait_again(session, treatment)
    if runs_on(last, today):
        await reopen_misses(session, treatment.id)
    else:
        await close_misses(session, treatment.id, actor)
    await flags.refresh(session, [treatment.patient_id])
