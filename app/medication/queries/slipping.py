"""Who slips: the SELECT behind the list that a job makes anew each night."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Numeric,
    Select,
    SmallInteger,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from app.medication.models import Dose, Reading, Recording, Treatment
from app.medication.rates import (
    FILMED_CONDITION,
    OBSERVED,
    REPORTED,
    UNREVIEWED,
    came,
    counts,
    missed,
    sent,
)
from app.medication.running import running
from app.medication.schemas.supervision import ENOUGH_DOSES, LOW_RATE
from app.patients.models import Patient

STREAK = 2


def _closed_doses(team_id: UUID, first: date, at: datetime) -> Select[*tuple[Any, ...]]:
    """Select closed doses of running treatments beside the newest of each that was kept."""
    kept = func.max(Dose.due_at).filter(came())
    by_film = or_(Treatment.condition == FILMED_CONDITION, sent())
    return (
        select(
            Dose.patient_id,
            Dose.treatment_id,
            Dose.due_at,
            missed(at).label("missed"),
            OBSERVED.label("observed"),
            REPORTED.label("reported"),
            UNREVIEWED.label("unreviewed"),
            Treatment.condition,
            by_film.label("by_film"),
            kept.over(partition_by=Dose.treatment_id).label("last_kept_at"),
        )
        .select_from(Dose)
        .join(Patient, Patient.id == Dose.patient_id)
        .join(Treatment, Treatment.id == Dose.treatment_id)
        .where(
            Patient.team_id == team_id,
            Patient.closed_at.is_(None),
            running(at),
            counts(),
            Dose.due_on >= first,
            Dose.closes_at <= at,
        )
    )


def _per_treatment(team_id: UUID, first: date, at: datetime) -> Subquery:
    """Add up closed doses by treatment; whether it is by film says `rates.by_film`."""
    dose = _closed_doses(team_id, first, at).subquery()
    since_kept = or_(dose.c.last_kept_at.is_(None), dose.c.due_at > dose.c.last_kept_at)
    return (
        select(
            dose.c.patient_id,
            dose.c.treatment_id,
            dose.c.condition,
            func.bool_or(dose.c.by_film).label("by_film"),
            func.count().label("closed"),
            func.count().filter(dose.c.observed).label("observed"),
            func.count().filter(dose.c.reported).label("reported"),
            func.count().filter(dose.c.unreviewed).label("unreviewed"),
            func.count().filter(dose.c.missed, since_kept).label("in_row"),
            func.max(dose.c.last_kept_at).label("last_kept_at"),
        )
        .group_by(dose.c.patient_id, dose.c.treatment_id, dose.c.condition)
        .subquery()
    )


def _overdue_films(team_id: UUID, at: datetime) -> Subquery:
    """Count by treatment the films that nobody has read in time."""
    return (
        select(Dose.treatment_id, func.count().label("unread"))
        .select_from(Recording)
        .join(Dose, Dose.id == Recording.dose_id)
        .where(
            Recording.team_id == team_id,
            Recording.pending_reading == Reading.FIRST,
            Recording.due_by < at,
        )
        .group_by(Dose.treatment_id)
        .subquery()
    )


def slipping(team_id: UUID, days: int, first: date, at: datetime) -> Select[*tuple[Any, ...]]:
    """Select who misses in a row, has a low rate even at best, or has films left unread.

    Of each patient and illness the treatment that is worst off.
    """
    per = _per_treatment(team_id, first, at)
    overdue = _overdue_films(team_id, at)
    unread = func.coalesce(overdue.c.unread, 0)
    taken = case((per.c.by_film, per.c.observed), else_=per.c.reported)
    at_best = (taken + per.c.unreviewed) * 1.0 / per.c.closed
    low = and_(per.c.closed >= ENOUGH_DOSES, at_best < LOW_RATE)
    worst_first = (per.c.in_row.desc(), at_best, per.c.treatment_id)
    place = func.row_number().over(partition_by=per.c.patient_id, order_by=worst_first)
    return (
        select(
            per.c.patient_id,
            literal(days, SmallInteger).label("days"),
            per.c.condition,
            literal(team_id).label("team_id"),
            per.c.treatment_id,
            (-per.c.in_row).label("rank"),
            cast(at_best, Numeric(5, 4)).label("at_best"),
            per.c.by_film,
            (place == 1).label("is_worst"),
            per.c.closed,
            per.c.observed,
            per.c.reported,
            per.c.unreviewed,
            per.c.in_row,
            unread.label("unread"),
            per.c.last_kept_at,
        )
        .outerjoin(overdue, overdue.c.treatment_id == per.c.treatment_id)
        .where(or_(per.c.in_row >= STREAK, low, unread > 0))
        .ext(distinct_on(per.c.patient_id, per.c.condition))
        .order_by(per.c.patient_id, per.c.condition, *worst_first)
    )
