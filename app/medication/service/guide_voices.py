"""Words that an institution has spoken for the filming guide: announced, kept, taken out again.

The institution, then a recording, then its object (`locks`). What is about to be ready takes out
what was, so that one recording of a step is played; the database holds that
(`uq_guide_voice_ready`).
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.db import find_locked, for_update, lock_again
from app.core.ids import uuid7
from app.core.jobs import enqueue
from app.core.refs import Ref
from app.core.settings import Settings
from app.institutions.models import Institution
from app.institutions.problems import InstitutionClosed
from app.media import service as media_service
from app.media.models import MediaObject
from app.media.sound import KeptSound, SoundProblem
from app.medication.audit import CHANGE_GUIDE_VOICE
from app.medication.media import GUIDE_VOICE
from app.medication.models import GuideVoice, VoiceState, VoiceStep

LOOK_JOB = "medication.look_for_guide_voice"
ON_ITS_WAY = (VoiceState.REQUESTED, VoiceState.UPLOADED)
IN_USE = (*ON_ITS_WAY, VoiceState.READY)


async def announce(
    session: AsyncSession,
    settings: Settings,
    actor: StaffActor,
    institution: Institution,
    step: VoiceStep,
    content_type: str,
    size: int,
) -> GuideVoice:
    """Reserve a place for the words of one step; the one in use stays until these are ready.

    An earlier form of the same step that has brought nothing is let go: an institution has no
    more than one under way for each step.
    """
    await lock_again(session, institution)  # two operators at once, or one who closes it
    if institution.closed_at is not None:
        raise InstitutionClosed
    media_service.check_announced(settings, GUIDE_VOICE, content_type, size)
    waiting = GuideVoice.state == VoiceState.REQUESTED
    await _take_out(session, *_of_step(institution.id, step), waiting)
    voice_id = uuid7()
    owner = Ref("medication", "guide_voice", voice_id)
    media = media_service.new_object(settings, GUIDE_VOICE, content_type, None, owner)
    await session.execute(media_service.insertion(media._asdict()))
    voice = GuideVoice(
        id=voice_id,
        institution_id=institution.id,
        step=step,
        media_id=media.id,
        state=VoiceState.REQUESTED,
        created_by=actor.account_id,
    )
    session.add(voice)
    _record(session, actor, voice, "voice_announced")
    await session.flush()  # the answer reads it
    return voice


async def look(session: AsyncSession, voice: GuideVoice) -> None:
    """Whoever sent it says that it is there: a job asks the storage, at once."""
    if voice.state is VoiceState.REQUESTED:
        await enqueue(session, LOOK_JOB, media_id=voice.media_id)


async def remove(session: AsyncSession, actor: StaffActor, voice: GuideVoice) -> None:
    """Phones play the words of the institution above, if it has any; again changes nothing."""
    await lock_again(session, voice)
    if voice.state in IN_USE:
        await _take_out(session, GuideVoice.id == voice.id)
        await session.refresh(voice)
        _record(session, actor, voice, "voice_removed")


async def arrived(session: AsyncSession, media_id: UUID) -> GuideVoice | None:
    """Take it for listening, again after a worker died in it; None when there is no need."""
    return await session.scalar(
        update(GuideVoice)
        .where(GuideVoice.media_id == media_id, GuideVoice.state.in_(ON_ITS_WAY))
        .values(state=VoiceState.UPLOADED)
        .returning(GuideVoice)
    )


async def keep(session: AsyncSession, voice_id: UUID, kept: KeptSound) -> None:
    """Let phones play it instead of the one before; nothing, where it was taken out meanwhile."""
    step = select(GuideVoice.institution_id, GuideVoice.step).where(GuideVoice.id == voice_id)
    institution_id, of_step = (await session.execute(step)).one()
    rivals = GuideVoice.state.in_((VoiceState.UPLOADED, VoiceState.READY))
    await session.execute(
        for_update(
            select(GuideVoice.id)
            .where(*_of_step(institution_id, of_step), rivals)
            .order_by(GuideVoice.id)
        )
    )
    voice = await find_locked(session, GuideVoice, voice_id)
    if voice is None or voice.state is not VoiceState.UPLOADED:
        return
    ready = GuideVoice.state == VoiceState.READY
    await _take_out(session, *_of_step(institution_id, of_step), ready)
    voice.state, voice.ready_at = VoiceState.READY, clock.now()
    voice.sound_key, voice.duration_ms, voice.size = kept.sound_key, kept.duration_ms, kept.size
    media = await session.get_one(MediaObject, voice.media_id)
    await media_service.drop_source_later(session, media)


async def refuse(session: AsyncSession, voice_id: UUID, problem: SoundProblem) -> None:
    """Say why it cannot be played; the one before stays in use."""
    voice = await find_locked(session, GuideVoice, voice_id)
    if voice is not None and voice.state is VoiceState.UPLOADED:
        voice.state, voice.problem = VoiceState.UNUSABLE, problem
        await media_service.discard(session, [voice.media_id])


async def lost(session: AsyncSession, media_id: UUID) -> None:
    """Note that the storage has it no more: it was too old, or lost."""
    await session.execute(
        update(GuideVoice)
        .where(GuideVoice.media_id == media_id, GuideVoice.state.in_(IN_USE))
        .values(state=VoiceState.REMOVED, removed_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _of_step(institution_id: UUID, step: VoiceStep) -> Sequence[ColumnElement[bool]]:
    return (GuideVoice.institution_id == institution_id, GuideVoice.step == step)


async def _take_out(session: AsyncSession, *which: ColumnElement[bool]) -> None:
    out = await session.scalars(
        update(GuideVoice)
        .where(*which)
        .values(state=VoiceState.REMOVED, removed_at=clock.now())
        .returning(GuideVoice.media_id)
        .execution_options(synchronize_session=False)
    )
    await media_service.discard(session, out.all())


def _record(session: AsyncSession, actor: StaffActor, voice: GuideVoice, code: str) -> None:
    detail = {"code": code, "step": voice.step, "voice_id": str(voice.id)}
    audit.record(session, actor, CHANGE_GUIDE_VOICE, subject_id=voice.institution_id, detail=detail)
