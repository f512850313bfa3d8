"""Reads of a patient's pages: few statements, whatever the length of the illness."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    cast,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

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
from app.medication.rates import Rates, count_columns
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
from app.patients.frame import Column

RECENT = timedelta(days=30)
RATE_COUNTS = 5  # fields of Rates
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
def _overview(*, patient_id: UUID, at: datetime) -> Select[str, str]:
    return select(
        json_text(_treatments(patient_id, at)), json_text(side_effects_of(patient_id, MOST_FELT))
    )


async def overview_of(session: AsyncSession, patient_id: UUID, at: datetime) -> Overview:
    """One statement: treatments, the newest side effects."""
    treatments, felt = await _overview.one(session, patient_id=patient_id, at=at)
    return Overview(typed(TreatmentLine, treatments), typed(SideEffectLine, felt))


def _last_film(patient_id: UUID) -> Select[*tuple[Any, ...]]:
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


class BothRates(NamedTuple):
    """Over the whole course, and over the doses whose window closed in the last 30 days."""

    whole: Rates
    recent: Rates


class FirstPage(NamedTuple):
    """`last_film` is the newest that arrived."""

    treatments: list[TreatmentLine]
    side_effects: list[SideEffectLine]
    doses: list[TodayDose]
    last_film: LastFilm | None
    rates: BothRates


class DosesAndRates(NamedTuple):
    doses: Sequence[CalendarDose]
    rates: BothRates


def _counts(at: datetime, name: str) -> Select[*tuple[Any, ...]]:
    columns = count_columns(at)
    return select(*(column.label(f"{name}_{n}") for n, column in enumerate(columns)))


def _rates(patient_id: UUID, at: datetime, since: datetime) -> FromClause:
    """Select one row: the counts of the whole course, then those since then."""
    own = Dose.patient_id == patient_id
    whole = _counts(at, "whole").where(own).subquery()
    recent = _counts(at, "recent").where(own & (Dose.closes_at > since)).subquery()
    return select(whole, recent).select_from(whole.join(recent, true())).subquery()


def _both(counts: Sequence[Any]) -> BothRates:
    numbers = [int(n) for n in counts[: 2 * RATE_COUNTS]]
    return BothRates(Rates(*numbers[:RATE_COUNTS]), Rates(*numbers[RATE_COUNTS:]))


def _doses_of(patient_id: UUID, on: ColumnElement[date]) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns_of(Dose, TodayDose.model_fields))
        .where(Dose.patient_id == patient_id, Dose.due_on == on)
        .order_by(Dose.due_at, Dose.id)
    )


def _counts_of(patient_id: UUID, at: datetime) -> ScalarSelect[Any]:
    since: Any = cast(at, DateTime(timezone=True)) - RECENT
    rates = _rates(patient_id, at, since)
    return select(array(rates.c)).select_from(rates).scalar_subquery()


FIRST_PAGE: Mapping[str, Column] = {
    "treatments": lambda asked: json_text(_treatments(asked.patient_id, asked.at)),
    "felt": lambda asked: json_text(side_effects_of(asked.patient_id, MOST_FELT)),
    "doses": lambda asked: json_text(
        _doses_of(asked.patient_id, dose_day_in(asked.at, asked.zone))
    ),
    "films": lambda asked: json_text(_last_film(asked.patient_id)),
    "rates": lambda asked: _counts_of(asked.patient_id, asked.at),
}


def first_page_of(read: Mapping[str, Any]) -> FirstPage:
    """Make rows of what the columns of FIRST_PAGE read."""
    films = typed(LastFilm, read["films"])
    return FirstPage(
        typed(TreatmentLine, read["treatments"]),
        typed(SideEffectLine, read["felt"]),
        typed(TodayDose, read["doses"]),
        films[0] if films else None,
        _both(read["rates"]),
    )


@Prepared
def _doses_beside_rates(
    *, patient_id: UUID, at: datetime, since: datetime, first: date, last: date
) -> Select[*tuple[Any, ...]]:
    rates = _rates(patient_id, at, since)
    shown = and_(Dose.patient_id == patient_id, Dose.due_on.between(first, last))
    return (
        select(rates, *columns_of(Dose, CalendarDose._fields))
        .select_from(rates.outerjoin(Dose, shown))
        .order_by(Dose.due_on, Dose.due_at, Dose.id)
    )


async def doses_and_rates(
    session: AsyncSession, patient_id: UUID, at: datetime, first: date, last: date
) -> DosesAndRates:
    """One statement: every dose due first..last, beside the rates of the whole course."""
    rows = await _doses_beside_rates.all(
        session, patient_id=patient_id, at=at, since=at - RECENT, first=first, last=last
    )
    after = 2 * RATE_COUNTS  # where a dose begins; its id is null where none is due
    doses = [CalendarDose._make(row[after:]) for row in rows if row[after] is not None]
    return DosesAndRates(doses, _both(rows[0]))
