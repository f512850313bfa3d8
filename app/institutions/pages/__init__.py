"""PC pages of institutions: the event stream of whoever works there."""

from fastapi import APIRouter

from app.institutions.pages import stream

router = APIRouter()
router.include_router(stream.router)
