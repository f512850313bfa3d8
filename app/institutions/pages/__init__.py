"""PC pages of institutions: one's absences, failed jobs, the event stream of one's teams."""

from fastapi import APIRouter

from app.institutions.pages import absences, failed_jobs, stream

router = APIRouter()
for _part in (absences.router, failed_jobs.router, stream.router):
    router.include_router(_part)
