"""Keyset lists of the admin API: what lies in the operator's subtree."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.accounts.models import AuditEvent, StaffAccount
from app.core.pagination import Key, Slice, paginate
from app.institutions.contacts import on_call_phone, taking_patients
from app.institutions.models import Absence, Institution, StaffMember, Team, Title
from app.institutions.reach import operated, subtree


async def list_institutions(
    session: AsyncSession, actor: StaffActor, cursor: str | None, limit: int
) -> Slice:
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
    return await paginate(session, statement, key, cursor, limit)


def team_rows() -> Select[*tuple[Any, ...]]:
    """`reached_on_call_at` is the 24-hour phone that holds, whoever published it."""
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
) -> Slice:
    statement = team_rows().where(Team.institution_id.in_(subtree(actor.account_id)))
    return await paginate(session, statement, Key(Team.created_at, Team.id), cursor, limit)


async def get_team_row(session: AsyncSession, team_id: UUID) -> Row[*tuple[Any, ...]]:
    return (await session.execute(team_rows().where(Team.id == team_id))).one()


def staff_rows() -> Select[UUID, str, str, Title, UUID, list[str], bool]:
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
) -> Slice:
    within = StaffMember.institution_id.in_(subtree(actor.account_id))
    statement = staff_rows().where(within)
    key = Key(StaffAccount.username, StaffMember.id, descending=False)
    return await paginate(session, statement, key, cursor, limit)


async def get_staff_row(session: AsyncSession, staff_id: UUID) -> Row[*tuple[Any, ...]]:
    return (await session.execute(staff_rows().where(StaffMember.id == staff_id))).one()


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
) -> Slice:
    """Those of the subtree's staff, the latest to begin first, cancelled ones too."""
    within = StaffMember.institution_id.in_(subtree(actor.account_id))
    statement = absence_rows().where(within)
    return await paginate(session, statement, Key(Absence.from_on, Absence.id), cursor, limit)


async def get_absence_row(session: AsyncSession, absence_id: UUID) -> Row[*tuple[Any, ...]]:
    return (await session.execute(absence_rows().where(Absence.id == absence_id))).one()


async def list_audit(
    session: AsyncSession,
    actor: StaffActor,
    patient_id: UUID | None,
    actor_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> Slice:
    """Who did what, of the staff in the operator's subtree; never what the record says."""
    statement = (
        select(
            AuditEvent.id,
            AuditEvent.created_at,
            AuditEvent.actor_id,
            StaffMember.name.label("actor_name"),
            AuditEvent.action,
            AuditEvent.patient_id,
            AuditEvent.subject_id,
            AuditEvent.request_id,
            AuditEvent.detail,
        )
        .join(StaffMember, StaffMember.id == AuditEvent.actor_id)
        .where(StaffMember.institution_id.in_(subtree(actor.account_id)))
    )
    if patient_id is not None:
        statement = statement.where(AuditEvent.patient_id == patient_id)
    if actor_id is not None:
        statement = statement.where(AuditEvent.actor_id == actor_id)
    key = Key(AuditEvent.created_at, AuditEvent.id)
    return await paginate(session, statement, key, cursor, limit)
