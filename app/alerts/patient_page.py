"""The part of a patient's page that alerts bring: what waits, with the acts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.alerts.actions import USUAL_ACTIONS
from app.alerts.queries.lists import waiting_lines
from app.alerts.schemas import AlertLine
from app.core.json_rows import json_text, typed
from app.core.pages import Section
from app.patients.frame import Column
from app.patients.schemas import PatientOfPage

COLUMNS: Mapping[str, Column] = {
    "alerts": lambda asked: json_text(waiting_lines(asked.patient_id)),
}


def sections(patient: PatientOfPage, _at: datetime, read: Mapping[str, Any]) -> list[Section]:
    """No section where nothing waits."""
    waiting = typed(AlertLine, read["alerts"])
    if not waiting:
        return []
    context = {
        "alerts": waiting,
        "alert_actions": USUAL_ACTIONS,
        "alerts_back": f"/staff/patients/{patient.id}",
    }
    return [Section("alerts/_waiting.html", context, ("alerts.css",))]
