"""Patients of a subtree who need a look, for its supervisor."""

from fastapi import APIRouter, Request, Response

from app.accounts import audit
from app.accounts.access import SupervisorActor
from app.core.db import Session
from app.core.pages import render
from app.institutions.supervised import Days, SupervisedInstitution, frame
from app.medication.queries.subtrees import slipping_in
from app.medication.queries.supervision import counted_of
from app.patients.audit import LIST_PATIENTS

router = APIRouter(prefix="/medication/slipping")


@router.get("")
async def show_slipping(
    request: Request,
    actor: SupervisorActor,
    supervised: SupervisedInstitution,
    session: Session,
    days: Days = 30,
) -> Response:
    audit.record(session, actor, LIST_PATIENTS)
    rows = await slipping_in(session, supervised.institution, days)
    context = frame(supervised, days, "slipping") | {
        "rows": rows,
        "counted": await counted_of(session, supervised.institution),
    }
    return render(request, "medication/slipping.html", context)
