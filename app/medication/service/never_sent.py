"""Films announced and never sent: the dose must not wait for them for ever."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import for_update
from app.medication import rules
from app.medication.models import Recording, RecordingState
from app.medication.service.expectations import free_doses
from app.medication.service.locks import lock_doses_of

BATCH = 500


class NeverSent(NamedTuple):
    created_at: datetime
    recording_id: UUID


def _never_sent() -> ColumnElement[bool]:
    too_late = clock.now() - rules.LATE_ARRIVAL - timedelta(days=1)
    return (Recording.state == RecordingState.REQUESTED) & (Recording.created_at < too_late)


async def never_sent(
    session: AsyncSession, last: NeverSent | None, limit: int = BATCH
) -> Sequence[NeverSent]:
    """List films that were announced so long ago that they will not come."""
    place = (Recording.created_at, Recording.id)
    statement = select(*place).where(_never_sent()).order_by(*place).limit(limit)
    if last is not None:
        statement = statement.where(tuple_(*place) > tuple(last))
    return [NeverSent(*row) for row in await session.execute(statement)]


async def give_up_uploads(session: AsyncSession, recording_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Let the dose count as what else is known, once the grace is over.

    Returns the treatments in which a miss may have come to light.
    """
    await lock_doses_of(session, Recording.id.in_(recording_ids))
    still = select(Recording.id).where(Recording.id.in_(recording_ids), _never_sent())
    result = await session.execute(
        update(Recording)
        .where(Recording.id.in_(for_update(still, skip_locked=True)))
        .values(state=RecordingState.ABANDONED)
        .returning(Recording.id)
    )
    return await free_doses(session, list(result.scalars()))
