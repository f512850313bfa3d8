"""Medication's part of the patient's first page: today, treatments, what was felt, rates."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.pages import Section
from app.medication import rules, symptoms
from app.medication.queries.patient_page import first_page_of
from app.medication.schemas.patient_page import DayLine
from app.patients.models import Patient

STYLES = ("medication.css",)


async def sections(
    session: AsyncSession, _: StaffActor, patient: Patient, at: datetime
) -> list[Section]:
    """One statement."""
    today = rules.dose_day(at, patient.zone)
    overview, day, rates = await first_page_of(session, patient.id, today, at)
    shared = {"patient": patient, "today": today}
    felt = {"side_effects": overview.side_effects, "labels": symptoms.labels}
    return [
        _section("today", shared | _day(day, at)),
        _section("felt", shared | felt),
        _section("running", shared | {"treatments": overview.treatments}),
        _section("rates", {"rates": rates}),
    ]


def _section(name: str, context: dict[str, Any]) -> Section:
    return Section(f"medication/sections/_{name}.html", context, STYLES)


def _day(day: DayLine, at: datetime) -> dict[str, Any]:
    return {
        "doses": [(dose, rules.state_of(dose, at)) for dose in day.doses],
        "last_film": day.last_film,
    }
