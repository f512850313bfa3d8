"""Reads of a patient's pages: few statements, whatever the length of the illness."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import FromClause, ScalarSelect, Select, and_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.hot import hot
from app.core.json_rows import json_rows, typed
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
from app.medication.schemas.patient_page import (
    CalendarDose,
    DayLine,
    LastFilm,
    Overview,
    SideEffectLine,
    TodayDose,
    TreatmentLine,
)

RECENT = timedelta(days=30)
RATE_COUNTS = 5  # fields of Rates
JsonRows = Sequence[dict[str, Any]]


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


def _overview_columns(patient_id: UUID) -> tuple[ScalarSelect[Any], ScalarSelect[Any]]:
    return json_rows(_treatments(patient_id)), json_rows(side_effects_of(patient_id, 6))


@Prepared
def _overview(*, patient_id: UUID) -> Select[Any, Any]:
    return select(*_overview_columns(patient_id))


async def overview_of(session: AsyncSession, patient_id: UUID) -> Overview:
    """One statement: treatments, the newest side effects."""
    return _as_overview(*await _overview.one(session, patient_id=patient_id))


def _as_overview(treatments: JsonRows, side_effects: JsonRows) -> Overview:
    return Overview(
        typed(TreatmentLine, treatments),
        typed(SideEffectLine, side_effects),
    )


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
    overview: Overview
    day: DayLine
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


class _FirstPage(NamedTuple):
    treatments: JsonRows
    felt: JsonRows
    doses: JsonRows
    films: JsonRows
    whole_0: int
    whole_1: int
    whole_2: int
    whole_3: int
    whole_4: int
    recent_0: int
    recent_1: int
    recent_2: int
    recent_3: int
    recent_4: int


@hot(_FirstPage)
def _first_page(
    *, patient_id: UUID, on: date, at: datetime, since: datetime
) -> Select[*tuple[Any, ...]]:
    doses = (
        select(*columns_of(Dose, TodayDose.model_fields))
        .where(Dose.patient_id == patient_id, Dose.due_on == on)
        .order_by(Dose.due_at, Dose.id)
    )
    lists = (*_overview_columns(patient_id), json_rows(doses), json_rows(_last_film(patient_id)))
    names = _FirstPage._fields
    return select(
        *(rows.label(name) for rows, name in zip(lists, names, strict=False)),
        _rates(patient_id, at, since),
    )


async def first_page_of(
    session: AsyncSession, patient_id: UUID, on: date, at: datetime
) -> FirstPage:
    """One statement: treatments, side effects, the day's doses, the newest film, the rates."""
    row = await _first_page.one(session, patient_id=patient_id, on=on, at=at, since=at - RECENT)
    films = typed(LastFilm, row.films)
    day = DayLine(typed(TodayDose, row.doses), next(iter(films), None))
    return FirstPage(
        _as_overview(row.treatments, row.felt), day, _both(row[len(row) - 2 * RATE_COUNTS :])
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
