"""Rows of spoken words, without their file."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.ids import uuid7
from app.institutions.models import StaffMember
from app.media.models import MediaObject, MediaState
from app.medication.media import GUIDE_VOICE
from app.medication.models import GuideVoice, VoiceState, VoiceStep


async def make_voice(session: AsyncSession, *, author: StaffMember) -> GuideVoice:
    """Make words of one step, of the author's institution, that phones play."""
    voice_id, at = uuid7(), clock.now()
    place = f"{GUIDE_VOICE.prefix}{voice_id}/"
    media = MediaObject(
        key=f"{place}source",
        content_type="audio/mpeg",
        state=MediaState.STORED,
        family=GUIDE_VOICE.family,
        purpose=GUIDE_VOICE.code,
        owner_feature="medication",
        owner_kind="guide_voice",
        owner_id=voice_id,
        announce_job=GUIDE_VOICE.announce_job,
        deleted_job=GUIDE_VOICE.deleted_job,
        queue=GUIDE_VOICE.queue,
        max_bytes=2_000_000,
        keep_days=3650,
        presigned_until=at,
        next_check_at=at,
        checks=0,
        stored_at=at,
    )
    session.add(media)
    await session.flush()
    voice = GuideVoice(
        id=voice_id,
        institution_id=author.institution_id,
        step=VoiceStep.PALM,
        media_id=media.id,
        state=VoiceState.READY,
        created_by=author.id,
        sound_key=f"{place}sound.m4a",
        duration_ms=2_000,
        size=16_000,
        ready_at=at,
    )
    session.add(voice)
    await session.flush()
    return voice
