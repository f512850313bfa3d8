"""PC pages of institutions: absences, confirmations, failed jobs, the stream of one's teams."""

from fastapi import APIRouter

from app.institutions.pages import absences, confirmations, failed_jobs, stream

router = APIRouter()
for _part in (absences.router, confirmations.router, failed_jobs.router, stream.router):
    router.include_router(_part)
