"""What is said of a dose besides film: side effects, self-reports, doses staff saw."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core import clock
from app.medication import rules
from app.medication.models import (
    AlertKind,
    Dose,
    DoseReport,
    Evidence,
    Expectation,
    Progress,
    SideEffectReport,
)
from app.medication.problems import CannotReport
from app.medication.schemas.doses import DoseReportCreate, SideEffectCreate, StaffReportCreate
from app.medication.service.alerts import raise_alert
from app.medication.symptoms import is_severe
from app.patients.models import Patient


async def report_side_effects(
    session: AsyncSession, patient: Patient, dose: Dose, answer: SideEffectCreate
) -> SideEffectReport:
    """Keep the answer; a severe one stops filming this dose and alerts the doctor."""
    severe = is_severe(answer.symptoms)
    report = SideEffectReport(
        patient_id=patient.id,
        dose_id=dose.id,
        symptoms=list(answer.symptoms),
        severe=severe,
        note=answer.note,
        reported_at=answer.reported_at,
    )
    session.add(report)
    dose.side_effects_at = clock.now()
    dose.severe_at = clock.now() if severe else None
    if severe:
        occasion = f"severe:{dose.id}"
        await raise_alert(
            session, patient, dose.treatment_id, AlertKind.SEVERE_SIDE_EFFECT, occasion
        )
    return report


async def report_dose(session: AsyncSession, dose: Dose, report: DoseReportCreate) -> DoseReport:
    """Write the patient's word, as their word: it never counts as seen."""
    if not rules.can_report(dose, clock.now()):
        raise CannotReport
    row = DoseReport(
        dose_id=dose.id,
        kind=Evidence.SELF_REPORT,
        taken=report.taken,
        reason=report.reason,
        note=report.note,
    )
    session.add(row)
    dose.self_reported_taken = report.taken
    if dose.evidence is Evidence.NONE and report.taken:
        dose.evidence = Evidence.SELF_REPORT
    return row


async def enter_seen_dose(
    session: AsyncSession, actor: StaffActor, dose: Dose, report: StaffReportCreate
) -> DoseReport:
    """Enter a dose watched live or given in person: verified, never "observed by video"."""
    await session.refresh(dose, with_for_update=True)
    settled = dose.verdict in rules.SETTLED or dose.progress is Progress.PENDING_REVIEW
    if dose.expectation is not Expectation.EXPECTED or settled or clock.now() < dose.opens_at:
        raise CannotReport
    row = DoseReport(
        dose_id=dose.id,
        kind=Evidence(report.kind),
        taken=True,
        note=report.note,
        staff_id=actor.account_id,
    )
    session.add(row)
    dose.evidence = Evidence(report.kind)
    return row


async def resume_after_severe(session: AsyncSession, dose_id: UUID) -> None:
    """Let a dose be filmed again: the doctor has spoken with the patient."""
    dose = await session.get_one(Dose, dose_id, with_for_update=True)
    dose.severe_at = None
