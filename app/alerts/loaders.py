"""Row access: alerts of patients within reach, 404 for a stranger's."""

from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends
from sqlalchemy import select

from app.accounts.access import ClinicianActor
from app.alerts.models import Alert
from app.core.db import Session
from app.core.problems import NotFound
from app.patients.models import Patient
from app.patients.reach import within_reach


class AlertOfPatient(NamedTuple):
    """An alert, and whom it is about."""

    alert: Alert
    patient: Patient


async def reachable_alert(
    session: Session, actor: ClinicianActor, alert_id: UUID
) -> AlertOfPatient:
    result = await session.execute(
        select(Alert, Patient)
        .join(Patient, Patient.id == Alert.patient_id)
        .where(Alert.id == alert_id, within_reach(actor))
    )
    row = result.one_or_none()
    if row is None:
        raise NotFound
    return AlertOfPatient(*row)


ReachableAlert = Annotated[AlertOfPatient, Depends(reachable_alert)]
