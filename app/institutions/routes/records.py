"""Admin API: the audit trail, and jobs that gave up."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.pagination import Cursor, CursorInvalid, Limit, Listed, Page
from app.core.state import AppFeatures
from app.institutions import failed_jobs
from app.institutions.access import TopOperatorActor
from app.institutions.failed_jobs import FailedJobRow
from app.institutions.loaders import FailedJob
from app.institutions.queries import trail
from app.institutions.schemas.records import AuditRead, FailedJobRead, in_words
from app.institutions.service import retrying

router = APIRouter(prefix="/api/admin", tags=["admin"])
Filter = Annotated[UUID | None, Query()]


@router.get("/audit")
async def list_audit(
    features: AppFeatures,
    actor: OperatorActor,
    session: Session,
    actor_id: Filter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AuditRead]:
    page = await trail.list_audit(session, actor, actor_id, cursor, limit)
    items = in_words(features.words.words, [row._asdict() for row in page.rows])
    return Page(items=items, next_cursor=page.next_cursor)


@router.get("/jobs", response_model=Page[FailedJobRead])
async def list_failed_jobs(
    _actor: TopOperatorActor, session: Session, cursor: Cursor = None, limit: Limit = 50
) -> Listed[FailedJobRow]:
    """Newest first; the arguments are ids. For the topmost: they are of any institution."""
    rows = await failed_jobs.list_failed(session, _job_id(cursor), limit + 1)
    next_cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return {"items": rows[:limit], "next_cursor": next_cursor}


def _job_id(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise CursorInvalid
    return int(cursor)


@router.post("/jobs/{job_id}/retry", status_code=204)
async def retry_job(actor: TopOperatorActor, failed: FailedJob, session: Session) -> None:
    await retrying.retry_job(session, actor, failed)
