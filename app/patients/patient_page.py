"""What patients put on a patient's page: the last contacts, and a quick way to note one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.core.json_rows import json_text, typed
from app.core.pages import Section
from app.patients.frame import Column
from app.patients.queries.contacts import ContactLine, newest_contacts
from app.patients.schemas import PatientOfPage

SHOWN = 3
COLUMNS: Mapping[str, Column] = {
    "contacts": lambda asked: json_text(newest_contacts(asked.patient_id, SHOWN)),
}


def sections(patient: PatientOfPage, _at: datetime, read: Mapping[str, Any]) -> list[Section]:
    context = {"patient": patient, "contacts": typed(ContactLine, read["contacts"])}
    return [Section("patients/_contacts_section.html", context)]
