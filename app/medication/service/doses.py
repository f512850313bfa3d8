"""What is said of a dose besides film: side effects, self-reports, doses staff saw."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.alerts import service as alerts
from app.alerts.models import ClosedWhy
from app.core import clock
from app.core.db import get_locked, lock_again
from app.medication import flags, rules
from app.medication.alert_kinds import SEVERE_SIDE_EFFECT, SOURCE
from app.medication.audit import CHANGE_DOSE
from app.medication.models import (
    Dose,
    DoseReport,
    Evidence,
    Expectation,
    Progress,
    SideEffectReport,
)
from app.medication.problems import CannotReport, DoseNotYetOpen, DoseTooLate
from app.medication.queries.described import dose_ref
from app.medication.schemas.doses import DoseReportCreate, SideEffectCreate, StaffReportCreate
from app.medication.service.expectations import stand_again
from app.medication.service.misses import notice_misses_of
from app.medication.symptoms import is_severe
from app.patients.loaders import OwnRecord

RESUMED = "已恢复服药"


async def report_side_effects(
    session: AsyncSession, record: OwnRecord, dose: Dose, answer: SideEffectCreate
) -> SideEffectReport:
    """Keep the answer; a severe one stops filming this dose and alerts the doctor.

    A later, milder answer does not undo it: that is for the doctor to say.
    """
    patient, severe = record.patient, is_severe(answer.symptoms)
    report = SideEffectReport(
        patient_id=patient.id,
        dose_id=dose.id,
        symptoms=list(answer.symptoms),
        severe=severe,
        note=answer.note,
        reported_at=answer.reported_at,
        by_account_id=record.by_account,
        relation=record.relation,
    )
    session.add(report)
    dose.side_effects_at = at = clock.now()
    if severe:
        dose.severe_at = dose.severe_at or at
        await _alert(session, patient.id, dose, dose.severe_at)
        await flags.refresh(session, [patient.id])
    return report


async def _alert(session: AsyncSession, patient_id: UUID, dose: Dose, stopped_at: datetime) -> None:
    """Each severe answer is news, also after the first was handled: what is felt may be worse."""
    answers = select(func.count()).where(
        SideEffectReport.dose_id == dose.id, SideEffectReport.severe
    )
    await alerts.raise_alert(
        session,
        patient_id,
        SEVERE_SIDE_EFFECT,
        source=SOURCE,
        # Another episode once the doctor has let it go on.
        episode=f"severe:{dose.id}:{stopped_at.astimezone(UTC).isoformat()}",
        subject=dose_ref(dose.id),
        level=(await session.scalars(answers)).one() - 1,
    )


async def report_dose(
    session: AsyncSession, record: OwnRecord, dose: Dose, report: DoseReportCreate
) -> DoseReport:
    """Write the patient's word, as their word: it never counts as seen."""
    said_at = _said_at(dose, report)
    if not rules.word_adds(dose):
        raise CannotReport
    row = DoseReport(
        dose_id=dose.id,
        kind=Evidence.SELF_REPORT,
        taken=report.taken,
        reason=report.reason,
        note=report.note,
        said_at=said_at,
        by_account_id=record.by_account,
        relation=record.relation,
    )
    session.add(row)
    corrected = dose.self_reported_taken is True and not report.taken
    dose.self_reported_taken = report.taken
    if dose.evidence in {Evidence.NONE, Evidence.SELF_REPORT}:
        dose.evidence = _evidence_of_word(dose)
    if report.taken:
        await _stand_again(session, dose)
    await flags.refresh_standing(session, dose.patient_id)
    if corrected:
        await notice_misses_of(session, [dose.treatment_id])
    return row


def _said_at(dose: Dose, report: DoseReportCreate) -> datetime | None:
    """Believe a phone that says when it was told where that could be; or refuse what is late.

    A time that cannot be is no time: the word counts as said when it arrives.
    """
    at = clock.now()
    if report.said_at is not None and rules.said_in_time(dose, report.said_at, at):
        return report.said_at
    if at < dose.opens_at:
        raise DoseNotYetOpen
    if not rules.word_in_time(dose, at):
        raise DoseTooLate
    return None


def _evidence_of_word(dose: Dose) -> Evidence:
    """Tell what is known where nobody saw it: a word taken back leaves what else there is."""
    if dose.verdict is not None:
        return Evidence.VIDEO
    return Evidence.SELF_REPORT if dose.self_reported_taken else Evidence.NONE


async def _stand_again(session: AsyncSession, dose: Dose) -> None:
    """Do not ask again for what was moved and is said or seen to be taken."""
    if dose.expectation is Expectation.RESCHEDULED:
        await session.flush()  # read again below
        await stand_again(session, dose.id, dose.moved_to_id)
        await session.refresh(dose)


def _note(session: AsyncSession, actor: StaffActor, dose: Dose, **detail: str) -> None:
    audit.record(
        session,
        actor,
        CHANGE_DOSE,
        patient_id=dose.patient_id,
        subject_id=dose.id,
        detail=dict(detail),
    )


def can_enter(dose: Dose, at: datetime) -> bool:
    """Say whether staff may enter it as seen: begun, not settled, no film waiting.

    Whatever the plan says by now: what was seen was taken.
    """
    settled = (
        dose.verdict in rules.SETTLED
        or dose.evidence in rules.SEEN_BY_STAFF
        or dose.progress is Progress.PENDING_REVIEW
    )
    return not settled and at >= dose.opens_at


async def enter_seen_dose(
    session: AsyncSession, actor: StaffActor, dose: Dose, report: StaffReportCreate
) -> DoseReport:
    """Enter a dose watched live or given in person: verified, never "observed by video"."""
    await lock_again(session, dose)
    if clock.now() < dose.opens_at:
        raise DoseNotYetOpen
    if not can_enter(dose, clock.now()):
        raise CannotReport
    row = DoseReport(
        dose_id=dose.id,
        kind=Evidence(report.kind),
        taken=True,
        note=report.note,
        staff_id=actor.account_id,
    )
    session.add(row)
    before, dose.evidence = dose.evidence, Evidence(report.kind)
    await _stand_again(session, dose)
    _note(session, actor, dose, code="entered_seen", before=before, after=dose.evidence)
    await flags.refresh_standing(session, dose.patient_id)
    return row


async def resume_after_severe(session: AsyncSession, actor: StaffActor, dose_id: UUID) -> None:
    """Let a dose be filmed again: the doctor has spoken with the patient. Its alert ends with it.

    Only this lifts the stop: an alert that is handled leaves the dose stopped.
    """
    dose = await get_locked(session, Dose, dose_id)
    if dose.severe_at is not None:
        _note(session, actor, dose, code="resumed")
    dose.severe_at = None
    await flags.refresh(session, [dose.patient_id])
    await alerts.close_alerts(
        session,
        source=SOURCE,
        kinds=[SEVERE_SIDE_EFFECT],
        subject=dose_ref(dose_id),
        why=ClosedWhy.HANDLED,
        actor=actor,
        action_taken=RESUMED,
    )
