"""Jobs that gave up, counted by name: where a notice leads the topmost operators."""

from fastapi import APIRouter, Request, Response

from app.core.db import Session
from app.core.pages import redirect, render
from app.institutions import failed_jobs
from app.institutions.access import TopOperatorActor
from app.institutions.loaders import FailedJob
from app.institutions.service import retrying

router = APIRouter(prefix="/staff/failed-jobs", include_in_schema=False)
HOME = "/staff/failed-jobs"
NEWEST = 50


@router.get("")
async def show_failed_jobs(
    request: Request, _actor: TopOperatorActor, session: Session
) -> Response:
    """For the topmost: jobs are of any institution."""
    context = {
        "counts": await failed_jobs.count_failed(session),
        "jobs": await failed_jobs.list_failed(session, None, NEWEST),
        "newest": NEWEST,
    }
    return render(request, "institutions/failed_jobs.html", context)


@router.post("/{job_id}/retry")
async def retry_job(
    request: Request, actor: TopOperatorActor, failed: FailedJob, session: Session
) -> Response:
    await retrying.retry_job(session, actor, failed)
    return redirect(request, HOME, say=f"编号 {failed} 的任务已重新排队。")
