"""Films that wait for their first reading, team by team: who is late, and whom to call."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import typed_rows
from app.institutions.models import Institution, StaffMember, Team
from app.institutions.supervised import teams_within
from app.medication.models import Dose, Reading, Recording, Slot
from app.medication.queries.review_queue import is_overdue
from app.medication.reach import may_be_read
from app.patients.models import Patient

MOST_TEAMS = 100
MOST_FILMS = 100


class TeamBacklog(NamedTuple):
    """`oldest_at`: when the film arrived that waits longest; `last_*`: the newest first reading."""

    team_id: UUID
    team_name: str
    institution_name: str
    phone: str | None
    waiting: int
    overdue: int
    oldest_at: datetime | None
    last_at: datetime | None
    last_by: str | None


class WaitingFilm(NamedTuple):
    patient: Patient
    dose_id: UUID
    due_on: date
    slot: Slot
    uploaded_at: datetime
    due_by: datetime


def _waits(institution: Institution) -> ColumnElement[bool]:
    return and_(
        Recording.team_id.in_(teams_within(institution)),
        Recording.pending_reading == Reading.FIRST,
        Recording.film_deleted_at.is_(None),
        may_be_read(),
    )


def _last_reading() -> Any:
    newest = (
        select(Recording.first_reviewed_at, Recording.first_reviewer_id)
        .where(Recording.team_id == Team.id, Recording.first_reviewed_at.is_not(None))
        .order_by(Recording.first_reviewed_at.desc())
        .limit(1)
        .correlate(Team)
    )
    return newest.lateral("newest")


def _teams(institution: Institution, at: datetime) -> Select[*tuple[Any, ...]]:
    waiting = (
        select(
            Recording.team_id,
            func.count().label("waiting"),
            func.count().filter(is_overdue(at)).label("overdue"),
            func.min(Recording.uploaded_at).label("oldest_at"),
        )
        .where(_waits(institution))
        .group_by(Recording.team_id)
        .subquery()
    )
    newest = _last_reading()
    return (
        select(
            Team.id.label("team_id"),
            Team.name.label("team_name"),
            Institution.name.label("institution_name"),
            func.coalesce(Team.phone, Institution.phone).label("phone"),
            *(waiting.c[name] for name in ("waiting", "overdue", "oldest_at")),
            newest.c.first_reviewed_at.label("last_at"),
            StaffMember.name.label("last_by"),
        )
        .join_from(waiting, Team, Team.id == waiting.c.team_id)
        .join(Institution, Institution.id == Team.institution_id)
        .outerjoin(newest, true())
        .outerjoin(StaffMember, StaffMember.id == newest.c.first_reviewer_id)
        .order_by(waiting.c.overdue.desc(), waiting.c.oldest_at, Team.id)
        .limit(MOST_TEAMS)
    )


async def backlog_of(
    session: AsyncSession, institution: Institution, at: datetime
) -> list[TeamBacklog]:
    """List teams with films that wait: the most overdue first, at most MOST_TEAMS."""
    return typed_rows(TeamBacklog, await session.execute(_teams(institution, at)))


async def waiting_of(
    session: AsyncSession, institution: Institution, team_id: UUID
) -> list[WaitingFilm]:
    """List what waits of one team within the institution; due longest first, at most MOST_FILMS."""
    rows = await session.execute(
        select(
            Patient,
            Recording.dose_id,
            Dose.due_on,
            Dose.slot,
            Recording.uploaded_at,
            Recording.due_by,
        )
        .join(Dose, Dose.id == Recording.dose_id)
        .join(Patient, Patient.id == Recording.patient_id)
        .where(_waits(institution), Recording.team_id == team_id)
        .order_by(Recording.due_by, Recording.id)
        .limit(MOST_FILMS)
    )
    return typed_rows(WaitingFilm, rows)
