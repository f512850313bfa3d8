"""Reads of one film under review, and of what was decided about it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Select,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core.db import for_update
from app.core.hot import Hot, hot
from app.core.statements import columns_of
from app.institutions.reach import Reader, reachable_teams
from app.medication.audit import VIEW_VIDEO
from app.medication.models import (
    Dose,
    Reading,
    Recording,
    Review,
    ReviewWithdrawal,
    SideEffectReport,
    Slot,
    Treatment,
    Verdict,
)
from app.medication.queries.review_queue import Leased
from app.medication.reach import may_be_read
from app.patients.models import BirthPrecision, Patient, Sex


class QueueItem(NamedTuple):
    """Everything that a reviewer decides by; `felt` is the newest answer, if one was given."""

    recording_id: UUID
    pending_reading: Reading | None
    leased_until: datetime | None
    day_code: str
    captured_at: datetime
    uploaded_at: datetime | None
    due_by: datetime | None
    duration_ms: int | None
    mirrored: bool
    flags: list[str]
    film_key: str | None
    poster_key: str | None
    sheet_key: str | None
    dose_id: UUID
    due_on: date
    slot: Slot
    drugs: list[dict[str, Any]]
    changed_at: datetime | None
    patient_id: UUID
    patient_name: str
    sex: Sex
    birth_on: date
    birth_precision: BirthPrecision
    treatment_name: str
    felt: list[str] | None


_OF_FILM = QueueItem._fields[1 : QueueItem._fields.index("dose_id")]


def _shown(**values: Any) -> Select[*tuple[Any, ...]]:
    """Everything of one film in one statement; the newest answer about side effects beside it."""
    symptoms = (
        select(SideEffectReport.symptoms)
        .where(SideEffectReport.dose_id == Recording.dose_id)
        .order_by(SideEffectReport.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Recording.id.label("recording_id"),
            *columns_of(Recording, _OF_FILM),
            Dose.id.label("dose_id"),
            Dose.due_on,
            Dose.slot,
            Dose.drugs,
            Dose.expectation_at.label("changed_at"),
            Patient.id.label("patient_id"),
            Patient.name.label("patient_name"),
            Patient.sex,
            Patient.birth_on,
            Patient.birth_precision,
            Treatment.name.label("treatment_name"),
            symptoms.label("felt"),
        )
        .join(Dose, Dose.id == Recording.dose_id)
        .join(Patient, Patient.id == Recording.patient_id)
        .join(Treatment, Treatment.id == Dose.treatment_id)
        .where(Recording.id == values["subject_id"])
        .add_cte(audit.look(values).cte("look"))
    )


_item = Hot(QueueItem, _shown, audit.LOOK)


async def show_item(session: AsyncSession, actor: StaffActor, film: Leased) -> QueueItem:
    """Read what is handed out, and note in the same statement that it was viewed."""
    look = audit.look_values(actor, VIEW_VIDEO, film.patient_id, film.id)
    return await _item.one(session, **look)


class FilmToDecide(NamedTuple):
    """A film and its dose, locked, and the review that was already given by this key."""

    id: UUID
    media_id: UUID
    pending_reading: Reading | None
    leased_by: UUID | None
    leased_at: datetime | None
    ready_at: datetime | None
    dose_id: UUID
    drugs: list[dict[str, Any]]
    review_id: UUID | None
    review_recording_id: UUID | None
    review_verdict: Verdict | None
    review_created_at: datetime | None


@hot(FilmToDecide)
def film_to_decide(
    supervises: bool, /, *, recording_id: UUID, staff_id: UUID, on: date, client_key: str
) -> Select[*tuple[Any, ...]]:
    """Lock the film and its dose; a review already given by this key stands beside them.

    No row where the patient is with another team now, or the sender has withdrawn since.
    """
    by_this_key = (Review.reviewer_id == staff_id) & (Review.client_key == client_key)
    reach = Recording.team_id.in_(reachable_teams(Reader(staff_id, supervises, on)))
    standing = or_(Review.id.is_not(None), Recording.pending_reading.is_(None), may_be_read())
    return for_update(
        select(
            Recording.id,
            Recording.media_id,
            Recording.pending_reading,
            Recording.leased_by,
            Recording.leased_at,
            Recording.ready_at,
            Recording.dose_id,
            Dose.drugs,
            Review.id.label("review_id"),
            Review.recording_id.label("review_recording_id"),
            Review.verdict.label("review_verdict"),
            Review.created_at.label("review_created_at"),
        )
        .join(Dose, Dose.id == Recording.dose_id)
        .outerjoin(Review, by_this_key)
        .where(Recording.id == recording_id, reach, standing),
        of=[Dose, Recording],  # in this order: see `service.locks`
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


async def second_readings(session: AsyncSession, recording_id: UUID) -> Sequence[UUID]:
    """Name the second readings of a film that stand: they are compared with its first."""
    ids = await session.scalars(
        select(Review.id)
        .outerjoin(ReviewWithdrawal, ReviewWithdrawal.review_id == Review.id)
        .where(
            Review.recording_id == recording_id,
            Review.reading == Reading.SECOND,
            ReviewWithdrawal.review_id.is_(None),
        )
    )
    return ids.all()
