"""Reads of films and of what was decided about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.hot import hot
from app.institutions.models import StaffMember
from app.media.models import MediaObject
from app.medication.models import Dose, Reading, Recording, RecordingState, Review, ReviewWithdrawal


class Announced(NamedTuple):
    """A film of a phone, and where the storage would have it."""

    id: UUID
    state: RecordingState
    uploaded_at: datetime | None
    media_id: UUID
    key: str
    dose_revision: int


@hot(Announced)
def _announced(*, recording_id: UUID, patient_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Recording.id,
            Recording.state,
            Recording.uploaded_at,
            Recording.media_id,
            MediaObject.key,
            Dose.revision.label("dose_revision"),
        )
        .join(MediaObject, MediaObject.id == Recording.media_id)
        .join(Dose, Dose.id == Recording.dose_id)
        .where(Recording.id == recording_id, Recording.patient_id == patient_id)
    )


async def announced(
    session: AsyncSession, patient_id: UUID, recording_id: UUID
) -> Announced | None:
    return await _announced.first(session, recording_id=recording_id, patient_id=patient_id)


async def recordings_of_dose(
    session: AsyncSession, dose_id: UUID
) -> Sequence[tuple[Recording, MediaObject]]:
    result = await session.execute(
        select(Recording, MediaObject)
        .join(MediaObject, MediaObject.id == Recording.media_id)
        .where(Recording.dose_id == dose_id, Recording.state != RecordingState.ABANDONED)
        .order_by(Recording.created_at.desc(), Recording.id.desc())
    )
    return result.all()


async def reviews_of_doses(
    session: AsyncSession, dose_ids: Sequence[UUID]
) -> Sequence[tuple[Review, str]]:
    """List first readings that stand, newest first, each with its reviewer's name."""
    result = await session.execute(
        select(Review, StaffMember.name)
        .join(StaffMember, StaffMember.id == Review.reviewer_id)
        .outerjoin(ReviewWithdrawal, ReviewWithdrawal.review_id == Review.id)
        .where(
            Review.dose_id.in_(dose_ids),
            Review.reading == Reading.FIRST,
            ReviewWithdrawal.review_id.is_(None),
        )
        .order_by(Review.created_at.desc(), Review.id.desc())
    )
    return result.all()
