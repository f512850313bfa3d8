"""Tell patients of films that were not accepted: read by a job, so that a verdict costs no more.

Whoever was told a verdict that was corrected afterwards is told the new one, whatever it is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.feature import NoticeKind
from app.core.settings import Settings
from app.medication.models import Reading, Recording, Review, ReviewWithdrawal, Verdict
from app.medication.queries.described import dose_ref
from app.notifications.models import Notice
from app.notifications.service import notify_patients

FILM_NOT_ACCEPTED = NoticeKind("film_not_accepted", "医生看了您发来的视频，有话要告诉您")

VERDICT_CORRECTED = NoticeKind("verdict_corrected", "医生更正了对您视频的结论，请点开看新的结论")

KEY = "review:"
BATCH = 1000


class Untold(NamedTuple):
    """A verdict that its patient has not been told."""

    created_at: datetime
    dose_id: UUID
    patient_id: UUID
    review_id: UUID
    corrects: bool


async def untold_verdicts(
    session: AsyncSession, settings: Settings, since: timedelta, last: Untold | None = None
) -> Sequence[Untold]:
    """List first readings that can no longer be undone and have no line in the inbox yet."""
    at = clock.now()
    place = (Review.created_at, Review.id)
    undone = exists().where(ReviewWithdrawal.review_id == Review.id)
    earlier = aliased(Review)
    corrects = exists().where(
        earlier.recording_id == Review.recording_id, earlier.id != Review.id, _told(earlier)
    )
    statement = (
        select(
            Review.created_at,
            Review.dose_id,
            Recording.patient_id,
            Review.id,
            corrects.label("corrects"),
        )
        .join(Recording, Recording.id == Review.recording_id)
        .where(
            Review.reading == Reading.FIRST,
            or_(Review.verdict != Verdict.OBSERVED, corrects),
            Review.created_at > at - since,
            Review.created_at <= at - timedelta(seconds=settings.undo_seconds + 2),
            ~undone,
            ~_told(Review),
        )
        .order_by(*place)
        .limit(BATCH)
    )
    if last is not None:
        statement = statement.where(tuple_(*place) > (last.created_at, last.review_id))
    return [Untold(*row) for row in await session.execute(statement)]


async def tell_verdicts(session: AsyncSession, verdicts: Sequence[Untold]) -> None:
    """Write a line for each; told twice it is one line, by its key."""
    for kind, corrects in ((FILM_NOT_ACCEPTED, False), (VERDICT_CORRECTED, True)):
        news = [
            (v.patient_id, f"{KEY}{v.review_id}", dose_ref(v.dose_id))
            for v in verdicts
            if v.corrects is corrects
        ]
        if news:
            await notify_patients(session, news, kind)


def _told(review: Any) -> ColumnElement[bool]:
    return exists().where(
        Notice.patient_id == Recording.patient_id,
        Notice.key == func.concat(KEY, cast(review.id, Text)),
    )
