"""The doctor's first page of one patient."""

from fastapi import APIRouter, Request, Response

from app.accounts.access import ClinicianActor
from app.core import clock
from app.core.db import Session
from app.core.pages import compose, render
from app.patient_page.sections import sections_of
from app.patients.audit import read_record
from app.patients.loaders import ReachablePatient

router = APIRouter(prefix="/staff/patients", include_in_schema=False)


@router.get("/{patient_id}")
async def show_patient(
    request: Request, actor: ClinicianActor, patient: ReachablePatient, session: Session
) -> Response:
    read_record(session, actor, patient)
    sections = await sections_of(session, actor, patient, clock.now())
    context = {"patient": patient, "tab": "overview"} | compose(request, sections)
    return render(request, "patient_page/overview.html", context)
