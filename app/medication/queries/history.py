"""Reads of what was said, felt and changed in the course of an illness."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.json_rows import json_rows, typed
from app.institutions.models import StaffMember
from app.medication.models import (
    Dose,
    DoseReport,
    SideEffectReport,
    Treatment,
    TreatmentChange,
)
from app.medication.schemas.patient_page import (
    ChangeLine,
    ReportLine,
    SideEffectLine,
)

MOST_LINES = 200
# In the very words of the index `ix_side_effect_report_felt`: a bound zero would miss it.
SOMETHING_FELT = func.cardinality(SideEffectReport.symptoms) > literal_column("0")


def side_effect_rows() -> Select[*tuple[Any, ...]]:
    """Select answers in which something was felt, newest first."""
    return (
        select(
            SideEffectReport.dose_id,
            SideEffectReport.symptoms,
            SideEffectReport.severe,
            SideEffectReport.note,
            SideEffectReport.reported_at,
            Dose.due_on,
            Dose.slot,
            Dose.severe_at,
        )
        .join(Dose, Dose.id == SideEffectReport.dose_id)
        .where(SOMETHING_FELT)
        .order_by(SideEffectReport.reported_at.desc())
    )


def side_effects_of(patient_id: UUID, limit: int) -> Select[*tuple[Any, ...]]:
    return side_effect_rows().where(SideEffectReport.patient_id == patient_id).limit(limit)


def report_rows() -> Select[*tuple[Any, ...]]:
    """Select the patient's words and staff entries, newest first; corrected ones stay."""
    corrector = aliased(StaffMember)
    return (
        select(
            DoseReport.id,
            DoseReport.kind,
            DoseReport.taken,
            DoseReport.reason,
            DoseReport.note,
            DoseReport.created_at,
            func.coalesce(DoseReport.said_at, DoseReport.created_at).label("told_at"),
            Dose.expectation_at.label("changed_at"),
            DoseReport.staff_id,
            StaffMember.name.label("staff_name"),
            DoseReport.withdrawn_at,
            DoseReport.withdrawn_why,
            corrector.name.label("withdrawn_by"),
            Dose.id.label("dose_id"),
            Dose.due_on,
            Dose.slot,
        )
        .join(Dose, Dose.id == DoseReport.dose_id)
        .outerjoin(StaffMember, StaffMember.id == DoseReport.staff_id)
        .outerjoin(corrector, corrector.id == DoseReport.withdrawn_by)
        .order_by(DoseReport.created_at.desc())
        .limit(MOST_LINES)
    )


def change_rows() -> Select[*tuple[Any, ...]]:
    """Select the history of plans, newest first; of an end that was wrong, what corrected it."""
    later, corrector = aliased(TreatmentChange), aliased(StaffMember)
    return (
        select(
            TreatmentChange.id,
            TreatmentChange.version,
            TreatmentChange.kind,
            TreatmentChange.created_at,
            TreatmentChange.detail,
            StaffMember.name.label("staff_name"),
            Treatment.name.label("treatment_name"),
            TreatmentChange.corrects_id,
            later.created_at.label("corrected_at"),
            later.detail["reason"].astext.label("corrected_why"),
            corrector.name.label("corrected_by"),
        )
        .join(Treatment, Treatment.id == TreatmentChange.treatment_id)
        .join(StaffMember, StaffMember.id == TreatmentChange.changed_by)
        .outerjoin(later, later.corrects_id == TreatmentChange.id)
        .outerjoin(corrector, corrector.id == later.changed_by)
        .order_by(TreatmentChange.created_at.desc(), TreatmentChange.id.desc())
        .limit(MOST_LINES)
    )


class History(NamedTuple):
    reports: list[ReportLine]
    side_effects: list[SideEffectLine]
    changes: list[ChangeLine]


async def history_of(session: AsyncSession, patient_id: UUID) -> History:
    """One statement: what was said, felt and changed; the newest 200 of each."""
    result = await session.execute(
        select(
            json_rows(report_rows().where(Dose.patient_id == patient_id)),
            json_rows(side_effects_of(patient_id, MOST_LINES)),
            json_rows(change_rows().where(Treatment.patient_id == patient_id)),
        )
    )
    reports, side_effects, changes = result.one()
    return History(
        typed(ReportLine, reports),
        typed(SideEffectLine, side_effects),
        typed(ChangeLine, changes),
    )
