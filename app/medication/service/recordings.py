"""A film's way in: announced, confirmed by the storage, processed, ready for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, Update, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from app.core import clock
from app.core.db import built_once
from app.core.idempotency import Idempotency, IdempotencyMismatch
from app.core.jobs import enqueue
from app.core.settings import Settings
from app.core.storage import Storage, UploadTicket
from app.media import service as media_service
from app.media.models import MediaObject
from app.media.video import VideoProblem
from app.medication import rules
from app.medication.models import (
    Dose,
    Evidence,
    Progress,
    Reading,
    Recording,
    RecordingFlag,
    RecordingState,
)
from app.medication.problems import (
    DoseNotOpen,
    FilmAlreadySent,
    FilmTooLarge,
    FilmTooLong,
    FilmTypeUnknown,
    SevereSideEffect,
)
from app.medication.schemas.recordings import RecordingCreate
from app.patients.models import Patient

CONTENT_TYPES = frozenset({"video/mp4", "video/quicktime", "video/webm", "video/3gpp"})
LONGEST_MS = 180_000
# Clocks of phones are off: a film "captured" a little before the window is still of that day.
CLOCK_SLACK = timedelta(minutes=10)
ARRIVED_JOB = "medication.film_arrived"
DROP_SOURCE_JOB = "medication.drop_source"
KEEP_UNUSABLE = timedelta(days=7)


async def announce(
    session: AsyncSession,
    settings: Settings,
    storage: Storage,
    patient: Patient,
    dose: Dose,
    once: Idempotency,
    film: RecordingCreate,
) -> tuple[Recording, UploadTicket | None]:
    """Reserve a place for the film of this (locked) dose.

    The same key is the same film: it gets a fresh ticket until the storage has it, and never a
    second row.
    """
    known = await _announced_before(session, patient.id, once)
    if known is not None:
        recording, media = known
        waiting = recording.state is RecordingState.REQUESTED
        return recording, media_service.ticket(storage, settings, media) if waiting else None
    _refuse_unfit(film, settings)
    _refuse_closed(dose, film.captured_at)
    await _abandon(session, dose)
    media = media_service.expect_object(
        session,
        settings,
        media_service.Expected(patient.id, film.content_type, ARRIVED_JOB),
    )
    ticket = media_service.ticket(storage, settings, media)
    await session.flush()  # the recording points at it
    recording = _recording(patient, dose, media, once, film)
    session.add(recording)
    await session.flush()  # the dose points at it
    dose.progress, dose.recording_id = Progress.UPLOADING, recording.id
    return recording, ticket


@built_once
def _film_of_key(*, patient_id: UUID, key: str) -> Select[Recording, MediaObject]:
    return (
        select(Recording, MediaObject)
        .join(MediaObject, MediaObject.id == Recording.media_id)
        .where(Recording.patient_id == patient_id, Recording.client_key == key)
    )


async def _announced_before(
    session: AsyncSession, patient_id: UUID, once: Idempotency
) -> tuple[Recording, MediaObject] | None:
    found = await session.execute(*_film_of_key(patient_id=patient_id, key=once.key))
    known: tuple[Recording, MediaObject] | None = found.first()
    if known is not None and known[0].request_hash != once.request_hash:
        raise IdempotencyMismatch
    return known


def _refuse_unfit(film: RecordingCreate, settings: Settings) -> None:
    if film.content_type not in CONTENT_TYPES:
        raise FilmTypeUnknown
    if film.size > settings.upload_max_bytes:
        raise FilmTooLarge(largest=settings.upload_max_bytes)
    if film.duration_ms > LONGEST_MS:
        raise FilmTooLong(longest_ms=LONGEST_MS)


def _refuse_closed(dose: Dose, captured_at: datetime) -> None:
    if dose.severe_at is not None:
        raise SevereSideEffect
    if dose.progress in {Progress.PROCESSING, Progress.PENDING_REVIEW}:
        raise FilmAlreadySent
    captured_in_window = dose.opens_at - CLOCK_SLACK <= captured_at < dose.closes_at + CLOCK_SLACK
    if not (rules.may_film(dose, clock.now()) and captured_in_window):
        raise DoseNotOpen


async def _abandon(session: AsyncSession, dose: Dose) -> None:
    """Let go of a film of which no byte arrived: the patient filmed again."""
    if dose.progress is Progress.UPLOADING:
        await session.execute(
            update(Recording)
            .where(Recording.dose_id == dose.id, Recording.state == RecordingState.REQUESTED)
            .values(state=RecordingState.ABANDONED)
        )


def _recording(
    patient: Patient, dose: Dose, media: MediaObject, once: Idempotency, film: RecordingCreate
) -> Recording:
    return Recording(
        dose_id=dose.id,
        patient_id=patient.id,
        team_id=patient.team_id,
        media_id=media.id,
        client_key=once.key,
        request_hash=once.request_hash,
        opened_at=film.opened_at,
        captured_at=film.captured_at,
        day_code=film.day_code,
        mirrored=film.mirrored,
        flags=[],
    )


@built_once
def _arrive(
    *, media_id: UUID, at: datetime, sent_at: datetime | None
) -> ReturningUpdate[Recording]:
    return (
        update(Recording)
        .where(Recording.media_id == media_id, Recording.state == RecordingState.REQUESTED)
        .values(state=RecordingState.UPLOADED, uploaded_at=at, sent_at=sent_at)
        .returning(Recording)
    )


async def arrived(
    session: AsyncSession, media_id: UUID, sent_at: datetime | None = None
) -> Recording | None:
    """Mark the film as with us, once; None when it was known, abandoned, or never announced."""
    arrival = _arrive(media_id=media_id, at=clock.now(), sent_at=sent_at)
    recording: Recording | None = await session.scalar(*arrival)
    if recording is not None:
        await _set_progress(session, recording, Progress.PROCESSING, Evidence.VIDEO)
    return recording


@built_once
def _progress(
    evidence: Evidence, /, *, dose_id: UUID, recording_id: UUID, progress: Progress
) -> Update:
    seen = Dose.evidence.in_(rules.SEEN_BY_STAFF)
    return (
        update(Dose)
        .where(Dose.id == dose_id, Dose.recording_id == recording_id)
        .values(progress=progress, evidence=case((seen, Dose.evidence), else_=evidence))
    )


async def _set_progress(
    session: AsyncSession, recording: Recording, progress: Progress, evidence: Evidence
) -> None:
    """Only the dose's newest recording moves the dose; what staff saw stays seen."""
    moved = _progress(
        evidence, dose_id=recording.dose_id, recording_id=recording.id, progress=progress
    )
    await session.execute(*moved)


@dataclass(frozen=True)
class Processed:
    """What the video work found; keys are those already in the storage."""

    film_key: str
    poster_key: str
    sheet_key: str
    duration_ms: int
    width: int
    height: int
    fingerprint: bytes
    flags: Sequence[RecordingFlag]


async def begin_processing(session: AsyncSession, media_id: UUID) -> Recording | None:
    """Take the film for processing; again after a worker died in it. None when there is no need."""
    return await session.scalar(
        update(Recording)
        .where(
            Recording.media_id == media_id,
            Recording.state.in_([RecordingState.UPLOADED, RecordingState.PROCESSING]),
        )
        .values(state=RecordingState.PROCESSING)
        .returning(Recording)
    )


async def finish_processing(
    session: AsyncSession, settings: Settings, recording_id: UUID, found: Processed
) -> None:
    """Put the film into the review queue; a second run of the job changes nothing."""
    recording = await _in_processing(session, recording_id)
    if recording is None:
        return
    uploaded_at = recording.uploaded_at or clock.now()
    recording.state = RecordingState.READY
    recording.ready_at = clock.now()
    recording.film_key, recording.poster_key = found.film_key, found.poster_key
    recording.sheet_key = found.sheet_key
    recording.duration_ms, recording.width, recording.height = (
        found.duration_ms,
        found.width,
        found.height,
    )
    recording.fingerprint = found.fingerprint
    recording.flags = [*found.flags, *await _flags_of_time(session, recording, uploaded_at)]
    recording.due_by = uploaded_at + timedelta(hours=settings.review_due_hours)
    recording.pending_reading = Reading.FIRST
    await _set_progress(session, recording, Progress.PENDING_REVIEW, Evidence.VIDEO)
    await _drop_source(session, recording.media_id)


async def _drop_source(session: AsyncSession, media_id: UUID) -> None:
    """In the transaction that keeps the film, for when the phone's ticket can write no more."""
    media = await session.get_one(MediaObject, media_id)
    await enqueue(session, DROP_SOURCE_JOB, at=media.presigned_until, media_id=media_id)


async def _in_processing(session: AsyncSession, recording_id: UUID) -> Recording | None:
    return await session.scalar(
        select(Recording)
        .where(Recording.id == recording_id, Recording.state == RecordingState.PROCESSING)
        .with_for_update()
    )


async def _flags_of_time(
    session: AsyncSession, recording: Recording, uploaded_at: datetime
) -> list[RecordingFlag]:
    dose = await session.get_one(Dose, recording.dose_id)
    flags = []
    if recording.day_code != rules.day_code(recording.patient_id, dose.due_on):
        flags.append(RecordingFlag.WRONG_DAY)
    if uploaded_at > dose.closes_at:
        flags.append(RecordingFlag.LATE_UPLOAD)
    return flags


async def refuse_film(
    session: AsyncSession, recording_id: UUID, problem: VideoProblem
) -> UUID | None:
    """Say why the file is no film of a dose, and leave the dose open; answers its treatment."""
    recording = await _in_processing(session, recording_id)
    if recording is None:
        return None
    recording.state = RecordingState.UNUSABLE
    recording.problem = problem
    dose = await session.get_one(Dose, recording.dose_id)
    evidence = Evidence.SELF_REPORT if dose.self_reported_taken else Evidence.NONE
    if dose.verdict is not None:
        evidence = Evidence.VIDEO
    await _set_progress(session, recording, Progress.NONE, evidence)
    await media_service.delete_at(session, recording.media_id, clock.now() + KEEP_UNUSABLE)
    return dose.treatment_id
