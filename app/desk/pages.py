"""The numbers in the navigation, all in one poll."""

from fastapi import APIRouter, Request, Response

from app.accounts.access import AnyStaffActor
from app.core.db import Session
from app.core.feature import Features
from app.core.pages import fragment

router = APIRouter(prefix="/staff", include_in_schema=False)


@router.get("/badges")
async def show_badges(request: Request, actor: AnyStaffActor, session: Session) -> Response:
    """Count what waits behind each tab that this person sees, one statement a tab."""
    features: Features = request.app.state.features
    counts = {
        tab.key: await tab.badge(session, actor)
        for tab in features.nav
        if tab.badge and tab.roles & actor.roles
    }
    return fragment(request, "desk/_badges.html", {"counts": counts})
