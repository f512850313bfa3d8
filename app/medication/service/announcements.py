"""A film is announced: its place is reserved before a byte of it is sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Update, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core import clock
from app.core.db import Row
from app.core.idempotency import Idempotency, IdempotencyMismatch
from app.core.ids import uuid7
from app.core.refs import Ref
from app.core.settings import Settings
from app.core.statements import Prepared, PreparedWrite
from app.core.storage import Storage, UploadTicket
from app.media import service as media_service
from app.media.models import MediaObject
from app.medication import rules
from app.medication.media import FILM
from app.medication.models import Dose, Progress, Recording, RecordingState
from app.medication.problems import (
    DoseNotOpen,
    FilmAlreadySent,
    FilmTooLarge,
    FilmTooLong,
    FilmTypeUnknown,
    PhoneClockAhead,
    SevereSideEffect,
)
from app.medication.schemas.recordings import RecordingCreate
from app.patients.loaders import OwnRecord

LONGEST_MS = 180_000
# Clocks of phones are off: a film "captured" a little before the window is still of that day.
CLOCK_SLACK = timedelta(minutes=10)
Column = InstrumentedAttribute[Any]
# What a film's row is written with; a test compares it with the row that is made below.
FILM_COLUMNS: tuple[Column, ...] = (
    Recording.id,
    Recording.created_at,
    Recording.state,
    Recording.dose_id,
    Recording.patient_id,
    Recording.team_id,
    Recording.media_id,
    Recording.client_key,
    Recording.request_hash,
    Recording.opened_at,
    Recording.captured_at,
    Recording.day_code,
    Recording.mirrored,
    Recording.flags,
    Recording.by_account_id,
    Recording.relation,
)


def _name(column: Column) -> str:
    return f"{column.class_.__tablename__}_{column.key}"


def _names(columns: Sequence[Column]) -> dict[str, str]:
    """Map the names of the statement's parameters to those of the row's attributes."""
    return {_name(column): column.key for column in columns}


MEDIA_NAMES, FILM_NAMES = _names(media_service.OBJECT_COLUMNS), _names(FILM_COLUMNS)


async def announce(
    session: AsyncSession,
    settings: Settings,
    storage: Storage,
    record: OwnRecord,
    dose: Dose,
    once: Idempotency,
    film: RecordingCreate,
) -> tuple[Recording, UploadTicket | None]:
    """Reserve a place for the film of this (locked) dose.

    The same key is the same film: it gets a fresh ticket until the storage has it, and never a
    second row.
    """
    patient = record.patient
    earlier = await _announced_before(session, patient.id, once)
    if earlier is not None:
        recording, media = earlier
        waiting = recording.state is RecordingState.REQUESTED
        return recording, media_service.ticket(storage, settings, media) if waiting else None
    _refuse_unfit(film, settings)
    _refuse_closed(dose, film.captured_at)
    await _abandon(session, dose)
    recording_id = uuid7()
    owner = Ref("medication", "recording", recording_id)
    media = media_service.new_object(settings, FILM, film.content_type, dose.patient_id, owner)
    recording = _recording(recording_id, record, dose, media, once, film)
    await _reserve(session, media, recording)
    return recording, media_service.ticket(storage, settings, media)


def _values(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    return {name: getattr(row, key) for name, key in names.items()}


@PreparedWrite
def _insert_both(**values: Any) -> Update:
    """One round trip: the object's row, the film's, and the dose that points at it."""
    media = media_service.insertion(
        {c: values[_name(c)] for c in media_service.OBJECT_COLUMNS}
    ).cte("media")
    film = insert(Recording).values({c: values[_name(c)] for c in FILM_COLUMNS}).cte("film")
    return (
        update(Dose)
        .where(Dose.id == values[_name(Recording.dose_id)])
        .values(progress=Progress.UPLOADING, recording_id=values[_name(Recording.id)])
        .add_cte(media, film)
        .execution_options(synchronize_session=False)
    )


async def _reserve(session: AsyncSession, media: MediaObject, film: Recording) -> None:
    await _insert_both.execute(session, **_values(media, MEDIA_NAMES), **_values(film, FILM_NAMES))


@Prepared
def _film_of_key(*, patient_id: UUID, key: str) -> Select[Recording, MediaObject]:
    return (
        select(Recording, MediaObject)
        .join(MediaObject, MediaObject.id == Recording.media_id)
        .where(Recording.patient_id == patient_id, Recording.client_key == key)
    )


async def _announced_before(
    session: AsyncSession, patient_id: UUID, once: Idempotency
) -> tuple[Recording, MediaObject] | None:
    earlier = await _film_of_key.first(session, patient_id=patient_id, key=once.key)
    if earlier is not None and earlier[0].request_hash != once.request_hash:
        raise IdempotencyMismatch
    return earlier


def _refuse_unfit(film: RecordingCreate, settings: Settings) -> None:
    if film.content_type not in FILM.content_types:
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
    if captured_at > clock.now() + CLOCK_SLACK:
        raise PhoneClockAhead
    captured_in_window = dose.opens_at - CLOCK_SLACK <= captured_at < dose.closes_at + CLOCK_SLACK
    if not (rules.may_film(dose, clock.now()) and captured_in_window):
        raise DoseNotOpen


async def _abandon(session: AsyncSession, dose: Dose) -> None:
    """Let go of a film of which no byte arrived: the patient filmed again."""
    if dose.progress is Progress.UPLOADING:
        left = await session.scalars(
            update(Recording)
            .where(Recording.dose_id == dose.id, Recording.state == RecordingState.REQUESTED)
            .values(state=RecordingState.ABANDONED)
            .returning(Recording.media_id)
        )
        await media_service.discard(session, left.all())


def _recording(
    recording_id: UUID,
    record: OwnRecord,
    dose: Dose,
    media: MediaObject,
    once: Idempotency,
    film: RecordingCreate,
) -> Recording:
    return Recording(
        id=recording_id,
        created_at=clock.now(),
        state=RecordingState.REQUESTED,
        dose_id=dose.id,
        patient_id=record.patient.id,
        team_id=record.patient.team_id,
        media_id=media.id,
        client_key=once.key,
        request_hash=once.request_hash,
        opened_at=film.opened_at,
        captured_at=film.captured_at,
        day_code=film.day_code,
        mirrored=film.mirrored,
        flags=[],
        by_account_id=record.by_account,
        relation=record.relation,
    )
