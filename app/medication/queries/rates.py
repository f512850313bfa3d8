"""Rates of each treatment of a patient: never one figure over several."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, select, true
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.json_rows import json_text, typed
from app.core.statements import Prepared
from app.medication.models import Dose, Treatment
from app.medication.rates import by_film, count_columns
from app.medication.running import running_on
from app.medication.schemas.rates import RatesLine

RECENT = timedelta(days=30)
Day = date | ColumnElement[date]


def lines_of(
    patient_id: UUID,
    at: datetime,
    today: Day,
    spans: Sequence[ColumnElement[bool]],
    of: ColumnElement[bool] | None = None,
) -> Select[*tuple[Any, ...]]:
    """Select the patient's treatments, running ones first, each with the counts of each span.

    `of`: the doses that need be read at all.
    """
    running = running_on(today)
    counts = [
        count
        for span in spans
        for count in (*count_columns(at, span), cast(by_film(span), Integer))
    ]
    own = Dose.treatment_id == Treatment.id
    return (
        select(
            Treatment.id,
            Treatment.name,
            Treatment.condition,
            Treatment.starts_on,
            Treatment.stopped_on,
            Treatment.outcome,
            running.label("running"),
            array(counts).label("counts"),
        )
        .outerjoin(Dose, own if of is None else and_(own, of))
        .where(Treatment.patient_id == patient_id)
        .group_by(Treatment.id)
        .order_by(running.desc(), Treatment.starts_on.desc(), Treatment.id)
    )


def course_and_recent(patient_id: UUID, at: datetime, today: Day) -> Select[*tuple[Any, ...]]:
    """Select the lines over the whole course, then over the last 30 days."""
    return lines_of(patient_id, at, today, [true(), Dose.due_on >= today - RECENT])


@Prepared
def _courses(*, patient_id: UUID, at: datetime, today: date) -> Select[str]:
    return select(json_text(course_and_recent(patient_id, at, today)))


async def courses_of(
    session: AsyncSession, patient_id: UUID, at: datetime, today: date
) -> list[RatesLine]:
    """Each treatment's rates over its whole course, then over the last 30 days."""
    found = await _courses.one(session, patient_id=patient_id, at=at, today=today)
    return typed(RatesLine, found[0])


@Prepared
def _between(
    *, patient_id: UUID, at: datetime, today: date, first: date, last: date
) -> Select[str]:
    within = Dose.due_on.between(first, last)
    return select(json_text(lines_of(patient_id, at, today, [within], within)))


async def rates_between(
    session: AsyncSession, patient_id: UUID, at: datetime, today: date, first: date, last: date
) -> list[RatesLine]:
    """Each treatment's rates over its doses due first..last."""
    found = await _between.one(
        session, patient_id=patient_id, at=at, today=today, first=first, last=last
    )
    return typed(RatesLine, found[0])
