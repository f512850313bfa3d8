"""Tell patients of films that were not accepted: read by a job, so that a verdict costs no more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, cast, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.feature import NoticeKind
from app.core.settings import Settings
from app.medication.models import Reading, Recording, Review, ReviewWithdrawal, Verdict
from app.medication.queries.described import dose_ref
from app.notifications.models import Notice
from app.notifications.service import notify_patients

FILM_NOT_ACCEPTED = NoticeKind("film_not_accepted", "医生看了您发来的视频，有话要告诉您")

KEY = "review:"
BATCH = 1000


class Untold(NamedTuple):
    """A verdict that its patient has not been told."""

    created_at: datetime
    dose_id: UUID
    patient_id: UUID
    review_id: UUID


async def untold_verdicts(
    session: AsyncSession, settings: Settings, since: timedelta, last: Untold | None = None
) -> Sequence[Untold]:
    """List first readings that can no longer be undone and have no line in the inbox yet."""
    at = clock.now()
    place = (Review.created_at, Review.id)
    undone = exists().where(ReviewWithdrawal.review_id == Review.id)
    has_notice = exists().where(
        Notice.patient_id == Recording.patient_id,
        Notice.key == func.concat(KEY, cast(Review.id, Text)),
    )
    statement = (
        select(Review.created_at, Review.dose_id, Recording.patient_id, Review.id)
        .join(Recording, Recording.id == Review.recording_id)
        .where(
            Review.reading == Reading.FIRST,
            Review.verdict != Verdict.OBSERVED,
            Review.created_at > at - since,
            Review.created_at <= at - timedelta(seconds=settings.undo_seconds + 2),
            ~undone,
            ~has_notice,
        )
        .order_by(*place)
        .limit(BATCH)
    )
    if last is not None:
        statement = statement.where(tuple_(*place) > (last.created_at, last.review_id))
    return [Untold(*row) for row in await session.execute(statement)]


async def tell_verdicts(session: AsyncSession, verdicts: Sequence[Untold]) -> None:
    """Write a line for each; told twice it is one line, by its key."""
    news = [(v.patient_id, f"{KEY}{v.review_id}", dose_ref(v.dose_id)) for v in verdicts]
    await notify_patients(session, news, FILM_NOT_ACCEPTED)
