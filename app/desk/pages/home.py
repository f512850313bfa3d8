"""What needs me now, and the numbers in the navigation, all in one poll."""

from fastapi import APIRouter, Request, Response

from app.accounts import audit
from app.accounts.access import CLINICAL, OPERATING, AnyStaffActor
from app.core import clock
from app.core.db import Session
from app.core.pages import fragment, is_partial, render
from app.core.state import AppFeatures
from app.desk.audit import LIST_ON_DESK
from app.desk.lines import lines_of
from app.institutions.queries.standing import home_of
from app.patients.desk import who_of

router = APIRouter(prefix="/staff", include_in_schema=False)


@router.get("")
async def show_desk(
    request: Request, features: AppFeatures, actor: AnyStaffActor, session: Session
) -> Response:
    """Show what waits; operators and clerks have no patients and see what they can do."""
    if OPERATING & actor.roles:
        home = await home_of(session, actor.account_id)
        return render(request, "desk/operator.html", {"home": home})
    if not CLINICAL & actor.roles:
        return render(request, "desk/start.html")
    lines = await lines_of(session, actor, clock.now(), features)
    named = list({line.first for line in lines if line.first})
    await audit.record_shown(session, actor, LIST_ON_DESK, named, renewed=is_partial(request))
    people = await who_of(session, named)
    return render(request, "desk/home.html", {"lines": lines, "people": people})


@router.get("/badges")
async def show_badges(
    request: Request, features: AppFeatures, actor: AnyStaffActor, session: Session
) -> Response:
    """Count what waits behind each tab that this person sees, one statement a tab."""
    counts = {
        tab.key: await tab.badge(session, actor, features)
        for tab in features.nav
        if tab.badge and tab.roles & actor.roles
    }
    return fragment(request, "desk/_badges.html", {"counts": counts})
