"""Reads of films as pages show them: each with its dose and everything decided about it."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Result, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.json_rows import json_rows
from app.core.pagination import Key, paginate_as
from app.core.statements import typed_rows
from app.institutions.models import StaffMember
from app.media.models import MediaObject
from app.medication.models import (
    Dose,
    DoseHold,
    Recording,
    RecordingState,
    Review,
    ReviewWithdrawal,
)
from app.medication.queries.treatments import covers
from app.medication.reach import may_be_shown
from app.medication.schemas.patient_page import FilmRow

FILMS_A_PAGE = 12


class FilmPage(NamedTuple):
    films: Sequence[FilmRow]
    next_cursor: str | None


def _readings() -> Select[*tuple[Any, ...]]:
    """Every reading of the outer statement's recording, also withdrawn ones, oldest first."""
    corrector = aliased(StaffMember)
    return (
        select(
            Review.id,
            Review.reading,
            Review.verdict,
            Review.reason,
            Review.comment,
            Review.tablets,
            Review.watched_ms,
            Review.created_at,
            Review.reviewer_id,
            StaffMember.name.label("reviewer_name"),
            ReviewWithdrawal.created_at.label("withdrawn_at"),
            ReviewWithdrawal.withdrawn_why,
            corrector.name.label("withdrawn_by"),
        )
        .join(StaffMember, StaffMember.id == Review.reviewer_id)
        .outerjoin(ReviewWithdrawal, ReviewWithdrawal.review_id == Review.id)
        .outerjoin(corrector, corrector.id == ReviewWithdrawal.withdrawn_by)
        .where(Review.recording_id == Recording.id)
        .order_by(Review.created_at)
        .correlate(Recording)
    )


def _after_severe() -> ColumnElement[bool]:
    """Say of the outer film that a severe symptom had stopped its dose when it was captured."""
    stop = select(DoseHold.id).where(
        DoseHold.treatment_id == Dose.treatment_id,
        DoseHold.answer_id.is_not(None),
        DoseHold.created_at <= Recording.captured_at,
        covers(Dose.due_on),
    )
    return stop.correlate(Dose, Recording).exists()


def _film_rows() -> Select[*tuple[Any, ...]]:
    """Films with their dose, the day of deletion and all readings: the columns of FilmRow."""
    return (
        select(
            Recording.id,
            Recording.created_at,
            Recording.dose_id,
            Dose.due_on,
            Dose.slot,
            Dose.expectation_at.label("changed_at"),
            _after_severe().label("after_severe"),
            Recording.state,
            Recording.behind,
            Recording.problem,
            Recording.flags,
            Recording.captured_at,
            Recording.uploaded_at,
            Recording.due_by,
            Recording.pending_reading,
            Recording.day_code,
            Recording.duration_ms,
            Recording.film_key,
            Recording.film_deleted_at,
            Recording.poster_key,
            Recording.sheet_key,
            MediaObject.delete_at,
            json_rows(_readings()).label("readings"),
        )
        .join(Dose, Dose.id == Recording.dose_id)
        .join(MediaObject, MediaObject.id == Recording.media_id)
        .where(Recording.state != RecordingState.ABANDONED, may_be_shown())
    )


async def films_of(session: AsyncSession, patient_id: UUID, cursor: str | None) -> FilmPage:
    """Newest first."""
    statement = _film_rows().where(Recording.patient_id == patient_id)
    key = Key(Recording.created_at, Recording.id)
    page = await paginate_as(FilmRow, session, statement, key, cursor, FILMS_A_PAGE)
    return FilmPage(page.rows, page.next_cursor)


async def films_of_dose(session: AsyncSession, dose_id: UUID) -> Sequence[FilmRow]:
    """Newest first, each with all its readings."""
    result: Result[*tuple[Any, ...]] = await session.execute(
        _film_rows().where(Recording.dose_id == dose_id).order_by(Recording.created_at.desc())
    )
    return typed_rows(FilmRow, result)
