"""Take the verdict on a film, undo it for ten seconds."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Insert, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core import clock
from app.core.crypto import keyring
from app.core.db import get_locked
from app.core.hot import HotWrite
from app.core.idempotency import IdempotencyMismatch
from app.core.ids import uuid7
from app.core.problems import NotFound
from app.core.settings import Settings
from app.institutions.reach import clinic_today
from app.media import service as media_service
from app.medication.models import (
    Dose,
    Progress,
    Reading,
    Recording,
    Review,
    ReviewReason,
    ReviewWithdrawal,
    Verdict,
)
from app.medication.problems import (
    AlreadyCorrected,
    AlreadyReviewed,
    CommentRequired,
    LeaseLost,
    NewerFilm,
    ReadAgain,
    ReasonRequired,
    TabletsMissing,
    UndoTooLate,
)
from app.medication.queries.reviews import (
    FilmToDecide,
    film_to_decide,
    find_review,
    previous_verdict,
    second_readings,
)
from app.medication.schemas.reviews import VerdictCreate
from app.medication.service.withdrawals import let_go

NEEDS_REASON = frozenset({Verdict.REJECTED, Verdict.UNVERIFIABLE})


class Decided(NamedTuple):
    """A review as it stands: just written, or by the same key before."""

    id: UUID
    recording_id: UUID
    verdict: Verdict
    created_at: datetime


async def decide(
    session: AsyncSession,
    settings: Settings,
    actor: StaffActor,
    recording_id: UUID,
    client_key: str,
    verdict: VerdictCreate,
) -> Decided:
    """Write the verdict; the same key again returns the same review."""
    film = await _to_decide(session, actor, recording_id, client_key)
    earlier = _given_before(film)
    if earlier is None and film.leased_by != actor.account_id:
        # A twin of this request may have decided while we waited for the row.
        twin = await find_review(session, actor.account_id, client_key)
        if twin is not None:
            earlier = Decided(twin.id, twin.recording_id, twin.verdict, twin.created_at)
    if earlier is not None:
        _refuse_other_intent(earlier, recording_id, verdict)
        return earlier
    _refuse_unfit(verdict, film)
    reading = _leased_for(film, actor)
    return await _write(session, settings, actor, film, reading, client_key, verdict)


async def _to_decide(
    session: AsyncSession, actor: StaffActor, recording_id: UUID, client_key: str
) -> FilmToDecide:
    film = await film_to_decide.first(
        session,
        actor.supervises,
        recording_id=recording_id,
        staff_id=actor.account_id,
        on=clinic_today(),
        client_key=client_key,
    )
    if film is None:
        raise NotFound
    return film


def _given_before(film: FilmToDecide) -> Decided | None:
    match film:
        case FilmToDecide(
            review_id=UUID() as review_id,
            review_recording_id=UUID() as recording_id,
            review_verdict=Verdict() as verdict,
            review_created_at=datetime() as created_at,
        ):
            return Decided(review_id, recording_id, verdict, created_at)
        case _:
            return None


def _refuse_other_intent(known: Decided, recording_id: UUID, verdict: VerdictCreate) -> None:
    if (known.recording_id, known.verdict) != (recording_id, verdict.verdict):
        raise IdempotencyMismatch


def _refuse_unfit(verdict: VerdictCreate, film: FilmToDecide) -> None:
    if verdict.verdict in NEEDS_REASON and verdict.reason is None:
        raise ReasonRequired
    if verdict.reason is ReviewReason.OTHER and verdict.comment is None:
        raise CommentRequired
    if verdict.verdict is Verdict.OBSERVED and (fewer := _fewer(verdict, film)):
        raise TabletsMissing(drugs=fewer)


def _fewer(verdict: VerdictCreate, film: FilmToDecide) -> list[str]:
    """Name the drugs of which fewer tablets were seen than planned, in every line and in all."""
    planned, seen = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)
    of_line = {(d["name"], d["strength"]): Decimal(d["tablets"]) for d in film.drugs}
    for drug in film.drugs:
        planned[drug["name"]] += Decimal(drug["tablets"])
    fewer = set[str]()
    for line in verdict.tablets or []:
        seen[line.name] += line.seen
        if line.seen < of_line.get((line.name, line.strength), Decimal(0)):
            fewer.add(line.name)
    fewer |= {name for name, count in seen.items() if count < planned[name]}
    return [d["name"] for d in film.drugs if d["name"] in fewer]


def _leased_for(film: FilmToDecide, actor: StaffActor) -> Reading:
    if film.pending_reading is None:
        raise AlreadyReviewed
    if film.leased_by != actor.account_id:
        raise LeaseLost
    return film.pending_reading


# What a review's row is written with; a test compares it with the model.
REVIEW_COLUMNS = (
    "id",
    "created_at",
    "recording_id",
    "dose_id",
    "reviewer_id",
    "client_key",
    "reading",
    "verdict",
    "reason",
    "comment",
    "tablets",
    "watched_ms",
    "played_rate",
    "opened_at",
)
SETTLING = ("media_id", "next_reading", "keep_until")


def _review_and_film(first: bool, /, **values: Any) -> Insert:
    """One round trip: the review, the film, and after a first reading the dose and the object.

    A first reading moves the dose where this is still its newest film, and starts the clock of the
    film's deletion.
    """
    review = insert(Review).values({name: values[name] for name in REVIEW_COLUMNS})
    film = update(Recording).where(Recording.id == values["recording_id"])
    if not first:
        free = film.values(leased_by=None, leased_until=None, leased_at=None, pending_reading=None)
        return review.add_cte(free.cte("film"))
    read = film.values(
        leased_by=None,
        leased_until=None,
        leased_at=None,
        pending_reading=values["next_reading"],
        first_reviewer_id=values["reviewer_id"],
        first_reviewed_at=values["created_at"],
    )
    dose = (
        update(Dose)
        .where(Dose.id == values["dose_id"], Dose.recording_id == values["recording_id"])
        .values(verdict=values["verdict"], progress=Progress.NONE)
    )
    media = media_service.deletion(media_id=values["media_id"], at=values["keep_until"])
    return review.add_cte(read.cte("film"), dose.cte("dose_of_film"), media.cte("media"))


_insert_review = HotWrite(_review_and_film, (*REVIEW_COLUMNS, *SETTLING))


async def _write(
    session: AsyncSession,
    settings: Settings,
    actor: StaffActor,
    film: FilmToDecide,
    reading: Reading,
    client_key: str,
    verdict: VerdictCreate,
) -> Decided:
    made = Decided(uuid7(), film.id, verdict.verdict, clock.now())
    tablets = verdict.tablets
    opened_at, watched_ms = _within_lease(film, verdict)
    again = is_sampled(film.id, settings.second_reading_percent)
    await _insert_review.execute(
        session,
        reading is Reading.FIRST,
        **made._asdict(),
        dose_id=film.dose_id,
        reviewer_id=actor.account_id,
        client_key=client_key,
        reading=reading,
        reason=verdict.reason,
        comment=verdict.comment,
        tablets=None if tablets is None else [t.model_dump(mode="json") for t in tablets],
        watched_ms=watched_ms,
        played_rate=verdict.played_rate,
        opened_at=opened_at,
        media_id=film.media_id,
        next_reading=Reading.SECOND if again else None,
        keep_until=made.created_at + timedelta(days=settings.video_retention_days),
    )
    return made


def _within_lease(film: FilmToDecide, verdict: VerdictCreate) -> tuple[datetime, int]:
    """Nobody had it on the screen before it was handed out, nor watched longer than since then."""
    at = clock.now()
    handed_at = film.leased_at or film.ready_at or at
    opened_at = min(max(verdict.opened_at, handed_at), at)
    return opened_at, min(verdict.watched_ms, int((at - opened_at).total_seconds() * 1000))


def is_sampled(recording_id: UUID, percent: int) -> bool:
    """Choose films for a second reading so that nobody can foresee which."""
    return int(keyring().lookup_hash("second-reading", str(recording_id)), 16) % 100 < percent


async def undo(
    session: AsyncSession, settings: Settings, actor: StaffActor, review: Review
) -> None:
    """Withdraw one's own verdict within the seconds allowed, and hold the film again.

    Once more, as after a lost answer, it changes nothing.
    """
    at = clock.now()
    dose = await get_locked(session, Dose, review.dose_id)  # before its film: see `locks`
    recording = await get_locked(session, Recording, review.recording_id)
    if await _is_undone(session, actor, review, recording):
        return
    if at > review.created_at + timedelta(seconds=settings.undo_seconds + 2):
        raise UndoTooLate
    if dose.recording_id != recording.id:
        raise NewerFilm
    if review.reading is Reading.FIRST and await second_readings(session, recording.id):
        raise ReadAgain
    session.add(ReviewWithdrawal(review_id=review.id))
    recording.pending_reading = review.reading
    recording.leased_by, recording.leased_at = actor.account_id, review.opened_at
    recording.leased_until = at + timedelta(seconds=settings.lease_seconds)
    if review.reading is Reading.FIRST:
        await unsettle(session, recording, dose)
    await session.flush()  # what waits again is asked by the database whether it may
    await let_go(session, Recording.id == recording.id)


async def _is_undone(
    session: AsyncSession, actor: StaffActor, review: Review, recording: Recording
) -> bool:
    """Say whether it was withdrawn and the film is still held for it; AlreadyCorrected if not."""
    if await session.get(ReviewWithdrawal, review.id) is None:
        return False
    waits = recording.pending_reading is review.reading
    if not waits or recording.leased_by != actor.account_id:
        raise AlreadyCorrected
    return True


async def unsettle(session: AsyncSession, recording: Recording, dose: Dose) -> None:
    """Let a film wait for its first reading again; its dose says what stood before."""
    recording.first_reviewer_id = recording.first_reviewed_at = None
    before = await previous_verdict(session, dose.id, recording.id)
    dose.verdict = before.verdict if before else None
    dose.progress = Progress.PENDING_REVIEW
    await media_service.delete_at(session, recording.media_id, None)
