"""Keyset lists of the admin API: what lies in the operator's subtree."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.accounts.models import StaffAccount
from app.core.pagination import Key, Slice, paginate_as
from app.core.statements import typed_rows
from app.institutions.contacts import on_call_phone, taking_patients
from app.institutions.models import (
    Absence,
    AbsenceReason,
    Institution,
    StaffMember,
    Team,
    Tier,
    Title,
)
from app.institutions.reach import operated, subtree


class InstitutionRow(NamedTuple):
    id: UUID
    parent_id: UUID | None
    tier: Tier
    name: str
    path: str
    address: str | None
    phone: str | None
    on_call_phone: str | None
    opening_hours: dict[str, Any] | None
    version: int
    closed_at: datetime | None
    merged_into_id: UUID | None


class TeamRow(NamedTuple):
    """`reached_on_call_at` is the 24-hour phone that holds, whoever published it."""

    id: UUID
    created_at: datetime
    institution_id: UUID
    name: str
    phone: str | None
    on_call_phone: str | None
    reached_on_call_at: str | None
    takes_patients: bool
    version: int
    closed_at: datetime | None
    merged_into_id: UUID | None


class StaffRow(NamedTuple):
    id: UUID
    username: str
    name: str
    title: Title
    institution_id: UUID
    roles: list[str]
    is_active: bool


class AbsenceRow(NamedTuple):
    id: UUID
    staff_id: UUID
    staff_name: str
    stand_in_id: UUID | None
    stand_in_name: str | None
    from_on: date
    to_on: date
    reason: AbsenceReason
    note: str | None
    cancelled_at: datetime | None


async def list_institutions(
    session: AsyncSession, actor: StaffActor, cursor: str | None, limit: int
) -> Slice[InstitutionRow]:
    statement = select(
        Institution.id,
        Institution.parent_id,
        Institution.tier,
        Institution.name,
        Institution.path,
        Institution.address,
        Institution.phone,
        Institution.on_call_phone,
        Institution.opening_hours,
        Institution.version,
        Institution.closed_at,
        Institution.merged_into_id,
    ).where(operated(actor))
    key = Key(Institution.path, Institution.id, descending=False)
    return await paginate_as(InstitutionRow, session, statement, key, cursor, limit)


def team_rows() -> Select[*tuple[Any, ...]]:
    return select(
        Team.id,
        Team.created_at,
        Team.institution_id,
        Team.name,
        Team.phone,
        Team.on_call_phone,
        on_call_phone().label("reached_on_call_at"),
        taking_patients().label("takes_patients"),
        Team.version,
        Team.closed_at,
        Team.merged_into_id,
    ).join(Institution, Institution.id == Team.institution_id)


async def list_teams(
    session: AsyncSession, actor: StaffActor, cursor: str | None, limit: int
) -> Slice[TeamRow]:
    statement = team_rows().where(Team.institution_id.in_(subtree(actor.account_id)))
    return await paginate_as(
        TeamRow, session, statement, Key(Team.created_at, Team.id), cursor, limit
    )


async def get_team_row(session: AsyncSession, team_id: UUID) -> TeamRow:
    result = await session.execute(team_rows().where(Team.id == team_id))
    return typed_rows(TeamRow, [result.one()])[0]


def staff_rows() -> Select[*tuple[Any, ...]]:
    return select(
        StaffMember.id,
        StaffAccount.username,
        StaffMember.name,
        StaffMember.title,
        StaffMember.institution_id,
        StaffAccount.roles,
        StaffAccount.is_active,
    ).join(StaffAccount, StaffAccount.id == StaffMember.id)


async def list_staff(
    session: AsyncSession, actor: StaffActor, cursor: str | None, limit: int
) -> Slice[StaffRow]:
    within = StaffMember.institution_id.in_(subtree(actor.account_id))
    statement = staff_rows().where(within)
    key = Key(StaffAccount.username, StaffMember.id, descending=False)
    return await paginate_as(StaffRow, session, statement, key, cursor, limit)


async def get_staff_row(session: AsyncSession, staff_id: UUID) -> StaffRow:
    result = await session.execute(staff_rows().where(StaffMember.id == staff_id))
    return typed_rows(StaffRow, [result.one()])[0]


def absence_rows() -> Select[*tuple[Any, ...]]:
    stand_in = aliased(StaffMember)
    return (
        select(
            Absence.id,
            Absence.staff_id,
            StaffMember.name.label("staff_name"),
            Absence.stand_in_id,
            stand_in.name.label("stand_in_name"),
            Absence.from_on,
            Absence.to_on,
            Absence.reason,
            Absence.note,
            Absence.cancelled_at,
        )
        .join(StaffMember, StaffMember.id == Absence.staff_id)
        .outerjoin(stand_in, stand_in.id == Absence.stand_in_id)
    )


async def list_absences(
    session: AsyncSession, actor: StaffActor, cursor: str | None, limit: int
) -> Slice[AbsenceRow]:
    """Those of the subtree's staff, the latest to begin first, cancelled ones too."""
    within = StaffMember.institution_id.in_(subtree(actor.account_id))
    statement = absence_rows().where(within)
    return await paginate_as(
        AbsenceRow, session, statement, Key(Absence.from_on, Absence.id), cursor, limit
    )


async def get_absence_row(session: AsyncSession, absence_id: UUID) -> AbsenceRow:
    result = await session.execute(absence_rows().where(Absence.id == absence_id))
    return typed_rows(AbsenceRow, [result.one()])[0]
