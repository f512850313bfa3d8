"""Jobs of medication: films, the layout of doses, misses."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.items import each_item, pages
from app.core.job_context import JobContext
from app.core.jobs import job
from app.core.storage import ObjectMissing, StorageUnavailable
from app.media import service as media_service
from app.media.models import MediaObject
from app.media.sound import SoundLimits, SoundRejected, keep_sound
from app.medication import processing
from app.medication.media import FILM, GUIDE_VOICE, LONGEST_VOICE_MS, STILLS
from app.medication.models import Recording
from app.medication.queries.treatments import ToLay, treatments_to_lay
from app.medication.service import (
    closing,
    films_behind,
    guide_voices,
    layouts,
    misses,
    moves,
    never_sent,
    recordings,
    rejections,
    rollups,
    stuck_films,
    subtrees,
    verdict_notices,
    withdrawals,
)
from app.medication.service.never_sent import NeverSent
from app.medication.service.verdict_notices import Untold

log = logging.getLogger("app.medication")


@job(FILM.announce_job, attempts=8, queue=FILM.queue)
async def film_arrived(context: JobContext, media_id: str) -> None:
    """Process a film that the storage has; safe to run twice and after a kill at any line."""
    await processing.process(context, UUID(media_id))


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


@job(guide_voices.LOOK_JOB)
async def look_for_guide_voice(context: JobContext, media_id: str) -> None:
    """Ask the storage for spoken words whose sender says that they are there."""
    async with context.sessions() as session:
        media = await session.get_one(MediaObject, UUID(media_id))
    stored = await context.storage.head(media.key)
    if stored is not None:
        async with context.sessions.begin() as session:
            await media_service.confirm(session, media.id, stored)


@job(GUIDE_VOICE.announce_job)
async def guide_voice_arrived(context: JobContext, media_id: str) -> None:
    """Listen to spoken words that the storage has, and let phones play them; safe to run twice."""
    async with context.sessions.begin() as session:
        voice = await guide_voices.arrived(session, UUID(media_id))
        if voice is None:
            return
        media = await session.get_one(MediaObject, voice.media_id)
    limits = SoundLimits(max_bytes=media.max_bytes, max_ms=LONGEST_VOICE_MS[voice.step])
    try:
        kept = await keep_sound(context.storage, media.key, limits)
    except ObjectMissing:  # a database restored beside an older copy of the bucket
        async with context.sessions.begin() as session:
            await guide_voices.lost(session, voice.media_id)
    except SoundRejected as refused:
        async with context.sessions.begin() as session:
            await guide_voices.refuse(session, voice.id, refused.problem)
    else:
        async with context.sessions.begin() as session:
            await guide_voices.keep(session, voice.id, kept)


@job("medication.guide_voice_deleted")
async def guide_voice_deleted(context: JobContext, media_id: str) -> None:
    """Play no more what the storage has deleted or lost."""
    async with context.sessions.begin() as session:
        await guide_voices.lost(session, UUID(media_id))


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


@job("medication.record_reopened")
async def record_reopened(context: JobContext, patient_id: str) -> None:
    """Expect the doses of a record again that was closed: its phone is bound anew."""
    until = layouts.last_day(context.settings.dose_horizon_days)
    async with context.sessions.begin() as session:
        await closing.open_record(session, UUID(patient_id), until)


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


@job("medication.end_treatments", cron="9 * * * *", lock="medication.notice_misses")
async def end_treatments(context: JobContext) -> None:
    """Let alerts and flags of misses end with a treatment whose last day is over."""
    async with each_item() as items:
        async for ended in pages(context.sessions, misses.ended_lately):
            await items.write(context.sessions, ended, misses.end_treatments)


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
            await items.write(context.sessions, verdicts, _tell)


async def _tell(session: AsyncSession, verdicts: Sequence[Untold]) -> None:
    """Tell the patients, and the team of those whose films are refused again and again."""
    await verdict_notices.tell_verdicts(session, verdicts)
    await rejections.notice_rejections_of(session, [verdict.dose_id for verdict in verdicts])


@job("medication.give_up_uploads", cron="23 * * * *", lock="medication.give_up_uploads")
async def give_up_uploads(context: JobContext) -> None:
    """Give up films that were announced and never sent."""
    async with each_item() as items:
        async for found in pages(context.sessions, never_sent.never_sent):
            await items.write(context.sessions, found, _give_up)


async def _give_up(session: AsyncSession, found: Sequence[NeverSent]) -> None:
    touched = await never_sent.give_up_uploads(session, [film.recording_id for film in found])
    await misses.notice_misses_of(session, touched)


@job("medication.take_up_films", cron="*/2 * * * *", lock="medication.take_up_films")
async def take_up_films(context: JobContext) -> None:
    """Work on films that waited behind one which a person has refused since."""

    async def left(session: AsyncSession, last: UUID | None) -> Sequence[UUID]:
        return await films_behind.left_behind(session, context.settings, last)

    async with each_item() as items:
        async for found in pages(context.sessions, left):
            await items.write(context.sessions, found, films_behind.take_up)


@job("medication.roll_up", cron="*/10 * * * *", lock="medication.roll_up")
async def roll_up(context: JobContext) -> None:
    """Bring the figures of supervision up to date; whole days after 03:00 in China, team by team.

    A transaction a team: stopped midway, the next run goes on; one that fails holds up no other.
    Then what a supervisor's page adds up of many teams.
    """
    async with context.sessions() as session:
        team_ids = await rollups.teams(session)
    async with each_item() as items:
        for team_id in team_ids:
            await items.write(context.sessions, [team_id], _roll_up)
        async with context.sessions() as session:
            large = await subtrees.large_subtrees(session)
        for subtree in large:
            await items.write(context.sessions, [subtree], _keep_figures)


async def _keep_figures(session: AsyncSession, large: Sequence[subtrees.Subtree]) -> None:
    for subtree in large:
        await subtrees.keep_figures(session, subtree, clock.now())


async def _roll_up(session: AsyncSession, team_ids: Sequence[UUID]) -> None:
    for team_id in team_ids:
        await rollups.roll_up_team(session, team_id, clock.now())
