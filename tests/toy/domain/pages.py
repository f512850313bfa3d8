"""The doctor's page of one patient's cups."""

from app.toy import queries
from app.toy.words import READ_CUPS
from fastapi import APIRouter, Request, Response

from app.accounts import audit
from app.accounts.access import ClinicianActor
from app.core.db import Session
from app.core.pages import render
from app.patients.frame import open_page
from app.patients.loaders import ReachablePatient

router = APIRouter(prefix="/staff/patients", include_in_schema=False)


@router.get("/{patient_id}/toy")
async def show_cups(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    session: Session,
) -> Response:
    audit.record(session, actor, READ_CUPS, patient_id=patient.id)
    rows = await queries.newest_cups(session, patient.id)
    frame = await open_page(request, session, actor, patient, "toy")
    return render(request, "toy/cups.html", frame | {"rows": rows})
