"""Undo a swap that nothing but a wrong entry of staff had made.

`expectations.stand_again` swaps a dose that was moved, and was taken, with the one it was moved to.
Struck through, the entry says that it was not taken: the dose is moved as its doctor had ordered,
and the patient is asked on that day. It stays swapped where a film was begun or a word was given
(whoever filmed had the drug in the hand), where the other dose cannot be taken any more, and where
the plan was changed since: what stands then was seen by its doctor.
"""

from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import for_update
from app.medication.models import (
    ChangeKind,
    Dose,
    DoseReport,
    Evidence,
    Expectation,
    Progress,
    TreatmentChange,
)
from app.medication.service.expectations import stands_by_plan


async def move_again(session: AsyncSession, dose: Dose, entered_at: datetime) -> None:
    """Let a (locked) dose be moved as it was before staff entered it, at that time, by mistake."""
    if dose.moved_to_id is not None or await _was_told(session, dose):
        return
    if await _changed_since(session, dose, entered_at):
        return
    heir = await session.scalar(
        for_update(
            select(Dose).where(
                Dose.moved_to_id == dose.id,
                Dose.expectation == Expectation.CANCELLED,
                Dose.expectation_at >= entered_at,
                Dose.closes_at > clock.now(),
                Dose.evidence == Evidence.NONE,
                Dose.progress == Progress.NONE,
                Dose.recording_id.is_(None),
                Dose.self_reported_taken.is_(None),
                Dose.side_effects_at.is_(None),
            )
        )
    )
    if heir is None:
        return
    await session.execute(
        update(Dose)
        .where(Dose.id == heir.id)
        .values(**stands_by_plan(), expectation_at=None, moved_to_id=None)
        .execution_options(synchronize_session=False)
    )
    moved_at = dose.expectation_at
    dose.expectation, dose.cancelled_by_stop = Expectation.RESCHEDULED, False
    dose.moved_to_id, dose.severe_at = heir.id, None
    await session.flush()  # its time is set by itself, below
    # By itself: the table's trigger would say that it was moved just now.
    await session.execute(
        update(Dose)
        .where(Dose.id == dose.id)
        .values(expectation_at=moved_at)
        .execution_options(synchronize_session=False)
    )


async def _was_told(session: AsyncSession, dose: Dose) -> bool:
    """Say whether anything else ever said that it was taken, also what was taken back since."""
    if dose.recording_id is not None or dose.self_reported_taken is not None:
        return True
    others = exists().where(
        DoseReport.dose_id == dose.id, DoseReport.taken, DoseReport.withdrawn_at.is_(None)
    )
    return bool(await session.scalar(select(others)))


async def _changed_since(session: AsyncSession, dose: Dose, since: datetime) -> bool:
    edits = exists().where(
        TreatmentChange.treatment_id == dose.treatment_id,
        TreatmentChange.kind == ChangeKind.EDITED,
        TreatmentChange.created_at >= since,
    )
    return bool(await session.scalar(select(edits)))
