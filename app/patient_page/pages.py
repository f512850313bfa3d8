"""The doctor's first page of one patient."""

from fastapi import APIRouter, Request, Response

from app.accounts.access import ClinicianActor
from app.core import clock
from app.core.db import Session
from app.core.feature import Features
from app.core.pages import compose, render
from app.medication.rules import dose_day
from app.patient_page.sections import PARTS, columns_of, sections_of
from app.patients.frame import Head, framed
from app.patients.loaders import ShownPatient

router = APIRouter(prefix="/staff/patients", include_in_schema=False)
HEAD = Head(columns_of(PARTS))


@router.get("/{patient_id}")
async def show_patient(
    request: Request,
    actor: ClinicianActor,
    patient: ShownPatient,
    session: Session,
) -> Response:
    """One statement for the head and every section, however many features bring one."""
    features: Features = request.app.state.features
    at = clock.now()
    frame, read = await HEAD.read(
        session, actor, patient, features, at, on=dose_day(at, patient.zone)
    )
    sections = compose(request, sections_of(patient, at, read))
    return render(
        request, "patient_page/overview.html", framed(patient, "overview", frame) | sections
    )
