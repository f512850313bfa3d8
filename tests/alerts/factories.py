"""Alerts as they stand in the table, and their kinds. Hold the clock first (fixture `noon`)."""

from itertools import count
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert, AlertState
from app.core import clock
from app.core.feature import AlertKind
from app.core.refs import Ref
from app.core.severity import Severity
from app.core.words import Mark
from app.patients.models import Patient
from tests.patients.factories import make_patient

_numbers = count(1)
QUIET = AlertKind("quiet_of_a_test", Mark("alert", "安静", "warn"), Severity.WARNING)
SEVERE = AlertKind("severe_of_a_test", Mark("alert", "严重", "danger"), Severity.SEVERE)
SOURCE = "tests"


async def make_alert(
    session: AsyncSession,
    *,
    patient: Patient | None = None,
    kind: AlertKind = QUIET,
    subject: Ref | None = None,
    **columns: Any,
) -> Alert:
    """Make an open one of an episode of its own, whose next step of escalation is not due."""
    patient = patient or await make_patient(session)
    at = columns.pop("at", clock.now())
    usual = {
        "patient_id": patient.id,
        "team_id": patient.team_id,
        "source": subject.feature if subject else SOURCE,
        "kind": kind.code,
        "episode": f"episode-{next(_numbers)}",
        "severity": kind.severity,
        "level": 0,
        "subject_feature": subject.feature if subject else None,
        "subject_kind": subject.kind if subject else None,
        "subject_id": subject.id if subject else None,
        "state": AlertState.OPEN,
        "raised_at": at,
        "times_raised": 1,
        "escalate_from": at,
        "escalation_step": 0,
    }
    alert = Alert(**usual | columns)
    session.add(alert)
    await session.flush()
    return alert
