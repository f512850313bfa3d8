"""The numbers in the navigation, all in one poll."""

from fastapi import APIRouter, Request, Response

from app.accounts.access import AnyStaffActor
from app.core.db import Session
from app.core.pages import fragment
from app.core.state import AppFeatures

router = APIRouter(prefix="/staff", include_in_schema=False)


@router.get("/badges")
async def show_badges(
    request: Request, features: AppFeatures, actor: AnyStaffActor, session: Session
) -> Response:
    """Count what waits behind each tab that this person sees, one statement a tab."""
    counts = {
        tab.key: await tab.badge(session, actor)
        for tab in features.nav
        if tab.badge and tab.roles & actor.roles
    }
    return fragment(request, "desk/_badges.html", {"counts": counts})
