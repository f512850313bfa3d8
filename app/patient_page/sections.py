"""Whose sections stand on the patient's first page, and in which order."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.alerts import patient_page as alerts
from app.core.pages import Section
from app.medication import patient_page as medication
from app.patients import patient_page as patients
from app.patients.frame import Column
from app.patients.schemas import PatientOfPage

# (patient, this moment, what its columns read, by their names).
Sections = Callable[[PatientOfPage, datetime, Mapping[str, Any]], list[Section]]


class Part(NamedTuple):
    """A feature's columns in the one statement of the page, and the sections made of them."""

    columns: Mapping[str, Column]
    sections: Sections


PARTS = (
    Part(alerts.COLUMNS, alerts.sections),
    Part(medication.COLUMNS, medication.sections),
    Part(patients.COLUMNS, patients.sections),
)


def columns_of(parts: Sequence[Part]) -> dict[str, Column]:
    """Put them together; two of one name are a ValueError at start."""
    columns: dict[str, Column] = {}
    for part in parts:
        if twice := columns.keys() & part.columns.keys():
            raise ValueError(f"columns of two features: {sorted(twice)}")
        columns |= part.columns
    return columns


def sections_of(patient: PatientOfPage, at: datetime, read: Mapping[str, Any]) -> list[Section]:
    """Features take their turns in the order of PARTS."""
    return [s for part in PARTS for s in part.sections(patient, at, read)]
