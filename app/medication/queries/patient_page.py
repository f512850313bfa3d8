"""Reads of a patient's page: few statements, whatever the length of the illness."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Result, Row, Select, and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import built_once
from app.core.json_rows import json_rows, typed
from app.core.pagination import Key, Slice, paginate
from app.institutions.models import StaffMember
from app.media.models import MediaObject
from app.medication.models import (
    Dose,
    DoseHold,
    DoseReport,
    PhaseDrug,
    Recording,
    RecordingState,
    Review,
    ReviewWithdrawal,
    SideEffectReport,
    Treatment,
    TreatmentChange,
    TreatmentPhase,
)
from app.medication.rates import Rates, count_columns
from app.medication.schemas.patient_page import (
    ChangeLine,
    Overview,
    ReportLine,
    SideEffectLine,
    TreatmentLine,
)

RECENT = timedelta(days=30)
MOST_LINES = 200
FILMS_A_PAGE = 12
RATE_COUNTS = 5  # fields of Rates


def _treatments(patient_id: UUID) -> Select[*tuple[Any, ...]]:
    """Select running ones first, each with its phases, drugs and holds."""
    drugs = select(PhaseDrug).where(PhaseDrug.phase_id == TreatmentPhase.id)
    phases = (
        select(
            TreatmentPhase.name,
            TreatmentPhase.starts_on,
            TreatmentPhase.ends_on,
            json_rows(drugs.order_by(PhaseDrug.id).correlate(TreatmentPhase)).label("drugs"),
        )
        .where(TreatmentPhase.treatment_id == Treatment.id)
        .order_by(TreatmentPhase.starts_on)
        .correlate(Treatment)
    )
    holds = (
        select(DoseHold)
        .where(DoseHold.treatment_id == Treatment.id)
        .order_by(DoseHold.from_on)
        .correlate(Treatment)
    )
    return (
        select(Treatment, json_rows(phases).label("phases"), json_rows(holds).label("holds"))
        .where(Treatment.patient_id == patient_id)
        .order_by(Treatment.stopped_on.is_not(None), Treatment.starts_on.desc(), Treatment.id)
        .limit(20)
    )


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
        .where(func.cardinality(SideEffectReport.symptoms) > 0)
        .order_by(SideEffectReport.reported_at.desc())
    )


def _side_effects(patient_id: UUID, limit: int) -> Select[*tuple[Any, ...]]:
    return side_effect_rows().where(SideEffectReport.patient_id == patient_id).limit(limit)


@built_once
def _overview(*, patient_id: UUID) -> Select[*tuple[Any, ...]]:
    return select(
        json_rows(_treatments(patient_id)),
        json_rows(_side_effects(patient_id, 6)),
    )


async def overview_of(session: AsyncSession, patient_id: UUID) -> Overview:
    """One statement: treatments, the newest side effects."""
    found: Result[Any, Any] = await session.execute(*_overview(patient_id=patient_id))
    treatments, side_effects = found.one()
    return Overview(
        typed(TreatmentLine, treatments),
        typed(SideEffectLine, side_effects),
    )


class DosesAndRates(NamedTuple):
    doses: Sequence[Row[Any]]
    whole: Rates
    recent: Rates


@built_once
def _doses_beside_rates(
    *, patient_id: UUID, at: datetime, since: datetime, first: date, last: date
) -> Select[*tuple[Any, ...]]:
    own = Dose.patient_id == patient_id
    whole = _counts(at, "whole").where(own).subquery()
    recent = _counts(at, "recent").where(own & (Dose.closes_at > since)).subquery()
    return (
        select(whole, recent, *Dose.__table__.c)
        .select_from(whole.join(recent, true()))
        .outerjoin(Dose, and_(own, Dose.due_on.between(first, last)))
        .order_by(Dose.due_on, Dose.due_at, Dose.id)
    )


async def doses_and_rates(
    session: AsyncSession, patient_id: UUID, at: datetime, first: date, last: date
) -> DosesAndRates:
    """One statement: every dose due first..last, beside the rates of the whole course."""
    wanted = _doses_beside_rates(
        patient_id=patient_id, at=at, since=at - RECENT, first=first, last=last
    )
    found: Result[Any] = await session.execute(*wanted)
    rows = found.all()
    counts = [int(n) for n in rows[0][: 2 * RATE_COUNTS]]
    doses = [row for row in rows if row.id is not None]
    return DosesAndRates(doses, Rates(*counts[:RATE_COUNTS]), Rates(*counts[RATE_COUNTS:]))


def _counts(at: datetime, name: str) -> Select[*tuple[Any, ...]]:
    columns = count_columns(at)
    return select(*(column.label(f"{name}_{n}") for n, column in enumerate(columns)))


def readings() -> Select[*tuple[Any, ...]]:
    """Every reading of the outer statement's recording, also withdrawn ones, oldest first."""
    return (
        select(
            Review.id,
            Review.reading,
            Review.verdict,
            Review.reason,
            Review.comment,
            Review.tablets,
            Review.watched_ms,
            Review.created_at,
            StaffMember.name.label("reviewer_name"),
            ReviewWithdrawal.created_at.label("withdrawn_at"),
        )
        .join(StaffMember, StaffMember.id == Review.reviewer_id)
        .outerjoin(ReviewWithdrawal, ReviewWithdrawal.review_id == Review.id)
        .where(Review.recording_id == Recording.id)
        .order_by(Review.created_at)
        .correlate(Recording)
    )


def film_rows() -> Select[*tuple[Any, ...]]:
    """Films with their dose, the day of deletion and all readings."""
    return (
        select(
            Recording.id,
            Recording.created_at,
            *(c for c in Recording.__table__.c if c.name not in {"id", "created_at"}),
            Dose.due_on,
            Dose.slot,
            MediaObject.delete_at,
            json_rows(readings()).label("readings"),
        )
        .join(Dose, Dose.id == Recording.dose_id)
        .join(MediaObject, MediaObject.id == Recording.media_id)
        .where(Recording.state != RecordingState.ABANDONED)
    )


async def films_of(session: AsyncSession, patient_id: UUID, cursor: str | None) -> Slice:
    statement = film_rows().where(Recording.patient_id == patient_id)
    key = Key(Recording.created_at, Recording.id)
    return await paginate(session, statement, key, cursor, FILMS_A_PAGE)


def report_rows() -> Select[*tuple[Any, ...]]:
    """Select the patient's words and staff entries, newest first."""
    return (
        select(
            DoseReport.kind,
            DoseReport.taken,
            DoseReport.reason,
            DoseReport.note,
            DoseReport.created_at,
            StaffMember.name.label("staff_name"),
            Dose.id.label("dose_id"),
            Dose.due_on,
            Dose.slot,
        )
        .join(Dose, Dose.id == DoseReport.dose_id)
        .outerjoin(StaffMember, StaffMember.id == DoseReport.staff_id)
        .order_by(DoseReport.created_at.desc())
        .limit(MOST_LINES)
    )


def change_rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            TreatmentChange.kind,
            TreatmentChange.created_at,
            TreatmentChange.detail,
            StaffMember.name.label("staff_name"),
            Treatment.name.label("treatment_name"),
        )
        .join(Treatment, Treatment.id == TreatmentChange.treatment_id)
        .join(StaffMember, StaffMember.id == TreatmentChange.changed_by)
        .order_by(TreatmentChange.created_at.desc())
        .limit(MOST_LINES)
    )


class History(NamedTuple):
    reports: list[ReportLine]
    side_effects: list[SideEffectLine]
    changes: list[ChangeLine]


async def history_of(session: AsyncSession, patient_id: UUID) -> History:
    """One statement: what was said, felt and changed; the newest 200 of each."""
    found = await session.execute(
        select(
            json_rows(report_rows().where(Dose.patient_id == patient_id)),
            json_rows(_side_effects(patient_id, MOST_LINES)),
            json_rows(change_rows().where(Treatment.patient_id == patient_id)),
        )
    )
    reports, side_effects, changes = found.one()
    return History(
        typed(ReportLine, reports),
        typed(SideEffectLine, side_effects),
        typed(ChangeLine, changes),
    )
