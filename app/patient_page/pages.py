"""The doctor's first page of one patient."""

from fastapi import APIRouter, Request, Response

from app.accounts.access import ClinicianActor
from app.core import clock
from app.core.db import Session
from app.core.pages import compose, render
from app.patient_page.sections import sections_of
from app.patients.frame import open_page
from app.patients.loaders import ReachablePatient

router = APIRouter(prefix="/staff/patients", include_in_schema=False)


@router.get("/{patient_id}")
async def show_patient(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    frame = await open_page(request, session, actor, patient, "overview")
    sections = await sections_of(session, actor, patient, clock.now())
    return render(request, "patient_page/overview.html", frame | compose(request, sections))
