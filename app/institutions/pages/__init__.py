"""PC pages of institutions: one's absences, and the event stream of one's teams."""

from fastapi import APIRouter

from app.institutions.pages import absences, stream

router = APIRouter()
for _part in (absences.router, stream.router):
    router.include_router(_part)
