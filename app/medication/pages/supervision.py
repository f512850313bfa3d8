"""Patients of a subtree who need a look, for its supervisor."""

from fastapi import APIRouter, Request, Response

from app.accounts import audit
from app.accounts.access import SupervisorActor
from app.core import clock
from app.core.db import Session
from app.core.pages import render
from app.institutions.supervised import Days, SupervisedInstitution, first_day, frame
from app.medication.audit import LIST_SLIPPING
from app.medication.queries.subtrees import slipping_in

router = APIRouter(prefix="/medication/slipping")


@router.get("")
async def show_slipping(
    request: Request,
    actor: SupervisorActor,
    supervised: SupervisedInstitution,
    session: Session,
    days: Days = 30,
) -> Response:
    rows = await slipping_in(session, supervised.institution, first_day(days), clock.now())
    await audit.record_shown(session, actor, LIST_SLIPPING, [row.patient.id for row in rows])
    context = frame(supervised, days, "slipping") | {"rows": rows}
    return render(request, "medication/slipping.html", context)
