"""Patients who need a look: those who miss in a row now, and courses that end soon.

What the desk counts and what its lines lead to are the same rows.
"""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.core.filters import CLINIC_ZONE
from app.core.severity import Severity
from app.core.statements import typed_rows
from app.institutions.models import Team
from app.medication.flag_kinds import MISSED_IN_ROW, SOURCE
from app.medication.models import Treatment, TreatmentPhase
from app.patients.models import Patient, PatientFlag
from app.patients.reach import within_reach

MOST_ROWS = 100
SOON = timedelta(days=7)


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


def _in_care(actor: StaffActor) -> ColumnElement[bool]:
    return and_(within_reach(actor), Patient.closed_at.is_(None))


def _missing(actor: StaffActor) -> ColumnElement[bool]:
    """Take what stands as a flag: one rule for the desk, its rows and the head."""
    return and_(
        _in_care(actor),
        PatientFlag.patient_id == Patient.id,
        PatientFlag.source == SOURCE,
        PatientFlag.code == MISSED_IN_ROW.code,
        PatientFlag.until.is_(None),
    )


async def count_missing(session: AsyncSession, actor: StaffActor, most: int) -> int:
    """How many there are, up to `most`."""
    rows = select(PatientFlag.id).select_from(Patient).join(PatientFlag, _missing(actor))
    some = rows.limit(most).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


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
        .order_by(PatientFlag.count.desc(), PatientFlag.id)
        .limit(MOST_ROWS)
    )
    return typed_rows(MissingRow, rows)


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
