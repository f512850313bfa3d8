"""Admin API: the audit trail, and jobs that gave up."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.accounts import audit
from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.pagination import Cursor, CursorInvalid, Limit, Listed, Page
from app.institutions import failed_jobs
from app.institutions.access import TopOperatorActor
from app.institutions.audit import RETRY_JOB
from app.institutions.failed_jobs import FailedJobRow
from app.institutions.loaders import FailedJob
from app.institutions.queries import trail
from app.institutions.queries.trail import AuditRow
from app.institutions.schemas.records import AuditRead, FailedJobRead

router = APIRouter(prefix="/api/admin", tags=["admin"])
Filter = Annotated[UUID | None, Query()]


@router.get("/audit", response_model=Page[AuditRead])
async def list_audit(
    actor: OperatorActor,
    session: Session,
    actor_id: Filter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listed[AuditRow]:
    page = await trail.list_audit(session, actor, actor_id, cursor, limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


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
    await failed_jobs.retry(session, failed)
    audit.record(session, actor, RETRY_JOB, detail={"job_id": failed})
