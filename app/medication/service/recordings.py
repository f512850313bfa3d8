"""A film's way in: confirmed by the storage, processed, ready for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CTE, Update, case, cast, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from app.core import clock
from app.core.db import for_update
from app.core.hot import HotWrite, hot
from app.core.jobs import enqueue
from app.core.settings import Settings
from app.media import service as media_service
from app.media.models import MediaObject
from app.media.video import VideoProblem
from app.medication import flags, reach, rules
from app.medication.models import (
    Dose,
    Evidence,
    Expectation,
    Progress,
    Reading,
    Recording,
    RecordingFlag,
    RecordingState,
)
from app.medication.service import films_behind
from app.medication.service.expectations import free_doses, stand_again
from app.medication.service.locks import lock_doses_of
from app.medication.service.withdrawals import let_go
from app.patients.models import Patient

DROP_SOURCE_JOB = "medication.drop_source"
KEEP_UNUSABLE = timedelta(days=7)


class Arrived(NamedTuple):
    """A film that the storage has; `moved_to_id`: of its dose, if that was moved.

    `dose_revision` is the one under the lock, before this film changes the dose.
    """

    id: UUID
    dose_id: UUID
    state: RecordingState
    uploaded_at: datetime | None
    behind: bool
    moved_to_id: UUID | None
    dose_revision: int


@hot(Arrived)
def _arrive(
    *, media_id: UUID, at: datetime, sent_at: datetime | None
) -> ReturningUpdate[*tuple[Any, ...]]:
    """Take the dose before the film (`locks`), in the one statement that a phone waits for."""
    held = _held_dose(media_id)
    return (
        update(Recording)
        .where(
            Recording.media_id == media_id,
            Recording.dose_id == held.c.id,
            Recording.state == RecordingState.REQUESTED,
            reach.may_arrive(),
        )
        .values(
            state=RecordingState.UPLOADED,
            uploaded_at=at,
            sent_at=sent_at,
            behind=held.c.has_front,
        )
        .returning(
            Recording.id,
            Recording.dose_id,
            Recording.state,
            Recording.uploaded_at,
            Recording.behind,
            held.c.moved_to_id,
            held.c.dose_revision,
        )
    )


def _held_dose(media_id: UUID) -> CTE:
    """Lock the dose of a film, and read it as the lock shows it: another may have just arrived."""
    whose = select(Recording.dose_id).where(Recording.media_id == media_id).scalar_subquery()
    moved = Dose.expectation == Expectation.RESCHEDULED
    return for_update(
        select(
            Dose.id,
            films_behind.has_front().label("has_front"),
            case((moved, Dose.moved_to_id)).label("moved_to_id"),
            Dose.revision.label("dose_revision"),
        ).where(Dose.id == whose)
    ).cte("held")


async def arrived(
    session: AsyncSession, media_id: UUID, sent_at: datetime | None = None
) -> Arrived | None:
    """Mark the film as with us, once; None when it was known, abandoned, or may not come in.

    Of several on their way the one that arrives speaks for the dose, also before a newer one.
    """
    film = await _arrive.first(session, media_id=media_id, at=clock.now(), sent_at=sent_at)
    if film is not None and not film.behind:
        await _put_in_front.execute(session, dose_id=film.dose_id, recording_id=film.id)
        if film.moved_to_id is not None:
            await stand_again(session, film.dose_id, film.moved_to_id)
    return film


@HotWrite
def _put_in_front(*, dose_id: UUID, recording_id: UUID) -> Update:
    return update(Dose).where(Dose.id == dose_id).values(films_behind.in_front(recording_id))


@HotWrite
def _progress(
    *, dose_id: UUID, recording_id: UUID, progress: Progress, evidence: Evidence
) -> Update:
    seen = Dose.evidence.in_(rules.SEEN_BY_STAFF)
    given = cast(evidence, Dose.evidence.type)
    return (
        update(Dose)
        .where(Dose.id == dose_id, Dose.recording_id == recording_id)
        .values(progress=progress, evidence=case((seen, Dose.evidence), else_=given))
    )


async def _set_progress(
    session: AsyncSession, recording: Recording, progress: Progress, evidence: Evidence
) -> None:
    """Only the dose's newest recording moves the dose; what staff saw stays seen."""
    await _progress.execute(
        session,
        dose_id=recording.dose_id,
        recording_id=recording.id,
        progress=progress,
        evidence=evidence,
    )


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
    """Take the film for processing; again after a worker died in it.

    None when there is no need, its sender has withdrawn, or another film stands before it.
    """
    await lock_doses_of(session, Recording.media_id == media_id)
    recording = await session.scalar(
        update(Recording)
        .where(
            Recording.media_id == media_id,
            Recording.state.in_([RecordingState.UPLOADED, RecordingState.PROCESSING]),
            ~Recording.behind,
            reach.agreed(),
        )
        .values(state=RecordingState.PROCESSING)
        .returning(Recording)
    )
    if recording is not None:
        await _touch(session, recording)
    return recording


async def _touch(session: AsyncSession, recording: Recording) -> None:
    """Raise the dose's revision: its card shows the state of this film, which is another row."""
    await session.execute(
        update(Dose)
        .where(Dose.id == recording.dose_id, Dose.recording_id == recording.id)
        .values(revision=Dose.revision + 1)
        .execution_options(synchronize_session=False)
    )


async def finish_processing(
    session: AsyncSession, settings: Settings, recording_id: UUID, found: Processed
) -> bool:
    """Put the film into the review queue of the patient's team; again changes nothing.

    False when the film may not be kept: its sender has withdrawn, or it was let go meanwhile.
    """
    await lock_doses_of(session, Recording.id == recording_id)  # then the patient: see `locks`
    team_id = await _team_now(session, recording_id)
    recording = await _in_processing(session, recording_id)
    if recording is None or await let_go(session, Recording.id == recording_id):
        return await _is_kept(session, recording_id)
    recording.team_id = team_id
    uploaded_at = recording.uploaded_at or clock.now()
    recording.state = RecordingState.READY
    recording.ready_at = recording.processed_at = clock.now()
    recording.film_key, recording.poster_key = found.film_key, found.poster_key
    recording.sheet_key = found.sheet_key
    recording.duration_ms, recording.width, recording.height = (
        found.duration_ms,
        found.width,
        found.height,
    )
    recording.fingerprint = found.fingerprint
    by_phone = [flag for flag in recording.flags if flag == RecordingFlag.CLOCK_OFF]
    of_time = await _flags_of_time(session, recording, uploaded_at)
    recording.flags = [*found.flags, *by_phone, *of_time]
    recording.due_by = uploaded_at + timedelta(hours=settings.review_due_hours)
    recording.pending_reading = Reading.FIRST
    await _set_progress(session, recording, Progress.PENDING_REVIEW, Evidence.VIDEO)
    await flags.refresh_standing(session, recording.patient_id)
    await _drop_source(session, recording.media_id)
    return True


async def _team_now(session: AsyncSession, recording_id: UUID) -> UUID:
    """Hold the patient where they are until the film stands in that team's queue."""
    whose = select(Recording.patient_id).where(Recording.id == recording_id).scalar_subquery()
    of_patient = select(Patient.team_id).where(Patient.id == whose)
    return (await session.scalars(for_update(of_patient, read=True, of=[Patient]))).one()


async def _is_kept(session: AsyncSession, recording_id: UUID) -> bool:
    state = select(Recording.state).where(Recording.id == recording_id)
    return await session.scalar(state) is not RecordingState.ABANDONED


async def _drop_source(session: AsyncSession, media_id: UUID) -> None:
    """In the transaction that keeps the film, for when the phone's ticket can write no more."""
    media = await session.get_one(MediaObject, media_id)
    await enqueue(session, DROP_SOURCE_JOB, at=media.presigned_until, media_id=media_id)


async def _in_processing(session: AsyncSession, recording_id: UUID) -> Recording | None:
    await lock_doses_of(session, Recording.id == recording_id)
    return await session.scalar(
        for_update(
            select(Recording).where(
                Recording.id == recording_id, Recording.state == RecordingState.PROCESSING
            )
        )
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
    """Say why the file is no film of a dose, and let go of the dose; return its treatment."""
    recording = await _in_processing(session, recording_id)
    if recording is None:
        return None
    recording.state = RecordingState.UNUSABLE
    recording.problem, recording.processed_at = problem, clock.now()
    freed = await free_doses(session, [recording.id])
    await media_service.delete_at(session, recording.media_id, clock.now() + KEEP_UNUSABLE)
    return freed[0] if freed else None
