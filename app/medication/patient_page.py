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
# Due where nothing is taken yet; on a page that does not know, and while one runs, it is quiet.
START = "/treatments/new"


def sections(patient: PatientOfPage, at: datetime, read: Mapping[str, Any]) -> list[Section]:
    page = first_page_of(read)
    today = rules.dose_day(at, patient.zone)
    shared = {"patient": patient, "today": today}
    doses = [(dose, rules.state_of(dose, at)) for dose in page.doses]
    running = any(one.runs_on(today) for one in page.treatments)
    felt = {"side_effects": page.side_effects, "labels": symptoms.labels}
    return [
        _section("today", shared | {"doses": doses, "last_film": page.last_film}),
        _section("felt", shared | felt),
        _section("running", shared | {"treatments": page.treatments}, () if running else (START,)),
        _section("rates", {"rates": page.rates}),
    ]


def _section(name: str, context: dict[str, Any], urges: tuple[str, ...] = ()) -> Section:
    return Section(f"medication/sections/_{name}.html", context, STYLES, urges=urges)
