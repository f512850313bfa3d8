"""Reads of a patient's pages: few statements, whatever the length of the illness."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.json_rows import json_rows, json_text, typed
from app.core.statements import Prepared, columns_of
from app.medication.models import (
    Dose,
    DoseHold,
    PhaseDrug,
    Reading,
    Recording,
    RecordingState,
    Review,
    ReviewWithdrawal,
    Treatment,
    TreatmentPhase,
)
from app.medication.queries.history import side_effects_of
from app.medication.queries.rates import course_and_recent
from app.medication.running import dose_day_in, running
from app.medication.schemas.patient_page import (
    CalendarDose,
    DrugLine,
    HoldLine,
    LastFilm,
    Overview,
    SideEffectLine,
    TodayDose,
    TreatmentLine,
)
from app.medication.schemas.rates import RatesLine
from app.patients.frame import Column

MOST_FELT = 6
OF_TREATMENT = [n for n in TreatmentLine.model_fields if n not in {"phases", "holds"}]


def _treatments(patient_id: UUID, at: datetime) -> Select[*tuple[Any, ...]]:
    """Select running ones first, each with its phases, drugs and holds."""
    drugs = select(*columns_of(PhaseDrug, DrugLine.model_fields)).where(
        PhaseDrug.phase_id == TreatmentPhase.id
    )
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
        select(*columns_of(DoseHold, HoldLine.model_fields))
        .where(DoseHold.treatment_id == Treatment.id)
        .order_by(DoseHold.from_on)
        .correlate(Treatment)
    )
    return (
        select(
            *columns_of(Treatment, OF_TREATMENT),
            json_rows(phases).label("phases"),
            json_rows(holds).label("holds"),
        )
        .where(Treatment.patient_id == patient_id)
        .order_by(running(at).desc(), Treatment.starts_on.desc(), Treatment.id)
        .limit(20)
    )


@Prepared
def _overview(*, patient_id: UUID, at: datetime, today: date) -> Select[str, str, str]:
    return select(
        json_text(_treatments(patient_id, at)),
        json_text(side_effects_of(patient_id, MOST_FELT)),
        json_text(course_and_recent(patient_id, at, today)),
    )


async def overview_of(
    session: AsyncSession, patient_id: UUID, at: datetime, today: date
) -> Overview:
    """One statement: treatments, the newest side effects, the rates of each treatment."""
    treatments, felt, rates = await _overview.one(
        session, patient_id=patient_id, at=at, today=today
    )
    return Overview(
        typed(TreatmentLine, treatments), typed(SideEffectLine, felt), typed(RatesLine, rates)
    )


def last_film(patient_id: UUID | InstrumentedAttribute[UUID]) -> Select[*tuple[Any, ...]]:
    """Select the newest film of which any byte arrived, and the first reading that stands."""
    stands = (Review.reading == Reading.FIRST) & ReviewWithdrawal.review_id.is_(None)
    verdict = (
        select(Review.verdict)
        .outerjoin(ReviewWithdrawal, ReviewWithdrawal.review_id == Review.id)
        .where(Review.recording_id == Recording.id, stands)
        .order_by(Review.created_at.desc())
        .limit(1)
        .correlate(Recording)
        .scalar_subquery()
    )
    arrived = Recording.state.not_in([RecordingState.ABANDONED, RecordingState.REQUESTED])
    return (
        select(
            Recording.dose_id,
            Dose.due_on,
            Dose.slot,
            Recording.state,
            Recording.uploaded_at,
            Recording.flags,
            verdict.label("verdict"),
        )
        .join(Dose, Dose.id == Recording.dose_id)
        .where(Recording.patient_id == patient_id, arrived)
        .order_by(Recording.created_at.desc(), Recording.id.desc())
        .limit(1)
    )


class FirstPage(NamedTuple):
    """`last_film` is the newest that arrived."""

    treatments: list[TreatmentLine]
    side_effects: list[SideEffectLine]
    doses: list[TodayDose]
    last_film: LastFilm | None
    rates: list[RatesLine]


def doses_of(
    patient_id: UUID | InstrumentedAttribute[UUID], on: ColumnElement[date]
) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns_of(Dose, TodayDose.model_fields))
        .where(Dose.patient_id == patient_id, Dose.due_on == on)
        .order_by(Dose.due_at, Dose.id)
    )


FIRST_PAGE: Mapping[str, Column] = {
    "treatments": lambda asked: json_text(_treatments(asked.patient_id, asked.at)),
    "felt": lambda asked: json_text(side_effects_of(asked.patient_id, MOST_FELT)),
    "doses": lambda asked: json_text(doses_of(asked.patient_id, dose_day_in(asked.at, asked.zone))),
    "films": lambda asked: json_text(last_film(asked.patient_id)),
    "rates": lambda asked: json_text(
        course_and_recent(asked.patient_id, asked.at, dose_day_in(asked.at, asked.zone))
    ),
}


def first_page_of(read: Mapping[str, Any]) -> FirstPage:
    """Make rows of what the columns of FIRST_PAGE read."""
    films = typed(LastFilm, read["films"])
    return FirstPage(
        typed(TreatmentLine, read["treatments"]),
        typed(SideEffectLine, read["felt"]),
        typed(TodayDose, read["doses"]),
        films[0] if films else None,
        typed(RatesLine, read["rates"]),
    )


@Prepared
def _doses_between(*, patient_id: UUID, first: date, last: date) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns_of(Dose, CalendarDose._fields))
        .where(Dose.patient_id == patient_id, Dose.due_on.between(first, last))
        .order_by(Dose.due_on, Dose.due_at, Dose.id)
    )


async def doses_between(
    session: AsyncSession, patient_id: UUID, first: date, last: date
) -> Sequence[CalendarDose]:
    rows = await _doses_between.all(session, patient_id=patient_id, first=first, last=last)
    return [CalendarDose._make(row) for row in rows]
