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
from app.medication.models import (
    Dose,
    Expectation,
    Progress,
    Recording,
    RecordingFlag,
    RecordingState,
)
from app.medication.problems import (
    DoseNotYetOpen,
    DoseSettled,
    DoseTooLate,
    FilmAlreadySent,
    FilmTooLarge,
    FilmTooLong,
    FilmTypeUnknown,
)
from app.medication.queries.doses import DoseToFilm, known_key
from app.medication.schemas.recordings import RecordingCreate
from app.medication.service.expectations import stand_again
from app.patients.loaders import OwnRecord
from app.patients.models import Relation

LONGEST_MS = 180_000
# Of one dose at once: the phones of a family, and a few retakes on a poor network.
ON_THEIR_WAY = 4


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
    dose_revision: int


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
        return Announcement(known.id, known.state, again, dose.revision)
    _refuse_unfit(film, settings)
    _refuse_closed(dose)
    captured_at = _captured_at(dose, film)
    await _abandon_oldest(session, dose)
    recording_id = uuid7()
    owner = Ref("medication", "recording", recording_id)
    new_media = media_service.new_object(settings, FILM, film.content_type, dose.patient_id, owner)
    new_film = _new_film(recording_id, record, dose, new_media.id, once, film, captured_at)
    await _reserve(session, new_media, new_film)
    if dose.expectation is Expectation.RESCHEDULED:
        await stand_again(session, dose.id, dose.moved_to_id)
    ticket = media_service.ticket(storage, new_media)
    return Announcement(recording_id, new_film.state, ticket, dose.revision)


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


def _refuse_closed(dose: DoseToFilm) -> None:
    """Refuse what adds nothing, or comes too late; a severe symptom refuses nothing.

    That it was swallowed all the same is what the doctor must hear.
    """
    if dose.progress in rules.FILM_HERE:
        raise FilmAlreadySent(dose_revision=dose.revision)
    if rules.settled(dose):
        raise DoseSettled
    if not rules.may_film(dose, clock.now()):
        raise DoseTooLate if clock.now() >= dose.opens_at else DoseNotYetOpen


def _captured_at(dose: DoseToFilm, film: RecordingCreate) -> datetime:
    """Tell when it was filmed, by a phone whose clock may be wrong; or refuse another day's film.

    Never later than now. Where that lies outside the window, the code of the day, which only a
    phone of this patient could show, speaks for the day: for a film that arrives in the window, or
    whose phone is certainly ahead. A person compares the code with the film.
    """
    at = clock.now()
    said = min(film.captured_at, at)
    if rules.in_window(dose, said):
        return said
    doubtful = rules.in_window(dose, at) or film.captured_at > at + rules.CLOCK_SLACK
    if doubtful and film.day_code == rules.day_code(dose.patient_id, dose.due_on):
        return min(max(said, dose.opens_at), dose.closes_at, at)
    raise DoseNotYetOpen if said < dose.opens_at else DoseTooLate


async def _abandon_oldest(session: AsyncSession, dose: DoseToFilm) -> None:
    """Let go of what was announced long before and has no byte yet, beyond a few that may come."""
    if dose.progress is Progress.UPLOADING:
        older = (
            select(Recording.id)
            .where(Recording.dose_id == dose.id, Recording.state == RecordingState.REQUESTED)
            .order_by(Recording.created_at.desc(), Recording.id.desc())
            .offset(ON_THEIR_WAY - 1)
        )
        left = await session.scalars(
            update(Recording)
            .where(Recording.id.in_(older))
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
    captured_at: datetime,
) -> NewFilm:
    off = abs(film.captured_at - captured_at) > rules.CLOCK_SLACK
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
        opened_at=min(film.opened_at, captured_at),
        captured_at=captured_at,
        day_code=film.day_code,
        mirrored=film.mirrored,
        rounds=0,
        flags=[RecordingFlag.CLOCK_OFF] if off else [],
        by_account_id=record.by_account,
        relation=record.relation,
    )
