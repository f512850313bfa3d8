"""Reads of doses: one statement a screen."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.statements import Prepared
from app.medication.models import (
    Dose,
    DoseReport,
    Reading,
    Recording,
    Review,
    ReviewWithdrawal,
    Treatment,
)
from app.medication.rates import Rates, count_columns

DoseRow = Row[Any]


def effective_reviews() -> Select[Any]:
    """First readings that were not withdrawn."""
    return (
        select(Review)
        .outerjoin(ReviewWithdrawal, ReviewWithdrawal.review_id == Review.id)
        .where(Review.reading == Reading.FIRST, ReviewWithdrawal.review_id.is_(None))
    )


def card_rows() -> Select[Any]:
    """Dose, treatment name, newest recording and what was last decided about it."""
    newest = aliased(
        Review,
        effective_reviews()
        .where(Review.recording_id == Dose.recording_id)
        .order_by(Review.created_at.desc(), Review.id.desc())
        .limit(1)
        .correlate(Dose)
        .lateral(),
    )
    return (
        select(
            *(c.label(c.name) for c in Dose.__table__.c),
            Treatment.name.label("treatment_name"),
            Recording.state.label("recording_state"),
            Recording.uploaded_at,
            Recording.problem,
            Recording.poster_key,
            newest.verdict.label("review_verdict"),
            newest.reason,
            newest.comment,
        )
        .join(Treatment, Treatment.id == Dose.treatment_id)
        .outerjoin(Recording, Recording.id == Dose.recording_id)
        .outerjoin(newest, newest.recording_id == Recording.id)
    )


@Prepared
def _cards_between(*, patient_id: UUID, first: date, last: date) -> Select[Any]:
    return (
        card_rows()
        .where(Dose.patient_id == patient_id, Dose.due_on.between(first, last))
        .order_by(Dose.due_on, Dose.due_at, Dose.id)
    )


async def cards_between(
    session: AsyncSession, patient_id: UUID, first: date, last: date
) -> Sequence[DoseRow]:
    return await _cards_between.all(session, patient_id=patient_id, first=first, last=last)


@Prepared
def _card(*, dose_id: UUID) -> Select[Any]:
    return card_rows().where(Dose.id == dose_id)


async def card_of(session: AsyncSession, dose_id: UUID) -> DoseRow:
    return await _card.one(session, dose_id=dose_id)


@Prepared
def _counts(*, patient_id: UUID, at: datetime, first: date, last: date) -> Select[*tuple[Any, ...]]:
    return select(*count_columns(at)).where(
        Dose.patient_id == patient_id, Dose.due_on.between(first, last)
    )


async def rates_of(
    session: AsyncSession,
    patient_id: UUID,
    at: datetime,
    first: date = date.min,
    last: date = date.max,
) -> Rates:
    """Rates of the patient's doses due first..last."""
    counts = await _counts.one(session, patient_id=patient_id, at=at, first=first, last=last)
    return Rates(*map(int, counts))


async def reports_of_dose(session: AsyncSession, dose_id: UUID) -> Sequence[DoseReport]:
    found = await session.scalars(
        select(DoseReport).where(DoseReport.dose_id == dose_id).order_by(DoseReport.created_at)
    )
    return found.all()
