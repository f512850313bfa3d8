"""Words that an institution has spoken for the filming guide: an operator's to give, a phone's."""

from fastapi import APIRouter, Request

from app.accounts.access import OperatorActor
from app.accounts.limits import GUIDE_VOICES, by_staff
from app.core.db import Session
from app.core.idempotency import Made, OncePerKey
from app.core.pagination import Cursor, Limit, Page
from app.core.state import settings_of, storage_of
from app.core.storage import Storage
from app.institutions.loaders import OperatedInstitution
from app.media import service as media_service
from app.media.content_types import M4A
from app.media.models import MediaObject
from app.medication.loaders import OperatedVoice, ReadingRecord
from app.medication.models import GuideVoice, VoiceState
from app.medication.queries import guide_voices as queries
from app.medication.schemas.guide_voices import (
    GuideVoiceCreate,
    GuideVoiceRead,
    GuideVoiceTicket,
    PlayedVoice,
    PlayedVoices,
)
from app.medication.schemas.recordings import UploadRead
from app.medication.service import guide_voices as service
from app.medication.words import VOICE_STEPS

router = APIRouter(prefix="/api", tags=["guide voices"])
OF_INSTITUTION = "/admin/institutions/{institution_id}/guide-voices"
OF_VOICE = "/admin/guide-voices/{voice_id}"


@router.get(OF_INSTITUTION)
async def list_guide_voices(
    request: Request,
    institution: OperatedInstitution,
    session: Session,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[GuideVoiceRead]:
    """List what the institution itself has and had; its phones also play what is above it."""
    page = await queries.voices_of(session, institution.id, cursor, limit)
    storage = storage_of(request)
    items = [_read(storage, row) for row in page.rows]
    return Page[GuideVoiceRead](items=items, next_cursor=page.next_cursor)


@router.post(OF_INSTITUTION, status_code=201, dependencies=[by_staff(GUIDE_VOICES)])
async def announce_guide_voice(
    request: Request,
    body: GuideVoiceCreate,
    actor: OperatorActor,
    institution: OperatedInstitution,
    once: OncePerKey,
    session: Session,
) -> GuideVoiceTicket:
    """Get a form for the words of one step: all its fields first, then the file as `file`.

    They may last as long as the step: swallow 8 seconds, palm 6, the others 5. Those in use stay
    until these have been listened to. The same key gets a fresh form for the same recording.
    """
    settings, storage = settings_of(request), storage_of(request)

    async def make() -> Made:
        voice = await service.announce(
            session, settings, actor, institution, body.step, body.content_type, body.size
        )
        return Made(row_id=voice.id)

    made = await once.once(session, actor.account_id, Made, make)
    voice = await session.get_one(GuideVoice, made.row_id)
    upload = None
    if voice.state is VoiceState.REQUESTED:
        media = await session.get_one(MediaObject, voice.media_id)
        form = media_service.another_ticket(storage, settings, media)
        upload = UploadRead(url=form.url, fields=form.fields, expires_at=form.expires_at)
    return GuideVoiceTicket(voice_id=voice.id, state=voice.state, upload=upload)


@router.post(f"{OF_VOICE}/uploaded", status_code=202)
async def confirm_guide_voice(
    request: Request, voice: OperatedVoice, session: Session
) -> GuideVoiceRead:
    """Say that the file is there; the list tells a few seconds later what became of it."""
    await service.look(session, voice)
    return _read(storage_of(request), voice)


@router.post(f"{OF_VOICE}/remove")
async def remove_guide_voice(
    request: Request, actor: OperatorActor, voice: OperatedVoice, session: Session
) -> GuideVoiceRead:
    """Play it no more: phones take the words of the nearest institution above, or none."""
    await service.remove(session, actor, voice)
    return _read(storage_of(request), voice)


@router.get("/guide-voices")
async def list_played_voices(
    request: Request, record: ReadingRecord, session: Session
) -> PlayedVoices:
    """List what the camera page of this phone plays, at most one recording for each step."""
    storage = storage_of(request)
    played = await queries.played_by(session, record.patient.team_id)
    voices = [
        PlayedVoice(
            voice_id=one.id, step=one.step, size=one.size, url=storage.link(one.sound_key, M4A)
        )
        for one in played
    ]
    return PlayedVoices(voices=voices)


def _read(storage: Storage, voice: GuideVoice | queries.VoiceRow) -> GuideVoiceRead:
    key = voice.sound_key if voice.state is VoiceState.READY else None
    return GuideVoiceRead(
        voice_id=voice.id,
        created_at=voice.created_at,
        step=voice.step,
        words=VOICE_STEPS[voice.step],
        state=voice.state,
        problem=voice.problem,
        duration_ms=voice.duration_ms,
        size=voice.size,
        ready_at=voice.ready_at,
        removed_at=voice.removed_at,
        sound_url=storage.link(key, M4A) if key else None,
    )
