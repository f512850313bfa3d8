"""A treatment runs until its last day is over: said once, for Python and for SQL.

The day is the dose day of the patient's zone, as everywhere: until 03:00 it is still yesterday.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.core import clock
from app.medication.models import Treatment
from app.medication.rules import WINDOW_CLOSES, dose_day
from app.patients.models import Patient


def today_in(zone: str) -> date:
    """Tell the dose day of now."""
    return dose_day(clock.now(), zone)


def dose_day_in(
    at: datetime | ColumnElement[Any], zone: ColumnElement[str] | InstrumentedAttribute[str]
) -> ColumnElement[date]:
    """As `rules.dose_day`, where the zone (and the instant) is in the database."""
    local = func.timezone(zone, cast(at, DateTime(timezone=True)), type_=DateTime())
    return cast(local - timedelta(hours=WINDOW_CLOSES.hour), Date)


def runs_on(stopped_on: date | None, on: date) -> bool:
    """Say of a treatment's last day whether it runs on this one; a test holds the twin equal."""
    return stopped_on is None or on <= stopped_on


def running_on(on: Any, treatment: type[Treatment] = Treatment) -> ColumnElement[bool]:
    """As `runs_on`; `on` is a day, or an expression of one."""
    return or_(treatment.stopped_on.is_(None), treatment.stopped_on >= on)


def running(at: datetime, treatment: type[Treatment] = Treatment) -> ColumnElement[bool]:
    """Say that it runs at an instant, by the zone of its patient."""
    patient = aliased(Patient)
    of_patient = select(patient.zone).where(patient.id == treatment.patient_id)
    zone = of_patient.correlate(treatment).scalar_subquery()
    return running_on(dose_day_in(at, zone), treatment)
