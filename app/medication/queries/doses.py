"""Reads of doses: one statement a screen."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import for_update
from app.core.hot import hot
from app.core.statements import columns_of
from app.media.video import VideoProblem
from app.medication.models import (
    Dose,
    DoseReport,
    Evidence,
    Expectation,
    Progress,
    Reading,
    Recording,
    RecordingState,
    Review,
    ReviewReason,
    ReviewWithdrawal,
    Slot,
    Treatment,
    Verdict,
)
from app.patients.models import Condition


class CardRow(NamedTuple):
    """A dose (all fields up to `treatment_name` are its columns) and its newest film and verdict.

    It has all that rules.DoseFacts asks for.
    """

    id: UUID
    revision: int
    patient_id: UUID
    due_on: date
    slot: Slot
    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    drugs: list[dict[str, Any]]
    expectation: Expectation
    evidence: Evidence
    verdict: Verdict | None
    progress: Progress
    recording_id: UUID | None
    self_reported_taken: bool | None
    side_effects_at: datetime | None
    severe_at: datetime | None
    treatment_name: str
    condition: Condition
    recording_state: RecordingState | None
    uploaded_at: datetime | None
    problem: VideoProblem | None
    poster_key: str | None
    review_verdict: Verdict | None
    reason: ReviewReason | None
    comment: str | None


_OF_DOSE = CardRow._fields[: CardRow._fields.index("treatment_name")]


def effective_reviews() -> Select[Any]:
    """First readings that were not withdrawn."""
    return (
        select(Review)
        .outerjoin(ReviewWithdrawal, ReviewWithdrawal.review_id == Review.id)
        .where(Review.reading == Reading.FIRST, ReviewWithdrawal.review_id.is_(None))
    )


def _card_rows() -> Select[*tuple[Any, ...]]:
    """Select the columns of CardRow; the verdict is the newest that stands."""
    newest = (
        effective_reviews()
        .with_only_columns(Review.recording_id, Review.verdict, Review.reason, Review.comment)
        .where(Review.recording_id == Dose.recording_id)
        .order_by(Review.created_at.desc(), Review.id.desc())
        .limit(1)
        .correlate(Dose)
        .lateral()
    )
    return (
        select(
            *columns_of(Dose, _OF_DOSE),
            Treatment.name.label("treatment_name"),
            Treatment.condition,
            Recording.state.label("recording_state"),
            Recording.uploaded_at,
            Recording.problem,
            Recording.poster_key,
            newest.c.verdict.label("review_verdict"),
            newest.c.reason,
            newest.c.comment,
        )
        .join(Treatment, Treatment.id == Dose.treatment_id)
        .outerjoin(Recording, Recording.id == Dose.recording_id)
        .outerjoin(newest, newest.c.recording_id == Recording.id)
    )


@hot(CardRow)
def _cards_between(*, patient_id: UUID, first: date, last: date) -> Select[*tuple[Any, ...]]:
    return (
        _card_rows()
        .where(Dose.patient_id == patient_id, Dose.due_on.between(first, last))
        .order_by(Dose.due_on, Dose.due_at, Dose.id)
    )


async def cards_between(
    session: AsyncSession, patient_id: UUID, first: date, last: date
) -> Sequence[CardRow]:
    """Doses due first..last (inclusive), oldest first."""
    return await _cards_between.all(session, patient_id=patient_id, first=first, last=last)


async def cards_from(
    session: AsyncSession, treatment_ids: Collection[UUID], first: date
) -> Sequence[CardRow]:
    """Doses of these treatments due from that day on, as far as they are laid out."""
    statement = _card_rows().where(Dose.treatment_id.in_(treatment_ids), Dose.due_on >= first)
    rows = await session.execute(statement.order_by(Dose.due_at, Dose.id))
    return [CardRow(*row) for row in rows]


@hot(CardRow)
def _card(*, dose_id: UUID) -> Select[*tuple[Any, ...]]:
    return _card_rows().where(Dose.id == dose_id)


async def card_of(session: AsyncSession, dose_id: UUID) -> CardRow:
    return await _card.one(session, dose_id=dose_id)


class DoseToFilm(NamedTuple):
    """What decides whether a film of the dose may be announced; locked until the request ends.

    `known_hash`: of the request that announced a film by this key before.
    """

    id: UUID
    revision: int
    patient_id: UUID
    due_on: date
    opens_at: datetime
    closes_at: datetime
    expectation: Expectation
    evidence: Evidence
    verdict: Verdict | None
    progress: Progress
    self_reported_taken: bool | None
    severe_at: datetime | None
    moved_to_id: UUID | None
    known_hash: str | None


class KnownKey(NamedTuple):
    request_hash: str


def _of_key(patient_id: UUID, key: str) -> Select[str]:
    return select(Recording.request_hash).where(
        Recording.patient_id == patient_id, Recording.client_key == key
    )


@hot(KnownKey)
def known_key(*, patient_id: UUID, key: str) -> Select[str]:
    return _of_key(patient_id, key)


@hot(DoseToFilm)
def dose_to_film(*, dose_id: UUID, patient_id: UUID, key: str) -> Select[*tuple[Any, ...]]:
    known_hash = _of_key(patient_id, key).scalar_subquery().label("known_hash")
    return for_update(
        select(*columns_of(Dose, DoseToFilm._fields[:-1]), known_hash).where(
            Dose.id == dose_id, Dose.patient_id == patient_id
        )
    )


async def reports_of_dose(session: AsyncSession, dose_id: UUID) -> Sequence[DoseReport]:
    result = await session.scalars(
        select(DoseReport)
        .where(DoseReport.dose_id == dose_id, DoseReport.withdrawn_at.is_(None))
        .order_by(DoseReport.created_at)
    )
    return result.all()
