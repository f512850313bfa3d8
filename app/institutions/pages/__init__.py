"""PC pages of institutions: one's absences, confirmations, the event stream of one's teams."""

from fastapi import APIRouter

from app.institutions.pages import absences, confirmations, stream

router = APIRouter()
for _part in (absences.router, confirmations.router, stream.router):
    router.include_router(_part)
