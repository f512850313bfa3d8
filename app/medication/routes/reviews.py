"""The review queue, for the page's script: next film, verdict, undo, release."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from sqlalchemy import select

from app.accounts.access import ClinicianActor
from app.core import clock
from app.core.db import Session
from app.core.problems import NotFound
from app.core.state import AppSettings, settings_of, storage_of
from app.core.storage import Storage
from app.media.content_types import JPEG, MP4
from app.medication import rules, symptoms
from app.medication.models import Review
from app.medication.queries.review_queue import queue_counts
from app.medication.queries.reviews import QueueItem, show_item
from app.medication.schemas.doses import DrugRead
from app.medication.schemas.reviews import (
    LeaseKeep,
    LeasesKept,
    NextRead,
    NextRequest,
    QueueCounts,
    ReleaseRequest,
    ReviewDose,
    ReviewItem,
    ReviewPatient,
    VerdictCreate,
    VerdictRead,
)
from app.medication.service import review_queue, reviews

router = APIRouter(prefix="/api/reviews", tags=["reviews"])
ClientKey = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=64)]


async def own_review(session: Session, actor: ClinicianActor, review_id: UUID) -> Review:
    """One's own reviews only: nobody undoes another's verdict."""
    row = await session.scalar(
        select(Review).where(Review.id == review_id, Review.reviewer_id == actor.account_id)
    )
    if row is None:
        raise NotFound
    return row


OwnReview = Annotated[Review, Depends(own_review)]


@router.get("/summary")
async def read_summary(actor: ClinicianActor, session: Session) -> QueueCounts:
    waiting, overdue, flagged = await queue_counts(session, actor, clock.now())
    return QueueCounts(waiting=waiting, overdue=overdue, flagged=flagged)


@router.post("/next")
async def next_film(
    request: Request, body: NextRequest, actor: ClinicianActor, session: Session
) -> NextRead:
    """Lease one more film; what is handed out counts as viewed."""
    settings = settings_of(request)
    chosen = await review_queue.lease_next(session, settings, actor, body.holding, body.skipping)
    item = None
    if chosen is not None:
        row = await show_item(session, actor, chosen)
        item = _item(row, storage_of(request))
    waiting, overdue, flagged = await queue_counts(session, actor, clock.now())
    return NextRead(item=item, waiting=waiting, overdue=overdue, flagged=flagged)


def _key(key: str | None) -> str:
    """Whatever waits for a reading has been processed, and has its film and both stills."""
    if key is None:
        raise ValueError("a film without its objects waits for a reading")
    return key


def _item(row: QueueItem, storage: Storage) -> ReviewItem:
    return ReviewItem(
        recording_id=row.recording_id,
        reading=row.pending_reading,
        leased_until=row.leased_until,
        patient=ReviewPatient(
            patient_id=row.patient_id,
            name=row.patient_name,
            sex=row.sex,
            age=rules.age_on(row.birth_on, row.due_on),
            birth_precision=row.birth_precision,
        ),
        dose=ReviewDose(
            dose_id=row.dose_id,
            due_on=row.due_on,
            slot=row.slot,
            drugs=[DrugRead(**d) for d in row.drugs],
        ),
        treatment_name=row.treatment_name,
        day_code=row.day_code,
        expected_code=rules.day_code(row.patient_id, row.due_on),
        captured_at=row.captured_at,
        after_change=rules.after_change(row.captured_at, row.changed_at),
        uploaded_at=row.uploaded_at,
        due_by=row.due_by,
        duration_ms=row.duration_ms,
        mirrored=row.mirrored,
        flags=row.flags,
        symptoms=symptoms.labels(row.felt or []),
        film_url=storage.link(_key(row.film_key), MP4),
        poster_url=storage.link(_key(row.poster_key), JPEG),
        sheet_url=storage.link(_key(row.sheet_key), JPEG),
    )


@router.post("/keep")
async def keep_leases(
    body: LeaseKeep, actor: ClinicianActor, settings: AppSettings, session: Session
) -> LeasesKept:
    kept = await review_queue.keep_leases(session, settings, actor, body.holding)
    waiting, overdue, flagged = await queue_counts(session, actor, clock.now())
    return LeasesKept(kept=list(kept), waiting=waiting, overdue=overdue, flagged=flagged)


@router.post("/release", status_code=204)
async def release_films(body: ReleaseRequest, actor: ClinicianActor, session: Session) -> None:
    await review_queue.release(session, actor, body.recording_ids)


@router.post("/{recording_id}/verdict", status_code=201)
async def decide_film(
    request: Request,
    recording_id: UUID,
    body: VerdictCreate,
    actor: ClinicianActor,
    key: ClientKey,
    session: Session,
) -> VerdictRead:
    """Decide a film reached through the actor's reach and lease, in one statement."""
    settings = settings_of(request)
    review = await reviews.decide(session, settings, actor, recording_id, key, body)
    undo_until = review.created_at + timedelta(seconds=settings.undo_seconds)
    return VerdictRead(review_id=review.id, undo_until=undo_until)


@router.post("/{review_id}/undo", status_code=204)
async def undo_verdict(
    review: OwnReview, actor: ClinicianActor, settings: AppSettings, session: Session
) -> None:
    await reviews.undo(session, settings, actor, review)
