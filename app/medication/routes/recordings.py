"""Announce a film, confirm that it has arrived."""

from uuid import UUID

from fastapi import APIRouter

from app.accounts.access import PatientActor
from app.core.db import Session, Sessions
from app.core.idempotency import OncePerKey
from app.core.problems import NotFound
from app.core.state import AppFeatures, AppSettings, AppStorage
from app.core.work import transaction
from app.media import service as media_service
from app.medication.loaders import FilmingRecord, OwnDoseToFilm
from app.medication.models import Recording, RecordingState
from app.medication.problems import UploadNotFound
from app.medication.queries.recordings import Announced, announced
from app.medication.schemas.recordings import (
    RecordingCreate,
    RecordingRead,
    RecordingTicket,
    UploadedCreate,
    UploadRead,
)
from app.medication.service import announcements
from app.medication.service import recordings as service
from app.patients.loaders import own_record

router = APIRouter(prefix="/api", tags=["recordings"])


@router.post("/doses/{dose_id}/recordings", status_code=201)
async def announce_recording(
    body: RecordingCreate,
    dose: OwnDoseToFilm,
    record: FilmingRecord,
    once: OncePerKey,
    settings: AppSettings,
    storage: AppStorage,
    session: Session,
) -> RecordingTicket:
    recording, ticket = await announcements.announce(
        session, settings, storage, record, dose, once, body
    )
    upload = None
    if ticket is not None:
        upload = UploadRead(url=ticket.url, fields=ticket.fields, expires_at=ticket.expires_at)
    return RecordingTicket(recording_id=recording.id, state=recording.state, upload=upload)


@router.post("/recordings/{recording_id}/uploaded")
async def confirm_recording(
    recording_id: UUID,
    body: UploadedCreate,
    features: AppFeatures,
    actor: PatientActor,
    sessions: Sessions,
    storage: AppStorage,
) -> RecordingRead:
    """Two transactions around one question to the storage; the row is reached through the actor."""
    async with transaction(sessions) as session:
        own = await own_record(features, session, actor)
        found = await announced(session, own.patient.id, recording_id)
    if found is None:
        raise NotFound
    if found.state is not RecordingState.REQUESTED:
        return _read(found)
    stored = await storage.head(found.key)
    if stored is None:
        raise UploadNotFound
    async with transaction(sessions) as session:
        arrived = await service.arrived(session, found.media_id, body.sent_at)
        await media_service.confirm(session, found.media_id, stored)
        if arrived is None:  # the job was faster, or another phone filmed again meanwhile
            return _read(await session.get_one(Recording, recording_id))
    return _read(arrived)


def _read(film: Announced | service.Arrived | Recording) -> RecordingRead:
    return RecordingRead(recording_id=film.id, state=film.state, uploaded_at=film.uploaded_at)
