"""A patient whom the test is not about, with a row of every kind: none of them may change.

A condition that a bulk write forgets is seen only where a second row stands beside the first.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Base
from app.core.severity import Severity
from app.medication.models import RecordingState, SideEffectReport
from app.notifications.models import Notice
from app.patients.models import BindingCode, PatientFlag
from app.patients.search import KEYS_VERSION
from tests.medication import factories as make
from tests.patients.factories import make_guardian

LATER = timedelta(days=30)
BYSTANDER_ID = UUID(int=1)  # tests that read a whole table leave it out
Rows = dict[str, list[tuple[Any, ...]]]


async def make_bystander(session: AsyncSession) -> None:
    """Of an institution and a team of their own, so that no list of the test shows them."""
    patient = await make.make_patient(
        session, id=BYSTANDER_ID, name="旁观者", keys_version=KEYS_VERSION
    )
    at = clock.now()
    treatment = await make.make_treatment(session, patient=patient, starts_on=at.date() + LATER)
    doses = []
    states = (RecordingState.READY, RecordingState.REQUESTED, RecordingState.PROCESSING)
    for days, state in enumerate(states):
        due_on = at.date() + LATER + timedelta(days=days)
        dose = await make.make_dose(session, patient=patient, treatment=treatment, due_on=due_on)
        doses.append(dose)
        film = await make.make_recording(session, dose=dose, state=state)
        film.leased_by, film.leased_until = treatment.started_by, at + LATER
    await make.make_alert(session, treatment=treatment, escalate_at=at + LATER)
    await make_guardian(session, patient=patient, bound=False)
    staff_id = treatment.started_by
    session.add_all(
        [
            SideEffectReport(
                patient_id=patient.id,
                dose_id=doses[0].id,
                symptoms=["nausea"],
                severe=False,
                reported_at=at,
            ),
            Notice(patient_id=patient.id, kind="verdict", key="of-a-bystander"),
            PatientFlag(
                patient_id=patient.id,
                source="medication",
                code="missed_in_row",
                severity=Severity.WARNING,
                since=at,
            ),
            BindingCode(
                patient_id=patient.id,
                code_hash="of-a-bystander",
                issued_by=staff_id,
                expires_at=at + LATER,
            ),
        ]
    )
    await session.flush()


def _tables() -> list[tuple[Table, Any]]:
    """Each table with rows of one patient, and the column that says whose they are."""
    found = []
    for table in Base.metadata.sorted_tables:
        if table.name == "patient":
            found.append((table, table.c.id))
        elif "patient_id" in table.c and table.name != "audit_event":
            found.append((table, table.c.patient_id))
    return found


async def rows_of_bystander(session: AsyncSession) -> Rows:
    """Read every row of theirs as the database holds it, in the order of their keys."""
    rows: Rows = {}
    for table, owner in _tables():
        result = await session.execute(
            select(*table.c).where(owner == BYSTANDER_ID).order_by(*table.primary_key.columns)
        )
        rows[table.name] = [tuple(row) for row in result]
    return rows
