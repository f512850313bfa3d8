"""Patients who need a look: those who miss in a row now, and courses that end soon.

What the desk counts and what its lines lead to are the same rows.
"""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.core.filters import CLINIC_ZONE
from app.core.hot import hot
from app.core.pages import MOST_COUNTED
from app.core.severity import Severity
from app.core.statements import hidden, typed_rows
from app.institutions.models import Team
from app.institutions.reach import Reader, clinic_today
from app.medication.flag_kinds import MISSED_IN_ROW, SOURCE
from app.medication.models import Treatment, TreatmentPhase
from app.medication.rules import dose_day
from app.medication.running import running_on
from app.patients.models import Patient, PatientFlag
from app.patients.reach import within_reach

MOST_ROWS = 100
SOON = timedelta(days=7)
LONGEST_FIRST = (PatientFlag.count.desc(), PatientFlag.id)


class MissingRow(NamedTuple):
    """A treatment with `in_row` misses up to now; `since`: when the row was noticed."""

    patient: Patient
    team_name: str
    treatment_name: str
    in_row: int
    severity: Severity
    since: datetime


class EndingRow(NamedTuple):
    patient: Patient
    team_name: str
    treatment_id: UUID
    treatment_name: str
    ends_on: date


class _Count(NamedTuple):
    found: int


def _in_care(actor: StaffActor | Reader) -> ColumnElement[bool]:
    return and_(within_reach(actor), Patient.closed_at.is_(None))


def _missing(actor: StaffActor | Reader) -> ColumnElement[bool]:
    """Take what stands as a flag: one rule for the desk, its rows and the head."""
    return and_(
        _in_care(actor),
        PatientFlag.patient_id == Patient.id,
        PatientFlag.source == SOURCE,
        PatientFlag.code == MISSED_IN_ROW.code,
        PatientFlag.until.is_(None),
    )


@hot(_Count)
def _count_missing(supervises: bool, /, *, staff_id: UUID, on: date) -> Select[int]:
    """In the order of the list, so that its index is read and not every patient in reach."""
    reader = Reader(staff_id, supervises, on)
    some = (
        select(PatientFlag.id)
        .select_from(Patient)
        .join(PatientFlag, _missing(reader))
        .order_by(*LONGEST_FIRST)
        .limit(MOST_COUNTED)
        .subquery()
    )
    return select(func.count().label("found")).select_from(some)


async def count_missing(session: AsyncSession, actor: StaffActor) -> int:
    """How many there are, up to MOST_COUNTED."""
    counted = await _count_missing.one(
        session, actor.supervises, staff_id=actor.account_id, on=clinic_today()
    )
    return counted.found


async def list_missing(session: AsyncSession, actor: StaffActor) -> list[MissingRow]:
    """Longest row first, at most MOST_ROWS."""
    rows = await session.execute(
        select(
            Patient,
            Team.name.label("team_name"),
            Treatment.name.label("treatment_name"),
            PatientFlag.count.label("in_row"),
            PatientFlag.severity,
            PatientFlag.since,
        )
        .select_from(Patient)
        .join(PatientFlag, _missing(actor))
        .join(Treatment, Treatment.id == PatientFlag.subject_id)
        .join(Team, Team.id == Patient.team_id)
        .order_by(*LONGEST_FIRST)
        .limit(MOST_ROWS)
    )
    return typed_rows(MissingRow, rows)


def _ending(actor: StaffActor | Reader, today: date, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Select running treatments whose last phase ends within a week, today included."""
    later = aliased(TreatmentPhase)
    goes_on = exists().where(
        later.treatment_id == TreatmentPhase.treatment_id,
        later.starts_on > TreatmentPhase.starts_on,
    )
    return (
        select(*columns)
        .select_from(TreatmentPhase)
        .join(Treatment, Treatment.id == TreatmentPhase.treatment_id)
        .join(Patient, Patient.id == Treatment.patient_id)
        .join(Team, Team.id == Patient.team_id)
        .where(
            _in_care(actor),
            running_on(hidden(today, Date())),
            TreatmentPhase.ends_on.between(hidden(today, Date()), hidden(today + SOON, Date())),
            ~goes_on,
        )
    )


@hot(_Count)
def _count_ending(supervises: bool, /, *, staff_id: UUID, on: date, today: date) -> Select[int]:
    reader = Reader(staff_id, supervises, on)
    some = _ending(reader, today, Treatment.id).limit(MOST_COUNTED).subquery()
    return select(func.count().label("found")).select_from(some)


async def count_ending(session: AsyncSession, actor: StaffActor, at: datetime) -> int:
    """How many there are, up to MOST_COUNTED."""
    counted = await _count_ending.one(
        session,
        actor.supervises,
        staff_id=actor.account_id,
        on=clinic_today(),
        today=dose_day(at, CLINIC_ZONE),
    )
    return counted.found


async def list_ending(session: AsyncSession, actor: StaffActor, at: datetime) -> list[EndingRow]:
    """Soonest first, at most MOST_ROWS."""
    rows = _ending(
        actor,
        dose_day(at, CLINIC_ZONE),
        Patient,
        Team.name.label("team_name"),
        Treatment.id.label("treatment_id"),
        Treatment.name.label("treatment_name"),
        TreatmentPhase.ends_on,
    )
    result = await session.execute(
        rows.order_by(TreatmentPhase.ends_on, Treatment.id).limit(MOST_ROWS)
    )
    return typed_rows(EndingRow, result)
