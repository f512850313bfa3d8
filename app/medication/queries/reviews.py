"""Reads of the review queue and of how it is worked."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Update, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from app.accounts.access import StaffActor
from app.core.db import for_update
from app.core.statements import Prepared, PreparedWrite
from app.institutions.reach import Reader, clinic_today, reachable_teams
from app.medication.models import (
    Dose,
    Reading,
    Recording,
    Review,
    ReviewWithdrawal,
    SideEffectReport,
    Treatment,
)
from app.medication.reach import may_be_read
from app.patients.models import Patient


def readable_by(actor: StaffActor | Reader) -> ColumnElement[bool]:
    """Select what waits for this person: within reach, never twice by the same reader.

    By the copy of the team, for the index; `may_be_read` holds it against the truth.
    """
    return and_(
        Recording.pending_reading.is_not(None),
        Recording.film_deleted_at.is_(None),
        Recording.team_id.in_(reachable_teams(actor)),
        may_be_read(),
        or_(
            Recording.pending_reading == Reading.FIRST,
            Recording.first_reviewer_id != actor.account_id,
        ),
    )


def free_for(actor: StaffActor | Reader, at: datetime) -> ColumnElement[bool]:
    """Select what nobody else holds."""
    return or_(
        Recording.leased_until.is_(None),
        Recording.leased_until < at,
        Recording.leased_by == actor.account_id,
    )


def next_in_queue(actor: Reader, but: Sequence[UUID], at: datetime) -> Select[UUID]:
    """Pick flagged first, then oldest due; skips what others hold and what this page has."""
    return for_update(
        select(Recording.id)
        .where(readable_by(actor), free_for(actor, at), Recording.id.not_in(but))
        .order_by(Recording.flagged.desc(), Recording.due_by, Recording.id)
        .limit(1),
        skip_locked=True,
    )


@Prepared
def lease(
    supervises: bool,
    /,
    *,
    staff_id: UUID,
    on: date,
    but: Sequence[UUID],
    at: datetime,
    until: datetime,
) -> ReturningUpdate[UUID]:
    """Take the next film: chosen and leased in one statement."""
    chosen = next_in_queue(Reader(staff_id, supervises, on), but, at).scalar_subquery()
    return (
        update(Recording)
        .where(Recording.id == chosen)
        .values(leased_by=staff_id, leased_at=at, leased_until=until)
        .returning(Recording.id)
        .execution_options(synchronize_session=False)
    )


@PreparedWrite
def prolong(
    supervises: bool, /, *, staff_id: UUID, on: date, holding: Sequence[UUID], until: datetime
) -> Update:
    """Who was moved away keeps nothing; what was not handed out to this person is not leased."""
    within = readable_by(Reader(staff_id, supervises, on))
    return (
        update(Recording)
        .where(Recording.id.in_(holding), Recording.leased_by == staff_id, within)
        .values(leased_until=until)
        .execution_options(synchronize_session=False)
    )


@Prepared
def _item(*, recording_id: UUID) -> Select[Recording, Dose, Patient, str, list[str] | None]:
    """Everything of one film in one statement; the newest answer about side effects beside it."""
    symptoms = (
        select(SideEffectReport.symptoms)
        .where(SideEffectReport.dose_id == Recording.dose_id)
        .order_by(SideEffectReport.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(Recording, Dose, Patient, Treatment.name, symptoms)
        .join(Dose, Dose.id == Recording.dose_id)
        .join(Patient, Patient.id == Recording.patient_id)
        .join(Treatment, Treatment.id == Dose.treatment_id)
        .where(Recording.id == recording_id)
    )


class QueueItem(NamedTuple):
    """Everything that a reviewer decides by; `symptoms` is the newest answer, if one was given."""

    recording: Recording
    dose: Dose
    patient: Patient
    treatment_name: str
    symptoms: list[str] | None


async def get_item(session: AsyncSession, recording_id: UUID) -> QueueItem:
    return QueueItem(*await _item.one(session, recording_id=recording_id))


@Prepared
def _counts(
    supervises: bool, /, *, staff_id: UUID, on: date, at: datetime
) -> Select[int, int, int]:
    return select(
        func.count(),
        func.count().filter(Recording.due_by < at),
        func.count().filter(Recording.flagged),
    ).where(readable_by(Reader(staff_id, supervises, on)))


async def queue_counts(session: AsyncSession, actor: StaffActor, at: datetime) -> tuple[int, ...]:
    """Count what waits, is overdue, is flagged."""
    return await _counts.one(
        session, actor.supervises, staff_id=actor.account_id, on=clinic_today(), at=at
    )


@Prepared
def film_to_decide(
    supervises: bool, /, *, recording_id: UUID, staff_id: UUID, on: date, client_key: str
) -> Select[Recording, Dose, Review]:
    """Lock the film and its dose; a review already given by this key stands beside them.

    No row where the patient is with another team now, or the sender has withdrawn since.
    """
    by_this_key = (Review.reviewer_id == staff_id) & (Review.client_key == client_key)
    reach = Recording.team_id.in_(reachable_teams(Reader(staff_id, supervises, on)))
    standing = or_(Review.id.is_not(None), Recording.pending_reading.is_(None), may_be_read())
    return for_update(
        select(Recording, Dose, Review)
        .join(Dose, Dose.id == Recording.dose_id)
        .outerjoin(Review, by_this_key)
        .where(Recording.id == recording_id, reach, standing),
        of=[Recording, Dose],
    )


async def find_review(session: AsyncSession, reviewer_id: UUID, client_key: str) -> Review | None:
    return await session.scalar(
        select(Review).where(Review.reviewer_id == reviewer_id, Review.client_key == client_key)
    )


async def previous_verdict(session: AsyncSession, dose_id: UUID, but: UUID) -> Review | None:
    """Find what stood on the dose before this recording was decided."""
    return await session.scalar(
        select(Review)
        .outerjoin(ReviewWithdrawal, ReviewWithdrawal.review_id == Review.id)
        .where(
            Review.dose_id == dose_id,
            Review.recording_id != but,
            Review.reading == Reading.FIRST,
            ReviewWithdrawal.review_id.is_(None),
        )
        .order_by(Review.created_at.desc(), Review.id.desc())
        .limit(1)
    )
