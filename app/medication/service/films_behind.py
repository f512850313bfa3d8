"""Films of one dose that wait behind another: two phones, or filmed again before the first arrived.

Whichever arrives first is worked on and read. What arrives while that one is at work, waits or was
accepted is kept and not read: nobody takes a dose twice, and nobody reads two films of it. Where
the one in front comes to nothing (refused by the computer or by a person, lost, withdrawn), the
next takes its place, and no phone is asked to film again.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import for_update
from app.core.settings import Settings
from app.media import service as media_service
from app.medication import rules
from app.medication.models import (
    Dose,
    Evidence,
    Progress,
    Recording,
    RecordingState,
    Review,
)

BATCH = 500


def has_front() -> ColumnElement[bool]:
    """Say of a dose that a film of it is at work, waits for a person, or was accepted."""
    accepted = func.coalesce(Dose.verdict.in_(rules.SETTLED), False)
    return or_(Dose.progress.in_(rules.FILM_HERE), accepted)


def in_front(recording_id: UUID | ColumnElement[UUID]) -> dict[str, Any]:
    """Values of an update of doses for which this film speaks; what staff saw stays seen."""
    seen = Dose.evidence.in_(rules.SEEN_BY_STAFF)
    return {
        "recording_id": recording_id,
        "progress": Progress.PROCESSING,
        "evidence": case((seen, Dose.evidence), else_=literal(Evidence.VIDEO, Dose.evidence.type)),
    }


def _waiting() -> ColumnElement[bool]:
    kept = Recording.film_deleted_at.is_(None)
    return and_(Recording.behind, Recording.state == RecordingState.UPLOADED, kept)


async def next_in_front(session: AsyncSession, dose_ids: Collection[UUID]) -> Sequence[UUID]:
    """Let the next film of each of these (locked) doses be worked on, where none is; name them."""
    free = select(Dose.id).where(
        Dose.id.in_(dose_ids), ~has_front(), Dose.evidence.not_in(rules.SEEN_BY_STAFF)
    )
    first = (
        select(Recording.id)
        .where(_waiting(), Recording.dose_id.in_(free))
        .ext(distinct_on(Recording.dose_id))
        .order_by(Recording.dose_id, Recording.uploaded_at, Recording.id)
    )
    taken = await session.execute(
        update(Recording)
        .where(Recording.id.in_(first))
        .values(behind=False)
        .returning(Recording.id, Recording.dose_id, Recording.media_id)
        .execution_options(synchronize_session=False)
    )
    films = taken.all()
    for film in films:
        await _set(session, film.dose_id, in_front(film.id))
    await media_service.announce_again(session, [film.media_id for film in films])
    return [film.dose_id for film in films]


async def wait_for_another(session: AsyncSession, dose_ids: Collection[UUID]) -> None:
    """Let these (locked) doses, whose film fell away, wait for another that is on its way."""
    newest = (
        select(Recording.dose_id, Recording.id)
        .where(Recording.dose_id.in_(dose_ids), Recording.state == RecordingState.REQUESTED)
        .ext(distinct_on(Recording.dose_id))
        .order_by(Recording.dose_id, Recording.created_at.desc(), Recording.id.desc())
    )
    for dose_id, recording_id in (await session.execute(newest)).all():
        await _set(session, dose_id, {"recording_id": recording_id, "progress": Progress.UPLOADING})


async def _set(session: AsyncSession, dose_id: UUID, facts: dict[str, Any]) -> None:
    await session.execute(
        update(Dose)
        .where(Dose.id == dose_id)
        .values(**facts)
        .execution_options(synchronize_session=False)
    )


async def left_behind(
    session: AsyncSession, settings: Settings, last: UUID | None
) -> Sequence[UUID]:
    """List doses of which a film waits behind one that a person has refused.

    Not while that may still be undone: the film would be wanted back in front.
    """
    since = clock.now() - timedelta(seconds=settings.undo_seconds + 2)
    just_read = exists().where(Review.dose_id == Dose.id, Review.created_at > since)
    behind = exists().where(Recording.dose_id == Dose.id, _waiting())
    statement = (
        select(Dose.id)
        .where(behind, ~has_front(), Dose.evidence.not_in(rules.SEEN_BY_STAFF), ~just_read)
        .order_by(Dose.id)
        .limit(BATCH)
    )
    if last is not None:
        statement = statement.where(Dose.id > last)
    return (await session.scalars(statement)).all()


async def take_up(session: AsyncSession, dose_ids: Sequence[UUID]) -> None:
    """As `next_in_front`, of doses that are not locked yet."""
    held = for_update(select(Dose.id).where(Dose.id.in_(dose_ids)).order_by(Dose.id))
    await next_in_front(session, (await session.scalars(held)).all())
