"""The doctor's first page of one patient."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.access import ClinicianActor
from app.core import clock
from app.core.assembly import Features
from app.core.db import Session
from app.core.pages import compose, render
from app.patient_page.sections import PARTS, columns_of, sections_of
from app.patients.frame import Opened, Opening, framed

router = APIRouter(prefix="/staff/patients", include_in_schema=False)
PAGE = Opening(columns_of(PARTS))


async def opened_record(
    request: Request, session: Session, actor: ClinicianActor, patient_id: UUID
) -> Opened:
    """One statement for the record and every section, however many features bring one."""
    features: Features = request.app.state.features
    return await PAGE.open(session, actor, patient_id, features, clock.now())


@router.get("/{patient_id}")
async def show_patient(
    request: Request, record: Annotated[Opened, Depends(opened_record)]
) -> Response:
    patient, frame, read = record
    sections = compose(request, sections_of(patient, clock.now(), read))
    context = framed(patient, "overview", frame) | sections
    return render(request, "patient_page/overview.html", context)
