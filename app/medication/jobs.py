"""Jobs of medication: films, the layout of doses, misses."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from anyio import to_thread
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.items import each_item, pages
from app.core.job_context import JobContext
from app.core.jobs import job
from app.core.storage import ObjectMissing, StorageUnavailable
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
from app.medication.media import FILM, STILLS
from app.medication.models import Recording, RecordingFlag, RecordingState
from app.medication.queries.treatments import ToLay, treatments_to_lay
from app.medication.service import (
    film_budget,
    layouts,
    misses,
    moves,
    never_sent,
    recordings,
    rollups,
    stuck_films,
    verdict_notices,
    withdrawals,
)
from app.medication.service.never_sent import NeverSent
from app.medication.service.verdict_notices import Untold

log = logging.getLogger("app.medication")
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


@job(FILM.announce_job, attempts=8, queue=FILM.queue)
async def film_arrived(context: JobContext, media_id: str) -> None:
    """Process a film that the storage has; safe to run twice and after a kill at any line."""
    film = await _take(context, UUID(media_id))
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


@job(recordings.DROP_SOURCE_JOB)
async def drop_source(context: JobContext, media_id: str) -> None:
    """Delete what the phone sent, once a film of our own is kept beside it."""
    async with context.sessions() as session:
        key = await session.scalar(
            select(MediaObject.key)
            .join(Recording, Recording.media_id == MediaObject.id)
            .where(MediaObject.id == UUID(media_id), Recording.film_key != MediaObject.key)
        )
    if key is not None:
        await context.storage.delete([key])


@job(withdrawals.DROP_STILLS_JOB)
async def drop_stills(context: JobContext, media_id: str) -> None:
    """Delete the stills of a film whose sender withdrew before anybody read it."""
    async with context.sessions() as session:
        key = await session.scalar(select(MediaObject.key).where(MediaObject.id == UUID(media_id)))
    if key is not None:
        await context.storage.delete_under(media_service.derived_directory(key, STILLS))


@job("medication.phone_unbound")
async def phone_unbound(context: JobContext, patient_id: str) -> None:
    """Let go of films that a phone announced which acts for this patient no more."""
    async with context.sessions.begin() as session:
        await withdrawals.let_go_of_patient(session, UUID(patient_id))


@job("medication.consent_withdrawn")
async def consent_withdrawn(context: JobContext, account_id: str) -> None:
    """Let go of what waits from a phone whose holder has withdrawn."""
    async with context.sessions.begin() as session:
        await withdrawals.let_go_of_account(session, UUID(account_id))


@job("medication.requeue_films", cron="*/5 * * * *", lock="medication.requeue_films")
async def requeue_films(context: JobContext) -> None:
    """Give films whose job gave up another, ever less often; tell the team after the last.

    While the storage is away no film is tried and no round is counted.
    """
    if not await context.storage.ready():
        raise StorageUnavailable
    async with each_item() as items:
        async for films in pages(context.sessions, stuck_films.stuck_films):
            await items.write(context.sessions, films, stuck_films.begin_round)


@job("medication.film_deleted")
async def film_deleted(context: JobContext, media_id: str) -> None:
    """Note on the recording that its film is gone; verdict and stills stay, nobody waits."""
    async with context.sessions.begin() as session:
        treatment_id = await stuck_films.film_gone(session, UUID(media_id))
        if treatment_id is not None:
            await misses.notice_misses_of(session, [treatment_id])


@job("medication.patient_moved")
async def patient_moved(context: JobContext, patient_id: str) -> None:
    """Let what waits for staff follow a patient to the new team."""
    async with context.sessions.begin() as session:
        await moves.follow_patient(session, UUID(patient_id))


@job("medication.lay_out_doses", cron="7 * * * *", lock="medication.lay_out_doses")
async def lay_out_doses(context: JobContext) -> None:
    """Keep every running treatment laid out ahead, a batch a transaction."""
    until = layouts.last_day(context.settings.dose_horizon_days)

    async def short(session: AsyncSession, last: ToLay | None) -> Sequence[ToLay]:
        return await treatments_to_lay(session, until, last, layouts.AT_ONCE)

    async def lay(session: AsyncSession, found: Sequence[ToLay]) -> None:
        await layouts.lay_out_ahead(session, [row.treatment_id for row in found], until)

    async with each_item() as items:
        async for found in pages(context.sessions, short):
            await items.write(context.sessions, found, lay)


@job("medication.notice_misses", cron="*/15 * * * *", lock="medication.notice_misses")
async def notice_misses(context: JobContext) -> None:
    """Raise an alert at 2, 4, 7 and 14 misses in a row, and at seven in all."""
    await _notice_misses(context, timedelta(hours=1))


@job("medication.notice_misses_again", cron="11 * * * *", lock="medication.notice_misses")
async def notice_misses_again(context: JobContext) -> None:
    """Look for misses two days back, so that an outage of the worker forgets none."""
    await _notice_misses(context, timedelta(days=2))


async def _notice_misses(context: JobContext, since: timedelta) -> None:
    async with context.sessions() as session:
        missed = await misses.missed_lately(session, since)
    async with each_item() as items:
        for treatment_ids in misses.batches(missed):
            await items.write(context.sessions, treatment_ids, misses.notice_misses_of)


@job("medication.tell_verdicts", cron="*/1 * * * *", lock="medication.tell_verdicts")
async def tell_verdicts(context: JobContext) -> None:
    """Write a line in the patient's inbox when a film was not accepted."""
    await _tell_verdicts(context, timedelta(minutes=15))


@job("medication.tell_verdicts_again", cron="37 * * * *", lock="medication.tell_verdicts")
async def tell_verdicts_again(context: JobContext) -> None:
    """Look for verdicts two days back, so that an outage of the worker forgets none."""
    await _tell_verdicts(context, timedelta(days=2))


async def _tell_verdicts(context: JobContext, since: timedelta) -> None:
    async def untold(session: AsyncSession, last: Untold | None) -> Sequence[Untold]:
        return await verdict_notices.untold_verdicts(session, context.settings, since, last)

    async with each_item() as items:
        async for verdicts in pages(context.sessions, untold):
            await items.write(context.sessions, verdicts, verdict_notices.tell_verdicts)


@job("medication.give_up_uploads", cron="23 * * * *", lock="medication.give_up_uploads")
async def give_up_uploads(context: JobContext) -> None:
    """Give up films that were announced and never sent."""
    async with each_item() as items:
        async for found in pages(context.sessions, never_sent.never_sent):
            await items.write(context.sessions, found, _give_up)


async def _give_up(session: AsyncSession, found: Sequence[NeverSent]) -> None:
    touched = await never_sent.give_up_uploads(session, [film.recording_id for film in found])
    await misses.notice_misses_of(session, touched)


@job("medication.roll_up", cron="*/10 * * * *", lock="medication.roll_up")
async def roll_up(context: JobContext) -> None:
    """Bring the figures of supervision up to date; whole days after 03:00 in China, team by team.

    A transaction a team: stopped midway, the next run goes on; one that fails holds up no other.
    """
    async with context.sessions() as session:
        team_ids = await rollups.teams(session)
    async with each_item() as items:
        for team_id in team_ids:
            await items.write(context.sessions, [team_id], _roll_up)


async def _roll_up(session: AsyncSession, team_ids: Sequence[UUID]) -> None:
    for team_id in team_ids:
        await rollups.roll_up_team(session, team_id, clock.now())
