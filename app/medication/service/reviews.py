"""Lease a film to one reviewer, take the verdict, undo it for ten seconds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.crypto import keyring
from app.core.db import get_locked
from app.core.idempotency import IdempotencyMismatch
from app.core.problems import NotFound
from app.core.settings import Settings
from app.institutions.reach import clinic_today
from app.media import service as media_service
from app.medication.audit import VIEW_VIDEO
from app.medication.models import (
    Dose,
    Progress,
    Reading,
    Recording,
    Review,
    ReviewWithdrawal,
    Verdict,
)
from app.medication.problems import (
    AlreadyReviewed,
    LeaseLost,
    ReasonRequired,
    TabletsMissing,
    UndoTooLate,
)
from app.medication.queries.reviews import (
    film_to_decide,
    find_review,
    lease,
    previous_verdict,
    prolong,
    readable_by,
)
from app.medication.schemas.reviews import VerdictCreate
from app.medication.service.withdrawals import let_go

NEEDS_REASON = frozenset({Verdict.REJECTED, Verdict.UNVERIFIABLE})


async def lease_next(
    session: AsyncSession,
    settings: Settings,
    actor: StaffActor,
    holding: Sequence[UUID],
    skipping: Sequence[UUID] = (),
) -> UUID | None:
    """Give this reviewer the next film for a while; nobody else gets it meanwhile."""
    at = clock.now()
    until = at + timedelta(seconds=settings.lease_seconds)
    staff_id = actor.account_id
    if holding:
        await prolong.execute(
            session,
            actor.supervises,
            staff_id=staff_id,
            on=clinic_today(),
            holding=holding,
            until=until,
        )
    but = [*holding, *skipping]
    return await lease.scalar(
        session,
        actor.supervises,
        staff_id=staff_id,
        on=clinic_today(),
        but=but,
        at=at,
        until=until,
    )


async def keep_leases(
    session: AsyncSession, settings: Settings, actor: StaffActor, holding: Sequence[UUID]
) -> Sequence[UUID]:
    """Prolong this person's own leases, also those that ran out and nobody took.

    Never a film that was not handed out: whoever may decide it has viewed it, as the trail says.
    """
    until = clock.now() + timedelta(seconds=settings.lease_seconds)
    kept = await session.scalars(
        update(Recording)
        .where(
            Recording.id.in_(holding),
            Recording.leased_by == actor.account_id,
            readable_by(actor),
        )
        .values(leased_until=until)
        .returning(Recording.id)
    )
    return kept.all()


def note_view(session: AsyncSession, actor: StaffActor, recording: Recording) -> None:
    """Whoever is handed a link to a film has viewed it, as far as the audit trail goes."""
    audit.record(
        session,
        actor,
        VIEW_VIDEO,
        patient_id=recording.patient_id,
        subject_id=recording.id,
    )


async def release(session: AsyncSession, actor: StaffActor, recording_ids: Sequence[UUID]) -> None:
    """Put films back when the reviewer leaves."""
    await session.execute(
        update(Recording)
        .where(Recording.id.in_(recording_ids), Recording.leased_by == actor.account_id)
        .values(leased_by=None, leased_until=None, leased_at=None)
    )


async def decide(
    session: AsyncSession,
    settings: Settings,
    actor: StaffActor,
    recording_id: UUID,
    client_key: str,
    verdict: VerdictCreate,
) -> Review:
    """Write the verdict; the same key again returns the same review."""
    recording, dose, earlier = await _to_decide(session, actor, recording_id, client_key)
    if earlier is None and recording.leased_by != actor.account_id:
        # A twin of this request may have decided while we waited for the row.
        earlier = await find_review(session, actor.account_id, client_key)
    if earlier is not None:
        _refuse_other_intent(earlier, recording_id, verdict)
        return earlier
    _refuse_unfit(verdict, dose)
    _refuse_unleased(recording, actor)
    review = _review(recording, actor, client_key, verdict)
    session.add(review)
    recording.leased_by = recording.leased_until = recording.leased_at = None
    if review.reading is Reading.FIRST:
        await _settle(session, settings, recording, dose, review)
    else:
        recording.pending_reading = None
    return review


async def _to_decide(
    session: AsyncSession, actor: StaffActor, recording_id: UUID, client_key: str
) -> tuple[Recording, Dose, Review | None]:
    row = await film_to_decide.first(
        session,
        actor.supervises,
        recording_id=recording_id,
        staff_id=actor.account_id,
        on=clinic_today(),
        client_key=client_key,
    )
    if row is None:
        raise NotFound
    return row


def _refuse_other_intent(known: Review, recording_id: UUID, verdict: VerdictCreate) -> None:
    if (known.recording_id, known.verdict) != (recording_id, verdict.verdict):
        raise IdempotencyMismatch


def _refuse_unfit(verdict: VerdictCreate, dose: Dose) -> None:
    if verdict.verdict in NEEDS_REASON and verdict.reason is None:
        raise ReasonRequired
    planned = {d["name"]: float(d["tablets"]) for d in dose.drugs}
    fewer = [t.name for t in verdict.tablets or [] if float(t.seen) < planned.get(t.name, 0)]
    if verdict.verdict is Verdict.OBSERVED and fewer:
        raise TabletsMissing(drugs=fewer)


def _refuse_unleased(recording: Recording, actor: StaffActor) -> None:
    if recording.pending_reading is None:
        raise AlreadyReviewed
    if recording.leased_by != actor.account_id:
        raise LeaseLost


def _review(
    recording: Recording, actor: StaffActor, client_key: str, verdict: VerdictCreate
) -> Review:
    tablets = verdict.tablets
    opened_at, watched_ms = _within_lease(recording, verdict)
    return Review(
        recording_id=recording.id,
        dose_id=recording.dose_id,
        reviewer_id=actor.account_id,
        client_key=client_key,
        reading=recording.pending_reading,
        verdict=verdict.verdict,
        reason=verdict.reason,
        comment=verdict.comment or None,
        tablets=None if tablets is None else [t.model_dump(mode="json") for t in tablets],
        watched_ms=watched_ms,
        played_rate=verdict.played_rate,
        opened_at=opened_at,
    )


def _within_lease(recording: Recording, verdict: VerdictCreate) -> tuple[datetime, int]:
    """Nobody had it on the screen before it was handed out, nor watched longer than since then."""
    at = clock.now()
    handed_at = recording.leased_at or recording.ready_at or at
    opened_at = min(max(verdict.opened_at, handed_at), at)
    return opened_at, min(verdict.watched_ms, int((at - opened_at).total_seconds() * 1000))


async def _settle(
    session: AsyncSession, settings: Settings, recording: Recording, dose: Dose, review: Review
) -> None:
    """Move the dose by a first reading, and start the clock of the film's deletion."""
    again = is_sampled(recording.id, settings.second_reading_percent)
    recording.pending_reading = Reading.SECOND if again else None
    recording.first_reviewer_id = review.reviewer_id
    recording.first_reviewed_at = clock.now()
    if dose.recording_id == recording.id:
        dose.verdict, dose.progress = review.verdict, Progress.NONE
    keep_until = clock.now() + timedelta(days=settings.video_retention_days)
    await media_service.delete_at(session, recording.media_id, keep_until)


def is_sampled(recording_id: UUID, percent: int) -> bool:
    """Choose films for a second reading so that nobody can foresee which."""
    return int(keyring().lookup_hash("second-reading", str(recording_id)), 16) % 100 < percent


async def undo(
    session: AsyncSession, settings: Settings, actor: StaffActor, review: Review
) -> None:
    """Withdraw one's own verdict within the seconds allowed, and hold the film again."""
    at = clock.now()
    recording = await get_locked(session, Recording, review.recording_id)
    dose = await get_locked(session, Dose, review.dose_id)
    moved_on = dose.recording_id != recording.id
    too_late = at > review.created_at + timedelta(seconds=settings.undo_seconds + 2)
    if too_late or moved_on or await session.get(ReviewWithdrawal, review.id) is not None:
        raise UndoTooLate
    session.add(ReviewWithdrawal(review_id=review.id))
    recording.pending_reading = review.reading
    recording.leased_by, recording.leased_at = actor.account_id, review.opened_at
    recording.leased_until = at + timedelta(seconds=settings.lease_seconds)
    if review.reading is Reading.FIRST:
        await _unsettle(session, recording, dose)
    await session.flush()  # what waits again is asked by the database whether it may
    await let_go(session, Recording.id == recording.id)


async def _unsettle(session: AsyncSession, recording: Recording, dose: Dose) -> None:
    recording.first_reviewer_id = recording.first_reviewed_at = None
    before = await previous_verdict(session, dose.id, recording.id)
    dose.verdict = before.verdict if before else None
    dose.progress = Progress.PENDING_REVIEW
    await media_service.delete_at(session, recording.media_id, None)
