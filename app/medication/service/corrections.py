"""Strike through a wrong entry or verdict, with author and reason; the dose says what is left."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.corrections import may_correct
from app.core.db import for_update, get_locked
from app.media.models import MediaObject, MediaState
from app.medication import flags, reach, rules
from app.medication.audit import CHANGE_DOSE
from app.medication.models import (
    Dose,
    DoseReport,
    Progress,
    Reading,
    Recording,
    RecordingState,
    Review,
    ReviewWithdrawal,
)
from app.medication.problems import (
    AlreadyCorrected,
    FilmGone,
    FilmTakenBack,
    NewerFilm,
    NotYoursToCorrect,
)
from app.medication.queries.reviews import second_readings
from app.medication.service import films_behind
from app.medication.service.misses import notice_misses_of
from app.medication.service.rejections import notice_rejections_of
from app.medication.service.reviews import unsettle
from app.medication.service.swaps import move_again
from app.medication.service.withdrawals import let_go
from app.patients.models import Patient

CAME_TO_NOTHING = frozenset({RecordingState.UNUSABLE, RecordingState.ABANDONED})


async def withdraw_entry(
    session: AsyncSession, actor: StaffActor, report: DoseReport, why: str
) -> None:
    """Take back that staff saw a dose: flags, misses and figures follow what else is known."""
    dose = await get_locked(session, Dose, report.dose_id)
    report = await get_locked(session, DoseReport, report.id)
    if report.withdrawn_at is not None:
        raise AlreadyCorrected
    _refuse_stranger(actor, report.staff_id, report)
    report.withdrawn_at, report.withdrawn_by = clock.now(), actor.account_id
    report.withdrawn_why = why
    before, dose.evidence = dose.evidence, rules.known_without_staff(dose)
    detail = {"code": "withdrew_seen", "before": before, "after": dose.evidence}
    audit.record(
        session, actor, CHANGE_DOSE, patient_id=dose.patient_id, subject_id=dose.id, detail=detail
    )
    await session.flush()  # misses, rejections and flags are read from the dose
    await move_again(session, dose, report.created_at)
    await films_behind.next_in_front(session, [dose.id])
    await notice_misses_of(session, [dose.treatment_id])
    await notice_rejections_of(session, [dose.id])
    await flags.refresh(session, [dose.patient_id])


def _refuse_stranger(actor: StaffActor, author_id: UUID | None, made: DoseReport | Review) -> None:
    allowed = may_correct(
        own=author_id == actor.account_id,
        supervises=actor.supervises,
        made_at=made.created_at,
        at=clock.now(),
    )
    if not allowed:
        raise NotYoursToCorrect


async def withdraw_verdict(
    session: AsyncSession, actor: StaffActor, review: Review, why: str
) -> None:
    """Take back a verdict after the seconds of its undo: the film waits for a reading again."""
    dose = await get_locked(session, Dose, review.dose_id)  # before its film: see `locks`
    film = await get_locked(session, Recording, review.recording_id)
    if await session.get(ReviewWithdrawal, review.id) is not None:
        raise AlreadyCorrected
    _refuse_stranger(actor, review.reviewer_id, review)
    await _refuse_unseen(session, film)
    if review.reading is Reading.FIRST:
        await _newest_of(session, dose, film)
    withdrawn = await _with_later_readings(session, review)
    for review_id in withdrawn:
        row = ReviewWithdrawal(
            review_id=review_id, withdrawn_by=actor.account_id, withdrawn_why=why
        )
        session.add(row)
    detail = {
        "code": "withdrew_verdict", "before": review.verdict, "after": Progress.PENDING_REVIEW,
        "review_id": str(review.id),
    }  # fmt: skip
    audit.record(
        session, actor, CHANGE_DOSE, patient_id=dose.patient_id, subject_id=dose.id, detail=detail
    )
    await _wait_again(session, film, dose, review.reading)


async def _refuse_unseen(session: AsyncSession, film: Recording) -> None:
    """Refuse where nobody could read it again: deleted, about to be, or no more agreed to."""
    media = await session.scalar(
        for_update(
            select(MediaObject).where(
                MediaObject.id == film.media_id,
                MediaObject.state == MediaState.STORED,
                or_(MediaObject.delete_at.is_(None), MediaObject.delete_at > clock.now()),
            )
        )
    )
    if media is None or film.film_deleted_at is not None or film.film_key is None:
        raise FilmGone
    readable = select(Recording.id).where(Recording.id == film.id, reach.agreed())
    if await session.scalar(readable) is None:
        raise FilmTakenBack


async def _newest_of(session: AsyncSession, dose: Dose, film: Recording) -> None:
    """Refuse where a newer film speaks for the dose; one that came to nothing does not."""
    if dose.recording_id == film.id:
        return
    newest = await session.get(Recording, dose.recording_id) if dose.recording_id else None
    if newest is not None and newest.state not in CAME_TO_NOTHING:
        raise NewerFilm
    dose.recording_id = film.id


async def _with_later_readings(session: AsyncSession, review: Review) -> list[UUID]:
    """Name the review, and of a first one the second readings that were compared with it."""
    if review.reading is Reading.SECOND:
        return [review.id]
    return [review.id, *await second_readings(session, review.recording_id)]


async def _wait_again(session: AsyncSession, film: Recording, dose: Dose, reading: Reading) -> None:
    """In the queue of the team that the patient is with now, free for anybody."""
    film.pending_reading = reading
    film.leased_by = film.leased_until = film.leased_at = None
    patients = select(Patient.team_id).where(Patient.id == film.patient_id)
    film.team_id = (await session.scalars(patients)).one()
    if reading is Reading.FIRST:
        await unsettle(session, film, dose)
    await session.flush()  # what waits again is asked by the database whether it may
    await let_go(session, Recording.id == film.id)
