"""Reads of one dose's page: all that is known of it besides its films, in one statement."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.json_rows import json_rows, typed
from app.medication.models import Dose, Treatment
from app.medication.queries.history import report_rows, side_effect_rows
from app.medication.schemas.patient_page import ReportLine, SideEffectLine
from app.patients.models import Patient


class DosePage(NamedTuple):
    patient: Patient
    treatment_name: str
    treatment_version: int
    reports: list[ReportLine]
    side_effects: list[SideEffectLine]


async def dose_page(session: AsyncSession, dose_id: UUID) -> DosePage:
    reports = json_rows(report_rows().where(Dose.id == dose_id))
    side_effects = json_rows(side_effect_rows().where(Dose.id == dose_id).limit(20))
    of_dose = select(Dose.treatment_id).where(Dose.id == dose_id).scalar_subquery()
    result = await session.execute(
        select(Patient, Treatment.name, Treatment.version, reports, side_effects)
        .select_from(Treatment)
        .join(Patient, Patient.id == Treatment.patient_id)
        .where(Treatment.id == of_dose)
    )
    patient, name, version, said, felt = result.one()
    return DosePage(patient, name, version, typed(ReportLine, said), typed(SideEffectLine, felt))
