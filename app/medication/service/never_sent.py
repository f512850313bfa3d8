"""Films announced and never sent: the dose must not wait for them for ever."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import for_update
from app.medication import rules
from app.medication.models import (
    Dose,
    DoseHold,
    Evidence,
    Expectation,
    Progress,
    Recording,
    RecordingState,
)


async def give_up_uploads(session: AsyncSession, limit: int = 500) -> Sequence[UUID]:
    """Let the dose count as what else is known, once the grace is over.

    Returns the treatments in which a miss may have come to light; none when all is done.
    """
    too_late = clock.now() - rules.LATE_ARRIVAL - timedelta(days=1)
    oldest = (
        select(Recording.id)
        .where(Recording.state == RecordingState.REQUESTED, Recording.created_at < too_late)
        .limit(limit)
    )
    result = await session.execute(
        update(Recording)
        .where(Recording.id.in_(for_update(oldest, skip_locked=True)))
        .values(state=RecordingState.ABANDONED)
        .returning(Recording.id, Recording.dose_id)
    )
    given_up = {dose_id: recording_id for recording_id, dose_id in result}
    let_go = await session.scalars(
        update(Dose)
        .where(Dose.id.in_(given_up), Dose.recording_id.in_(given_up.values()))
        .values(
            progress=Progress.NONE,
            expectation=case((_held(), Expectation.HELD), else_=Dose.expectation),
        )
        .returning(Dose.treatment_id)
        .execution_options(synchronize_session=False)
    )
    return let_go.all()


def _held() -> ColumnElement[bool]:
    """Say of a dose that its days were held while a film seemed to be on its way."""
    held = exists().where(
        DoseHold.treatment_id == Dose.treatment_id,
        Dose.due_on.between(DoseHold.from_on, DoseHold.to_on),
    )
    expected = Dose.expectation == Expectation.EXPECTED
    return expected & (Dose.evidence == Evidence.NONE) & held
