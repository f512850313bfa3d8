"""The review queue, for the page's script: next film, verdict, undo, release."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from sqlalchemy import select

from app.accounts.access import ClinicianActor
from app.core import clock
from app.core.db import Session
from app.core.problems import NotFound
from app.core.state import AppSettings, AppStorage
from app.core.storage import Storage
from app.media.content_types import JPEG, MP4
from app.medication import rules, symptoms
from app.medication.models import Review
from app.medication.queries import reviews as queries
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
from app.medication.service import reviews as service

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
    waiting, overdue, flagged = await queries.queue_counts(session, actor, clock.now())
    return QueueCounts(waiting=waiting, overdue=overdue, flagged=flagged)


@router.post("/next")
async def next_film(
    body: NextRequest,
    actor: ClinicianActor,
    settings: AppSettings,
    storage: AppStorage,
    session: Session,
) -> NextRead:
    """Lease one more film; what is handed out counts as viewed."""
    chosen = await service.lease_next(session, settings, actor, body.holding, body.skipping)
    item = None
    if chosen is not None:
        row = await queries.get_item(session, chosen)
        service.note_view(session, actor, row.recording)
        item = _item(row, storage)
    waiting, overdue, flagged = await queries.queue_counts(session, actor, clock.now())
    return NextRead(item=item, waiting=waiting, overdue=overdue, flagged=flagged)


def _key(key: str | None) -> str:
    """Whatever waits for a reading has been processed, and has its film and both stills."""
    if key is None:
        raise ValueError("a film without its objects waits for a reading")
    return key


def _item(row: queries.QueueItem, storage: Storage) -> ReviewItem:
    recording, dose, patient, treatment_name, felt = row
    return ReviewItem(
        recording_id=recording.id,
        reading=recording.pending_reading,
        leased_until=recording.leased_until,
        patient=ReviewPatient(
            patient_id=patient.id,
            name=patient.name,
            sex=patient.sex,
            age=rules.age_on(patient.birth_on, dose.due_on),
        ),
        dose=ReviewDose(
            dose_id=dose.id,
            due_on=dose.due_on,
            slot=dose.slot,
            drugs=[DrugRead(**d) for d in dose.drugs],
        ),
        treatment_name=treatment_name,
        day_code=recording.day_code,
        expected_code=rules.day_code(patient.id, dose.due_on),
        captured_at=recording.captured_at,
        uploaded_at=recording.uploaded_at,
        due_by=recording.due_by,
        duration_ms=recording.duration_ms,
        mirrored=recording.mirrored,
        flags=recording.flags,
        symptoms=symptoms.labels(felt or []),
        film_url=storage.link(_key(recording.film_key), MP4),
        poster_url=storage.link(_key(recording.poster_key), JPEG),
        sheet_url=storage.link(_key(recording.sheet_key), JPEG),
    )


@router.post("/keep")
async def keep_leases(
    body: LeaseKeep, actor: ClinicianActor, settings: AppSettings, session: Session
) -> LeasesKept:
    kept = await service.keep_leases(session, settings, actor, body.holding)
    waiting, overdue, flagged = await queries.queue_counts(session, actor, clock.now())
    return LeasesKept(kept=list(kept), waiting=waiting, overdue=overdue, flagged=flagged)


@router.post("/release", status_code=204)
async def release_films(body: ReleaseRequest, actor: ClinicianActor, session: Session) -> None:
    await service.release(session, actor, body.recording_ids)


@router.post("/{recording_id}/verdict", status_code=201)
async def decide_film(
    recording_id: UUID,
    body: VerdictCreate,
    actor: ClinicianActor,
    key: ClientKey,
    settings: AppSettings,
    session: Session,
) -> VerdictRead:
    """Decide a film reached through the actor's reach and lease, in one statement."""
    review = await service.decide(session, settings, actor, recording_id, key, body)
    undo_until = review.created_at + timedelta(seconds=settings.undo_seconds)
    return VerdictRead(review_id=review.id, undo_until=undo_until)


@router.post("/{review_id}/undo", status_code=204)
async def undo_verdict(
    review: OwnReview, actor: ClinicianActor, settings: AppSettings, session: Session
) -> None:
    await service.undo(session, settings, actor, review)
