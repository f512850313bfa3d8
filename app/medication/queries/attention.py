"""Patients who need a look: those who miss in a row now, and courses that end soon.

What the desk counts and what its lines lead to are the same rows.
"""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.core.filters import CLINIC_ZONE
from app.core.statements import typed_rows
from app.institutions.models import Team
from app.medication.models import Dose, Evidence, Expectation, Treatment, TreatmentPhase
from app.medication.rates import missed
from app.patients.models import Patient
from app.patients.reach import within_reach

MOST_ROWS = 100
LATELY = timedelta(days=1)
SOON = timedelta(days=7)


class MissingRow(NamedTuple):
    """A patient whose newest doses were missed, `in_row` of them since the last one that was not.

    `last_kept_at` is when that one was due; None if every dose so far was missed.
    """

    patient: Patient
    team_name: str
    in_row: int
    last_kept_at: datetime | None


class EndingRow(NamedTuple):
    patient: Patient
    team_name: str
    treatment_id: UUID
    treatment_name: str
    ends_on: date


def _in_care(actor: StaffActor) -> ColumnElement[bool]:
    return and_(within_reach(actor), Patient.closed_at.is_(None))


def _missing(actor: StaffActor, at: datetime) -> Select[UUID]:
    """Select patients by their newest dose: closed within a day, missed, as the one before it.

    Without DISTINCT: a limit around it stops the search early.
    """
    newest, before, later = aliased(Dose), aliased(Dose), aliased(Dose)

    def closed_of_same(dose: type[Dose]) -> ColumnElement[bool]:
        return and_(
            dose.patient_id == newest.patient_id,
            dose.expectation == Expectation.EXPECTED,
            dose.closes_at <= at,
        )

    place = tuple_(newest.due_at, newest.id)
    one_before = (
        select(missed(at, before))
        .where(closed_of_same(before), tuple_(before.due_at, before.id) < place)
        .order_by(before.due_on.desc(), before.due_at.desc(), before.id.desc())
        .limit(1)
        .correlate(newest)
        .scalar_subquery()
    )
    anything_later = exists().where(closed_of_same(later), tuple_(later.due_at, later.id) > place)
    return (
        select(newest.patient_id)
        .join(Patient, Patient.id == newest.patient_id)
        .where(
            _in_care(actor),
            newest.closes_at.between(at - LATELY, at),
            newest.evidence == Evidence.NONE,  # the condition of ix_dose_closes_at_open
            missed(at, newest),
            one_before,
            ~anything_later,
        )
    )


async def count_missing(session: AsyncSession, actor: StaffActor, at: datetime, most: int) -> int:
    """How many there are, up to `most`."""
    some = _missing(actor, at).limit(most).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def list_missing(session: AsyncSession, actor: StaffActor, at: datetime) -> list[MissingRow]:
    """Longest row first, at most MOST_ROWS."""
    kept, gone = aliased(Dose), aliased(Dose)
    last_kept = (
        select(func.max(kept.due_at))
        .where(
            kept.patient_id == Patient.id,
            kept.expectation == Expectation.EXPECTED,
            kept.closes_at <= at,
            ~missed(at, kept),
        )
        .correlate(Patient)
        .scalar_subquery()
    )
    in_row = (
        select(func.count())
        .where(gone.patient_id == Patient.id, missed(at, gone))
        .where(or_(last_kept.is_(None), gone.due_at > last_kept))
        .correlate(Patient)
        .scalar_subquery()
    )
    found = await session.execute(
        select(
            Patient,
            Team.name.label("team_name"),
            in_row.label("in_row"),
            last_kept.label("last_kept_at"),
        )
        .join(Team, Team.id == Patient.team_id)
        .where(Patient.id.in_(_missing(actor, at)))
        .order_by(in_row.desc(), Patient.id)
        .limit(MOST_ROWS)
    )
    return typed_rows(MissingRow, found)


def _ending(actor: StaffActor, at: datetime) -> Select[*tuple[Any, ...]]:
    """Select running treatments whose last phase ends within a week, today included."""
    today = at.astimezone(ZoneInfo(CLINIC_ZONE)).date()
    later = aliased(TreatmentPhase)
    goes_on = exists().where(
        later.treatment_id == TreatmentPhase.treatment_id,
        later.starts_on > TreatmentPhase.starts_on,
    )
    return (
        select(
            Patient,
            Team.name.label("team_name"),
            Treatment.id.label("treatment_id"),
            Treatment.name.label("treatment_name"),
            TreatmentPhase.ends_on,
        )
        .join(Treatment, Treatment.id == TreatmentPhase.treatment_id)
        .join(Patient, Patient.id == Treatment.patient_id)
        .join(Team, Team.id == Patient.team_id)
        .where(
            _in_care(actor),
            Treatment.stopped_on.is_(None),
            TreatmentPhase.ends_on.between(today, today + SOON),
            ~goes_on,
        )
    )


async def count_ending(session: AsyncSession, actor: StaffActor, at: datetime, most: int) -> int:
    """How many there are, up to `most`."""
    some = _ending(actor, at).with_only_columns(Treatment.id).limit(most).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def list_ending(session: AsyncSession, actor: StaffActor, at: datetime) -> list[EndingRow]:
    """Soonest first, at most MOST_ROWS."""
    found = await session.execute(
        _ending(actor, at).order_by(TreatmentPhase.ends_on, Treatment.id).limit(MOST_ROWS)
    )
    return typed_rows(EndingRow, found)
