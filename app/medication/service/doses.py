"""What is said of a dose besides film: side effects, self-reports, doses staff saw."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.db import lock_again
from app.medication import flags, rules, symptoms
from app.medication.audit import CHANGE_DOSE
from app.medication.models import (
    Dose,
    DoseReport,
    Evidence,
    Expectation,
    Progress,
    SideEffectReport,
    Treatment,
)
from app.medication.problems import CannotReport, DoseNotYetOpen, DoseTooLate
from app.medication.queries.severe import lock_treatments
from app.medication.schemas.doses import DoseReportCreate, SideEffectCreate, StaffReportCreate
from app.medication.service import severe
from app.medication.service.expectations import stand_again
from app.medication.service.misses import notice_misses_of
from app.patients.loaders import OwnRecord


class Answered(NamedTuple):
    """An answer that was kept, and what it leaves stopped."""

    report: SideEffectReport
    stopped: Sequence[Treatment]


async def report_side_effects(
    session: AsyncSession, record: OwnRecord, dose: Dose, answer: SideEffectCreate
) -> Answered:
    """Keep the answer; a severe one stops treatments (`service/severe.py`) and alerts the doctor.

    `dose` is not locked yet: the treatments come first. A later, milder answer lifts nothing.
    """
    patient, is_severe = record.patient, symptoms.is_severe(answer.symptoms)
    treatments = await lock_treatments(session, patient.id) if is_severe else []
    await lock_again(session, dose)
    report = SideEffectReport(
        patient_id=patient.id,
        dose_id=dose.id,
        symptoms=list(answer.symptoms),
        severe=is_severe,
        note=answer.note,
        reported_at=min(answer.reported_at, clock.now()),
        by_account_id=record.by_account,
        relation=record.relation,
    )
    session.add(report)
    dose.side_effects_at = clock.now()
    await session.flush()  # the answer is named by what it stops
    if not is_severe:
        return Answered(report, [])
    stopped = await severe.stop_for(session, treatments, patient.zone, dose, report)
    await session.refresh(dose)
    return Answered(report, stopped)


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
