"""A film is announced: its place is reserved before a byte of it is sent."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, Update, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.hot import HotWrite
from app.core.idempotency import Idempotency, IdempotencyMismatch
from app.core.ids import uuid7
from app.core.refs import Ref
from app.core.settings import Settings
from app.core.statements import Prepared
from app.core.storage import Storage, UploadTicket
from app.media import service as media_service
from app.media.models import MediaObject
from app.medication import rules
from app.medication.media import FILM
from app.medication.models import Dose, Expectation, Progress, Recording, RecordingState
from app.medication.problems import (
    DoseNotYetOpen,
    DoseSettled,
    DoseTooLate,
    FilmAlreadySent,
    FilmTooLarge,
    FilmTooLong,
    FilmTypeUnknown,
    PhoneClockAhead,
    SevereSideEffect,
)
from app.medication.queries.doses import DoseToFilm, known_key
from app.medication.schemas.recordings import RecordingCreate
from app.medication.service.expectations import stand_again
from app.patients.loaders import OwnRecord
from app.patients.models import Relation

LONGEST_MS = 180_000


class NewFilm(NamedTuple):
    """The row of a film that is announced: every column that a new one has."""

    id: UUID
    created_at: datetime
    state: RecordingState
    dose_id: UUID
    patient_id: UUID
    team_id: UUID
    media_id: UUID
    client_key: str
    request_hash: str
    opened_at: datetime
    captured_at: datetime
    day_code: str
    mirrored: bool
    rounds: int
    flags: list[str]
    by_account_id: UUID
    relation: Relation


class Announcement(NamedTuple):
    """A film that is on its way; no ticket where the storage has it already."""

    id: UUID
    state: RecordingState
    ticket: UploadTicket | None


# The names of one statement's parameters: both rows have an id.
MEDIA_NAMES = [f"media_{name}" for name in media_service.NewObject._fields]
FILM_NAMES = [f"film_{name}" for name in NewFilm._fields]


async def announce(
    session: AsyncSession,
    settings: Settings,
    storage: Storage,
    record: OwnRecord,
    dose: DoseToFilm,
    once: Idempotency,
    film: RecordingCreate,
) -> Announcement:
    """Reserve a place for the film of this (locked) dose.

    The same key is the same film: it gets a fresh ticket until the storage has it, and never a
    second row.
    """
    earlier = await _announced_before(session, dose, once)
    if earlier is not None:
        known, media = earlier
        waiting = known.state is RecordingState.REQUESTED
        again = media_service.another_ticket(storage, settings, media) if waiting else None
        return Announcement(known.id, known.state, again)
    _refuse_unfit(film, settings)
    _refuse_closed(dose, film.captured_at)
    await _abandon(session, dose)
    recording_id = uuid7()
    owner = Ref("medication", "recording", recording_id)
    new_media = media_service.new_object(settings, FILM, film.content_type, dose.patient_id, owner)
    new_film = _new_film(recording_id, record, dose, new_media.id, once, film)
    await _reserve(session, new_media, new_film)
    if dose.expectation is Expectation.RESCHEDULED:
        await stand_again(session, dose.id, dose.moved_to_id)
    return Announcement(recording_id, new_film.state, media_service.ticket(storage, new_media))


def _both(**values: Any) -> Update:
    """One round trip: the object's row, the film's, and the dose that points at it."""
    new_media = zip(media_service.NewObject._fields, MEDIA_NAMES, strict=True)
    new_film = zip(NewFilm._fields, FILM_NAMES, strict=True)
    media = media_service.insertion({column: values[name] for column, name in new_media})
    film = insert(Recording).values({column: values[name] for column, name in new_film})
    return (
        update(Dose)
        .where(Dose.id == values["film_dose_id"])
        .values(progress=Progress.UPLOADING, recording_id=values["film_id"])
        .add_cte(media.cte("media"), film.cte("film"))
    )


_insert_both = HotWrite(_both, (*MEDIA_NAMES, *FILM_NAMES))


async def _reserve(session: AsyncSession, media: media_service.NewObject, film: NewFilm) -> None:
    rows = zip((*MEDIA_NAMES, *FILM_NAMES), (*media, *film), strict=True)
    await _insert_both.execute(session, **dict(rows))


@Prepared
def _film_of_key(*, patient_id: UUID, key: str) -> Select[Recording, MediaObject]:
    return (
        select(Recording, MediaObject)
        .join(MediaObject, MediaObject.id == Recording.media_id)
        .where(Recording.patient_id == patient_id, Recording.client_key == key)
    )


async def _announced_before(
    session: AsyncSession, dose: DoseToFilm, once: Idempotency
) -> tuple[Recording, MediaObject] | None:
    """Look again where a film is under way: a twin may have come while the dose was waited for."""
    known_hash = dose.known_hash
    if known_hash is None and dose.progress is not Progress.NONE:
        twin = await known_key.first(session, patient_id=dose.patient_id, key=once.key)
        known_hash = twin.request_hash if twin else None
    if known_hash is None:
        return None
    if known_hash != once.request_hash:
        raise IdempotencyMismatch
    return await _film_of_key.one(session, patient_id=dose.patient_id, key=once.key)


def _refuse_unfit(film: RecordingCreate, settings: Settings) -> None:
    if film.content_type not in FILM.content_types:
        raise FilmTypeUnknown
    if film.size > settings.upload_max_bytes:
        raise FilmTooLarge(largest=settings.upload_max_bytes)
    if film.duration_ms > LONGEST_MS:
        raise FilmTooLong(longest_ms=LONGEST_MS)


def _refuse_closed(dose: DoseToFilm, captured_at: datetime) -> None:
    if dose.severe_at is not None and captured_at >= dose.severe_at:
        raise SevereSideEffect
    if dose.progress in {Progress.PROCESSING, Progress.PENDING_REVIEW}:
        raise FilmAlreadySent
    if captured_at > clock.now() + rules.CLOCK_SLACK:
        raise PhoneClockAhead
    if rules.settled(dose):
        raise DoseSettled
    if captured_at < dose.opens_at - rules.CLOCK_SLACK:
        raise DoseNotYetOpen
    if captured_at >= dose.closes_at + rules.CLOCK_SLACK:
        raise DoseTooLate
    if not rules.may_film(dose, clock.now()):
        raise DoseTooLate if clock.now() >= dose.opens_at else DoseNotYetOpen


async def _abandon(session: AsyncSession, dose: DoseToFilm) -> None:
    """Let go of a film of which no byte arrived: the patient filmed again."""
    if dose.progress is Progress.UPLOADING:
        left = await session.scalars(
            update(Recording)
            .where(Recording.dose_id == dose.id, Recording.state == RecordingState.REQUESTED)
            .values(state=RecordingState.ABANDONED)
            .returning(Recording.media_id)
        )
        await media_service.discard(session, left.all())


def _new_film(
    recording_id: UUID,
    record: OwnRecord,
    dose: DoseToFilm,
    media_id: UUID,
    once: Idempotency,
    film: RecordingCreate,
) -> NewFilm:
    return NewFilm(
        id=recording_id,
        created_at=clock.now(),
        state=RecordingState.REQUESTED,
        dose_id=dose.id,
        patient_id=record.patient.id,
        team_id=record.patient.team_id,
        media_id=media_id,
        client_key=once.key,
        request_hash=once.request_hash,
        opened_at=film.opened_at,
        captured_at=film.captured_at,
        day_code=film.day_code,
        mirrored=film.mirrored,
        rounds=0,
        flags=[],
        by_account_id=record.by_account,
        relation=record.relation,
    )
