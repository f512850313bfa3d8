"""Announce a film, confirm that it has arrived."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request

from app.accounts.access import PatientActor
from app.accounts.limits import ANNOUNCEMENTS, FILMS_OF_DOSE, by_phone
from app.core import clock
from app.core.db import Session, Sessions
from app.core.limits import limits_of
from app.core.problems import NotFound
from app.core.state import settings_of, storage_of
from app.core.work import transaction
from app.media import service as media_service
from app.medication.consents import PURPOSE
from app.medication.loaders import OwnDoseToFilm
from app.medication.models import Recording, RecordingState
from app.medication.problems import FilmNotTaken, UploadNotFound
from app.medication.queries.recordings import Announced, announced
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
    request: Request,
    body: RecordingCreate,
    filming: OwnDoseToFilm,
    session: Session,
) -> RecordingTicket:
    await limits_of(request).pass_or_refuse(FILMS_OF_DOSE, str(filming.dose.id))
    settings, storage = settings_of(request), storage_of(request)
    film = await announcements.announce(session, settings, storage, *filming, body)
    upload = None
    if film.ticket is not None:
        form = film.ticket
        upload = UploadRead(url=form.url, fields=form.fields, expires_at=form.expires_at)
    return RecordingTicket(
        recording_id=film.id, state=film.state, upload=upload, dose_revision=film.dose_revision
    )


@router.post("/recordings/{recording_id}/uploaded")
async def confirm_recording(
    request: Request,
    recording_id: UUID,
    body: UploadedCreate,
    actor: PatientActor,
    sessions: Sessions,
) -> RecordingRead:
    """Two transactions around one question to the storage; the row is reached through the actor."""
    async with transaction(sessions) as session:
        own = await own_record(request, session, actor)
        found = await announced(session, own.patient.id, recording_id)
    if found is None:
        raise NotFound
    if found.state in NOT_TAKEN and PURPOSE not in own.consents:
        raise FilmNotTaken
    if found.state is not RecordingState.REQUESTED:
        return _read(found, found.dose_revision)
    stored = await storage_of(request).head(found.key)
    if stored is None:
        raise UploadNotFound
    refused: Sequence[Recording] = ()
    async with transaction(sessions) as session:
        arrived = await service.arrived(session, found.media_id, min(body.sent_at, clock.now()))
        if arrived is None:
            # The job was faster, it was given up, or consent ended meanwhile.
            refused = await withdrawals.let_go(session, Recording.id == recording_id)
        await media_service.confirm(session, found.media_id, stored)  # the object comes last
        if arrived is not None:
            # A film behind another leaves the dose as it is.
            return _read(arrived, arrived.dose_revision + (not arrived.behind))
        known = await announced(session, own.patient.id, recording_id)
    if refused or known is None:
        raise FilmNotTaken
    return _read(known, known.dose_revision)


def _read(film: Announced | service.Arrived, dose_revision: int) -> RecordingRead:
    return RecordingRead(
        recording_id=film.id,
        state=film.state,
        uploaded_at=film.uploaded_at,
        dose_revision=dose_revision,
    )
