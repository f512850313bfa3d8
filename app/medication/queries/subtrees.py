"""Reads of adherence over a subtree, and of patients who slip in it."""

from dataclasses import fields
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.statements import typed_rows
from app.institutions.models import Institution, Team, Tier
from app.institutions.supervised import teams_within
from app.medication.models import Dose, Expectation, Reading, Recording
from app.medication.rates import OBSERVED, UNREVIEWED, Rates, count_columns, missed
from app.medication.schemas.supervision import ENOUGH_DOSES, LOW_RATE, Branch, Slipping
from app.patients.models import Patient

STREAK = 2
MOST_SLIPPING = 100


class _BranchRow(NamedTuple):
    """An institution of the tree and the five counts of Rates."""

    id: UUID
    name: str
    tier: Tier
    patients: int
    has_children: bool
    closed: int
    observed: int
    verified: int
    reported: int
    unreviewed: int


async def branches_of(
    session: AsyncSession, institution: Institution, first: date, at: datetime
) -> list[Branch]:
    """List the institution and each one right below it, every one with its whole subtree."""
    below, child = aliased(Institution), aliased(Institution)
    names = [f.name for f in fields(Rates)]
    result = await session.execute(
        select(
            Institution.id,
            Institution.name,
            Institution.tier,
            func.count(Patient.id.distinct()).label("patients"),
            exists().where(child.parent_id == Institution.id).label("has_children"),
            *(c.label(name) for name, c in zip(names, count_columns(at), strict=True)),
        )
        .select_from(Institution)
        .join(below, below.path.startswith(Institution.path))
        .outerjoin(Team, Team.institution_id == below.id)
        .outerjoin(Patient, Patient.team_id == Team.id)
        .outerjoin(Dose, and_(Dose.patient_id == Patient.id, Dose.due_on >= first))
        .where(or_(Institution.id == institution.id, Institution.parent_id == institution.id))
        .group_by(Institution.id)
        .order_by(Institution.path)
    )
    return [_branch(row) for row in typed_rows(_BranchRow, result)]


def _branch(row: _BranchRow) -> Branch:
    rates = Rates(row.closed, row.observed, row.verified, row.reported, row.unreviewed)
    return Branch(row.id, row.name, row.tier, row.patients, rates, not row.has_children)


def _closed_doses(institution: Institution, first: date, at: datetime) -> Select[*tuple[Any, ...]]:
    """Select each closed dose beside the newest one of its patient that was not missed."""
    kept = func.max(Dose.due_at).filter(~missed(at))
    return (
        select(
            Dose.patient_id,
            Dose.due_at,
            missed(at).label("missed"),
            OBSERVED.label("observed"),
            UNREVIEWED.label("unreviewed"),
            kept.over(partition_by=Dose.patient_id).label("last_kept_at"),
        )
        .join(Patient, Patient.id == Dose.patient_id)
        .where(
            Patient.team_id.in_(teams_within(institution)),
            Patient.closed_at.is_(None),
            Dose.expectation == Expectation.EXPECTED,
            Dose.due_on >= first,
            Dose.closes_at <= at,
        )
    )


def _per_patient(institution: Institution, first: date, at: datetime) -> Select[*tuple[Any, ...]]:
    dose = _closed_doses(institution, first, at).subquery()
    since_kept = or_(dose.c.last_kept_at.is_(None), dose.c.due_at > dose.c.last_kept_at)
    return select(
        dose.c.patient_id,
        func.count().label("closed"),
        func.count().filter(dose.c.observed).label("observed"),
        func.count().filter(dose.c.unreviewed).label("unreviewed"),
        func.count().filter(dose.c.missed, since_kept).label("in_row"),
        func.max(dose.c.last_kept_at).label("last_kept_at"),
    ).group_by(dose.c.patient_id)


async def slipping_in(
    session: AsyncSession, institution: Institution, first: date, at: datetime
) -> list[Slipping]:
    """Those in need of a look: missing in a row, a low rate even at best, films left unread."""
    per = _per_patient(institution, first, at).subquery()
    unread = (
        select(func.count())
        .where(
            Recording.patient_id == Patient.id,
            Recording.pending_reading == Reading.FIRST,
            Recording.due_by < at,
        )
        .correlate(Patient)
        .scalar_subquery()
    )
    at_best = (per.c.observed + per.c.unreviewed) * 1.0 / per.c.closed
    low = and_(per.c.closed >= ENOUGH_DOSES, at_best < LOW_RATE)
    result = await session.execute(
        select(
            Patient,
            Institution.name.label("institution_name"),
            per.c.closed,
            per.c.observed,
            per.c.unreviewed,
            per.c.in_row,
            unread.label("unread"),
            per.c.last_kept_at,
        )
        .join(per, per.c.patient_id == Patient.id)
        .join(Team, Team.id == Patient.team_id)
        .join(Institution, Institution.id == Team.institution_id)
        .where(or_(per.c.in_row >= STREAK, low, unread > 0))
        .order_by(per.c.in_row.desc(), at_best, Patient.id)
        .limit(MOST_SLIPPING)
    )
    return typed_rows(Slipping, result)
