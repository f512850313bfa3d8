"""Medication's part of the patient's first page: today, treatments, what was felt, rates."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.core.pages import Section
from app.medication import rules, symptoms
from app.medication.queries.patient_page import FIRST_PAGE, first_page_of
from app.patients.schemas import PatientOfPage

COLUMNS = FIRST_PAGE
STYLES = ("medication.css",)


def sections(patient: PatientOfPage, at: datetime, read: Mapping[str, Any]) -> list[Section]:
    page = first_page_of(read)
    shared = {"patient": patient, "today": rules.dose_day(at, patient.zone)}
    doses = [(dose, rules.state_of(dose, at)) for dose in page.doses]
    felt = {"side_effects": page.side_effects, "labels": symptoms.labels}
    return [
        _section("today", shared | {"doses": doses, "last_film": page.last_film}),
        _section("felt", shared | felt),
        _section("running", shared | {"treatments": page.treatments}),
        _section("rates", {"rates": page.rates}),
    ]


def _section(name: str, context: dict[str, Any]) -> Section:
    return Section(f"medication/sections/_{name}.html", context, STYLES)
