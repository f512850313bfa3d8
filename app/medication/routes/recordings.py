"""Announce a film, confirm that it has arrived."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from app.accounts.access import PatientActor
from app.accounts.limits import ANNOUNCEMENTS, by_phone
from app.core.db import Session, Sessions
from app.core.idempotency import OncePerKey
from app.core.problems import NotFound
from app.core.state import AppFeatures, AppSettings, AppStorage
from app.media import service as media_service
from app.medication.consents import PURPOSE
from app.medication.loaders import FilmingRecord, OwnDoseToChange
from app.medication.models import Recording, RecordingState
from app.medication.problems import FilmNotTaken, UploadNotFound
from app.medication.queries.recordings import announced
from app.medication.schemas.recordings import (
    RecordingCreate,
    RecordingRead,
    RecordingTicket,
    UploadedCreate,
    UploadRead,
)
from app.medication.service import announcements, withdrawals
from app.medication.service import recordings as service
from app.patients.loaders import own_record

router = APIRouter(prefix="/api", tags=["recordings"])
NOT_TAKEN = (RecordingState.REQUESTED, RecordingState.ABANDONED)


@router.post("/doses/{dose_id}/recordings", status_code=201, dependencies=[by_phone(ANNOUNCEMENTS)])
async def announce_recording(
    body: RecordingCreate,
    dose: OwnDoseToChange,
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
    async with sessions.begin() as session:
        own = await own_record(features, session, actor)
        found = await announced(session, own.patient.id, recording_id)
    if found is None:
        raise NotFound
    if found.recording.state in NOT_TAKEN and PURPOSE not in own.consents:
        raise FilmNotTaken
    if found.recording.state is not RecordingState.REQUESTED:
        return _read(found.recording.id, found.recording.state, found.recording.uploaded_at)
    stored = await storage.head(found.media.key)
    if stored is None:
        raise UploadNotFound
    refused: Sequence[Recording] = ()
    async with sessions.begin() as session:
        arrived = await service.arrived(session, found.media.id, body.sent_at)
        await media_service.confirm(session, found.media.id, stored)
        if arrived is None:  # the job was faster, another phone filmed again, or consent ended
            refused = await withdrawals.let_go(session, Recording.id == recording_id)
            arrived = await session.get_one(Recording, recording_id, populate_existing=True)
    if refused:
        raise FilmNotTaken
    return _read(arrived.id, arrived.state, arrived.uploaded_at)


def _read(recording_id: UUID, state: RecordingState, uploaded_at: datetime | None) -> RecordingRead:
    return RecordingRead(recording_id=recording_id, state=state, uploaded_at=uploaded_at)
