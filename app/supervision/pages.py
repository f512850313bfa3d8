"""The supervisor's page: the features' figures over one institution and all below it."""

from fastapi import APIRouter, Request, Response

from app.accounts.access import SupervisorActor
from app.core import clock
from app.core.db import Session
from app.core.pages import compose, render
from app.institutions.supervised import Days, SupervisedInstitution, frame
from app.supervision.sections import sections_of

router = APIRouter(prefix="/staff/supervision", include_in_schema=False)


@router.get("")
async def show_supervision(
    request: Request,
    _: SupervisorActor,
    supervised: SupervisedInstitution,
    session: Session,
    days: Days = 30,
) -> Response:
    sections = await sections_of(session, supervised, days, clock.now())
    context = frame(supervised, days, "overview") | compose(request, sections)
    return render(request, "supervision/overview.html", context)
