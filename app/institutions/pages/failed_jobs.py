"""Jobs that gave up, counted by name: where a notice leads the topmost operators."""

from fastapi import APIRouter, Request, Response

from app.core.db import Session
from app.core.pages import render
from app.institutions import failed_jobs
from app.institutions.access import TopOperatorActor

router = APIRouter(prefix="/staff/failed-jobs", include_in_schema=False)
NEWEST = 50


@router.get("")
async def show_failed_jobs(
    request: Request, _actor: TopOperatorActor, session: Session
) -> Response:
    """For the topmost: jobs are of any institution."""
    context = {
        "counts": await failed_jobs.count_failed(session),
        "jobs": await failed_jobs.list_failed(session, None, NEWEST),
    }
    return render(request, "institutions/failed_jobs.html", context)
