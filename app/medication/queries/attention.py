"""Patients who need a look: who misses in a row now, who felt something, courses that end soon.

What the desk counts and what its lines lead to are the same rows.
"""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    DateTime,
    ScalarSelect,
    Select,
    and_,
    exists,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
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
from app.medication.models import SideEffectReport, Treatment, TreatmentPhase
from app.medication.queries.history import SOMETHING_FELT
from app.medication.rules import dose_day
from app.medication.running import running_on
from app.patients.models import Patient, PatientFlag
from app.patients.reach import within_reach

MOST_ROWS = 100
SOON = timedelta(days=7)
FELT_SINCE = timedelta(days=2)
LONGEST_FIRST = (PatientFlag.count.desc(), PatientFlag.id)
SOONEST_FIRST = (TreatmentPhase.ends_on, Treatment.id)


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


class FeltRow(NamedTuple):
    """The newest answer of a patient in which something was felt, none of it severe."""

    patient: Patient
    team_name: str
    dose_id: UUID
    symptoms: list[str]
    note: str | None
    reported_at: datetime


class Counted(NamedTuple):
    """How many there are, up to MOST_COUNTED, and whose is the first row of the list."""

    found: int
    first: UUID | None


class CountedCourses(NamedTuple):
    """As `Counted`, with the treatment of the first row."""

    found: int
    first: UUID | None
    treatment_id: UUID | None


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


def _first_of(some: CTE, name: str, *order: ColumnElement[Any]) -> ScalarSelect[UUID | None]:
    return select(some.c[name]).order_by(*order).limit(1).scalar_subquery()


@hot(Counted)
def _count_missing(supervises: bool, /, *, staff_id: UUID, on: date) -> Select[int, UUID | None]:
    """In the order of the list, so that its index is read and not every patient in reach."""
    reader = Reader(staff_id, supervises, on)
    some = (
        select(PatientFlag.id, PatientFlag.count, PatientFlag.patient_id)
        .select_from(Patient)
        .join(PatientFlag, _missing(reader))
        .order_by(*LONGEST_FIRST)
        .limit(MOST_COUNTED)
        .cte("some")
    )
    first = _first_of(some, "patient_id", some.c.count.desc(), some.c.id)
    return select(func.count().label("found"), first.label("first")).select_from(some)


async def count_missing(session: AsyncSession, actor: StaffActor) -> Counted:
    return await _count_missing.one(
        session, actor.supervises, staff_id=actor.account_id, on=clinic_today()
    )


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


@hot(CountedCourses)
def _count_ending(
    supervises: bool, /, *, staff_id: UUID, on: date, today: date
) -> Select[int, UUID | None, UUID | None]:
    reader = Reader(staff_id, supervises, on)
    columns = (TreatmentPhase.ends_on, Treatment.id, Treatment.patient_id)
    some = _ending(reader, today, *columns).order_by(*SOONEST_FIRST).limit(MOST_COUNTED).cte("some")
    order = (some.c.ends_on, some.c.id)
    return select(
        func.count().label("found"),
        _first_of(some, "patient_id", *order).label("first"),
        _first_of(some, "id", *order).label("treatment_id"),
    ).select_from(some)


async def count_ending(session: AsyncSession, actor: StaffActor, at: datetime) -> CountedCourses:
    return await _count_ending.one(
        session,
        actor.supervises,
        staff_id=actor.account_id,
        on=clinic_today(),
        today=dose_day(at, CLINIC_ZONE),
    )


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
    result = await session.execute(rows.order_by(*SOONEST_FIRST).limit(MOST_ROWS))
    return typed_rows(EndingRow, result)


def _felt(actor: StaffActor | Reader, at: Any, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Select the newest answer of each patient of FELT_SINCE that says of something not severe.

    What is severe has its alert.
    """
    since = hidden(at, DateTime(timezone=True)) - FELT_SINCE
    return (
        select(*columns)
        .select_from(SideEffectReport)
        .join(Patient, Patient.id == SideEffectReport.patient_id)
        .join(Team, Team.id == Patient.team_id)
        .where(
            _in_care(actor),
            SOMETHING_FELT,
            SideEffectReport.severe.is_(False),
            SideEffectReport.reported_at > since,
        )
        .ext(distinct_on(SideEffectReport.patient_id))
        .order_by(
            SideEffectReport.patient_id,
            SideEffectReport.reported_at.desc(),
            SideEffectReport.id.desc(),
        )
    )


@hot(Counted)
def _count_felt(
    supervises: bool, /, *, staff_id: UUID, on: date, at: datetime
) -> Select[int, UUID | None]:
    reader = Reader(staff_id, supervises, on)
    columns = (SideEffectReport.patient_id, SideEffectReport.reported_at)
    newest = _felt(reader, at, *columns).subquery()
    order = (newest.c.reported_at.desc(), newest.c.patient_id)
    some = select(*newest.c).order_by(*order).limit(MOST_COUNTED).cte("some")
    first = _first_of(some, "patient_id", some.c.reported_at.desc(), some.c.patient_id)
    return select(func.count().label("found"), first.label("first")).select_from(some)


async def count_felt(session: AsyncSession, actor: StaffActor, at: datetime) -> Counted:
    return await _count_felt.one(
        session, actor.supervises, staff_id=actor.account_id, on=clinic_today(), at=at
    )


async def list_felt(session: AsyncSession, actor: StaffActor, at: datetime) -> list[FeltRow]:
    """Newest first, at most MOST_ROWS."""
    newest = _felt(actor, at, SideEffectReport.id).subquery()
    rows = await session.execute(
        select(
            Patient,
            Team.name.label("team_name"),
            SideEffectReport.dose_id,
            SideEffectReport.symptoms,
            SideEffectReport.note,
            SideEffectReport.reported_at,
        )
        .join_from(SideEffectReport, newest, newest.c.id == SideEffectReport.id)
        .join(Patient, Patient.id == SideEffectReport.patient_id)
        .join(Team, Team.id == Patient.team_id)
        .order_by(SideEffectReport.reported_at.desc(), SideEffectReport.patient_id)
        .limit(MOST_ROWS)
    )
    return typed_rows(FeltRow, rows)
