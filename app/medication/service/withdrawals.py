"""Films whose sender has withdrawn: nobody waits for them, nobody sees them, they are deleted."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import for_update
from app.core.feature import NoticeKind
from app.core.jobs import enqueue
from app.media import service as media_service
from app.medication import flags, reach
from app.medication.models import Reading, Recording, RecordingState
from app.medication.queries.described import dose_ref
from app.medication.service.expectations import free_doses
from app.medication.service.locks import lock_doses_of
from app.medication.service.misses import notice_misses_of
from app.notifications.service import notify_patients
from app.patients.models import Guardian, Patient

FILM_LET_GO = NoticeKind(
    "film_let_go", "您撤回了同意，或者手机解除了绑定：医生还没看的视频没有收下，已经删除"
)
DROP_STILLS_JOB = "medication.drop_stills"


async def let_go_of_patient(session: AsyncSession, patient_id: UUID) -> None:
    """Let go of this patient's films that may not wait any more."""
    await let_go(session, Recording.patient_id == patient_id)


async def let_go_of_account(session: AsyncSession, account_id: UUID) -> None:
    """As `let_go_of_patient`, for whatever this phone sent, and whomever it acts for."""
    own = select(Patient.id).where(Patient.wechat_account_id == account_id)
    child = select(Guardian.patient_id).where(Guardian.wechat_account_id == account_id)
    whose = or_(Recording.patient_id.in_(own), Recording.patient_id.in_(child))
    await let_go(session, or_(Recording.by_account_id == account_id, whose))


async def let_go(session: AsyncSession, which: ColumnElement[bool]) -> Sequence[Recording]:
    """End the waiting of those films that may not be taken in or read; again changes nothing.

    A film that was read once keeps its verdict and its day of deletion: only a second reading is
    called off. Of all others nothing is kept, and the dose says what else is known of it.
    """
    doses = await lock_doses_of(session, and_(which, reach.let_go()))
    if not doses:
        return []
    waiting = select(Recording).where(which, reach.let_go(), Recording.dose_id.in_(doses))
    films = (await session.scalars(for_update(waiting.order_by(Recording.id)))).all()
    unread = [film for film in films if film.pending_reading is not Reading.SECOND]
    for film in films:
        film.pending_reading = film.leased_by = film.leased_until = None
    if unread:
        await _forget(session, unread)
    return unread


async def discard_abandoned(session: AsyncSession, media_id: UUID) -> None:
    """Delete an object that arrived for a film nobody waits for, and what was made of it."""
    abandoned = await session.scalar(
        select(Recording.id).where(
            Recording.media_id == media_id, Recording.state == RecordingState.ABANDONED
        )
    )
    if abandoned is not None:
        await media_service.discard(session, [media_id])
        await enqueue(session, DROP_STILLS_JOB, media_id=media_id)


async def _forget(session: AsyncSession, films: Sequence[Recording]) -> None:
    for film in films:
        if film.state is RecordingState.READY:
            await enqueue(session, DROP_STILLS_JOB, media_id=film.media_id)
        film.state = RecordingState.ABANDONED
        film.film_key = film.poster_key = film.sheet_key = film.fingerprint = None
    await session.flush()  # the doses below are found by what is no longer live
    await media_service.discard(session, [film.media_id for film in films])
    freed = await free_doses(session, [film.id for film in films])
    patients = {film.patient_id for film in films}
    await flags.refresh(session, patients)
    await notice_misses_of(session, freed)
    await _tell(session, films)


async def _tell(session: AsyncSession, films: Sequence[Recording]) -> None:
    news = [(f.patient_id, f"let-go:{f.id}", dose_ref(f.dose_id)) for f in films]
    await notify_patients(session, news, FILM_LET_GO)
