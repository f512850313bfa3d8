"""Process a film that the storage has: looked at, kept in a form of our own, or refused."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from anyio import to_thread
from sqlalchemy import select

from app.core import clock
from app.core.job_context import JobContext
from app.core.storage import ObjectMissing
from app.media import service as media_service
from app.media.content_types import JPEG, MP4
from app.media.models import MediaObject
from app.media.places import working_place
from app.media.video import (
    InspectionError,
    VideoLimits,
    VideoProblem,
    VideoRejected,
    VideoReport,
    inspect,
    is_near_duplicate,
)
from app.medication.media import STILLS
from app.medication.models import Recording, RecordingFlag, RecordingState
from app.medication.service import (
    film_budget,
    misses,
    recordings,
    withdrawals,
)

# A film is compared with those of so many days, and no more than so many.
EARLIER_DAYS = timedelta(days=60)
EARLIER_FILMS = 200
# A film at which our own inspection fails for so long is given back: the patient must hear of it.
KEEP_TRYING = timedelta(hours=6)


class Film(NamedTuple):
    recording_id: UUID
    patient_id: UUID
    key: str
    uploaded_at: datetime


async def process(context: JobContext, media_id: UUID) -> None:
    """Take it in, in steps that may each be the last; raises what another try may mend."""
    film = await _take(context, media_id)
    if film is None:
        return
    with working_place() as place:
        source = place / "source"
        try:
            await context.storage.download(film.key, source)
            report = await inspect(source, place, _limits(context))
        except ObjectMissing:  # a database restored beside an older copy of the bucket
            await _refuse(context, film, VideoProblem.TRUNCATED)
            return
        except VideoRejected as refused:
            await _refuse(context, film, refused.problem)
            return
        except InspectionError:
            if clock.now() < film.uploaded_at + KEEP_TRYING:
                raise
            await _refuse(context, film, VideoProblem.PROCESSING_LIMIT)
            return
        await _keep(context, film, report)


async def _refuse(context: JobContext, film: Film, problem: VideoProblem) -> None:
    """Arrived late and refused, its window may have closed long ago: look for a miss at once."""
    async with context.sessions.begin() as session:
        treatment_id = await recordings.refuse_film(session, film.recording_id, problem)
        if treatment_id is not None:
            await session.flush()  # the dose just let go is read again below
            await misses.notice_misses_of(session, [treatment_id])


def _limits(context: JobContext) -> VideoLimits:
    return VideoLimits(max_bytes=context.settings.upload_max_bytes)


async def _take(context: JobContext, media_id: UUID) -> Film | None:
    async with context.sessions.begin() as session:
        await recordings.arrived(session, media_id)
        recording = await recordings.begin_processing(session, media_id)
        media = await session.get_one(MediaObject, media_id)
        if recording is not None:
            until = await film_budget.waits_until(session, recording.patient_id)
            if until is not None:  # received, and nobody's place is taken until tomorrow
                recording.state = RecordingState.UPLOADED
                await media_service.announce_later(session, media, until)
                return None
            uploaded_at = recording.uploaded_at or clock.now()
            return Film(recording.id, recording.patient_id, media.key, uploaded_at)
        await withdrawals.let_go(session, Recording.media_id == media_id)
        await withdrawals.discard_abandoned(session, media_id)
        return None


async def _keep(context: JobContext, film: Film, report: VideoReport) -> None:
    place = media_service.directory(film.key)
    stills = media_service.derived_directory(film.key, STILLS)
    # Never the key that the phone may still write to: what was inspected is what is kept.
    film_key = f"{place}film.mp4"
    await context.storage.upload(film_key, report.playable, MP4)
    await context.storage.upload(f"{stills}poster.jpg", report.poster, JPEG)
    await context.storage.upload(f"{stills}sheet.jpg", report.sheet, JPEG)
    flags = [RecordingFlag(f) for f in report.flags]
    if await _seen_before(context, film, report.fingerprint):
        flags.append(RecordingFlag.NEAR_DUPLICATE)
    found = recordings.Processed(
        film_key=film_key,
        poster_key=f"{stills}poster.jpg",
        sheet_key=f"{stills}sheet.jpg",
        duration_ms=report.duration_ms,
        width=report.width,
        height=report.height,
        fingerprint=report.fingerprint,
        flags=flags,
    )
    async with context.sessions.begin() as session:
        kept = await recordings.finish_processing(
            session, context.settings, film.recording_id, found
        )
    if not kept:
        await context.storage.delete([found.film_key, found.poster_key, found.sheet_key])


async def _seen_before(context: JobContext, film: Film, fingerprint: bytes) -> bool:
    async with context.sessions() as session:
        result = await session.scalars(
            select(Recording.fingerprint)
            .where(
                Recording.patient_id == film.patient_id,
                Recording.id != film.recording_id,
                Recording.fingerprint.is_not(None),
                Recording.created_at > clock.now() - EARLIER_DAYS,
            )
            .order_by(Recording.created_at.desc())
            .limit(EARLIER_FILMS)
        )
        earlier = [f for f in result if f is not None]
    return await to_thread.run_sync(_is_among, fingerprint, earlier)


def _is_among(fingerprint: bytes, earlier: Sequence[bytes]) -> bool:
    """Take half a second of arithmetic, which the loop of all other jobs must not wait for."""
    return any(is_near_duplicate(fingerprint, before) for before in earlier)
