"""The toy's part of the patient's first page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.toy.queries import newest
from app.toy.schemas import CupsRead

from app.core.json_rows import json_text, typed
from app.core.pages import Section
from app.patients.frame import Column
from app.patients.schemas import PatientOfPage

COLUMNS: Mapping[str, Column] = {"cups": lambda asked: json_text(newest(asked.patient_id))}


def sections(_patient: PatientOfPage, _at: datetime, read: Mapping[str, Any]) -> list[Section]:
    return [Section("toy/_section.html", {"rows": typed(CupsRead, read["cups"])})]
