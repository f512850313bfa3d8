"""Tell patients of films that were not accepted: read by a job, so that a verdict costs no more."""

from datetime import timedelta

from sqlalchemy import Text, cast, exists, func, select
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


async def tell_verdicts(session: AsyncSession, settings: Settings, since: timedelta) -> int:
    """Write a line for each first reading that can no longer be undone; returns how many.

    A review is told once: its key stays in the inbox, and a second run passes it by.
    """
    at = clock.now()
    undone = exists().where(ReviewWithdrawal.review_id == Review.id)
    has_notice = exists().where(
        Notice.patient_id == Recording.patient_id,
        Notice.key == func.concat(KEY, cast(Review.id, Text)),
    )
    rows = await session.execute(
        select(Review.id, Review.dose_id, Recording.patient_id)
        .join(Recording, Recording.id == Review.recording_id)
        .where(
            Review.reading == Reading.FIRST,
            Review.verdict != Verdict.OBSERVED,
            Review.created_at > at - since,
            Review.created_at <= at - timedelta(seconds=settings.undo_seconds + 2),
            ~undone,
            ~has_notice,
        )
        .order_by(Review.created_at)
        .limit(BATCH)
    )
    news = [(r.patient_id, f"{KEY}{r.id}", dose_ref(r.dose_id)) for r in rows]
    await notify_patients(session, news, FILM_NOT_ACCEPTED)
    return len(news)
