"""Reads about patients: lists within reach, what a phone is bound to, who looked."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import ActorKind, AuditAction, AuditEvent
from app.core.pagination import Key, Slice, paginate
from app.institutions.models import Institution, StaffMember, Team
from app.patients import features
from app.patients.access import within_reach
from app.patients.models import Patient
from app.patients.search import key_to_find

SHOWN: dict[str, Literal["record", "video"]] = {
    AuditAction.READ_RECORD: "record",
    AuditAction.VIEW_VIDEO: "video",
}


class Place(NamedTuple):
    team_name: str
    institution_name: str


class View(NamedTuple):
    event: AuditEvent
    viewer: StaffMember
    due_on: date | None


async def is_bound(session: AsyncSession, wechat_account_id: UUID) -> bool:
    bound = exists().where(
        Patient.wechat_account_id == wechat_account_id, Patient.closed_at.is_(None)
    )
    return bool(await session.scalar(select(bound)))


async def list_patients(
    session: AsyncSession, actor: StaffActor, typed: str, cursor: str | None, limit: int
) -> Slice:
    """Newest first; one statement whatever is typed."""
    statement = (
        select(Patient, Team.name.label("team_name"), Patient.created_at, Patient.id)
        .join(Team, Team.id == Patient.team_id)
        .where(within_reach(actor))
    )
    if typed:
        statement = statement.where(Patient.search_keys.contains([key_to_find(typed)]))
    return await paginate(session, statement, Key(Patient.created_at, Patient.id), cursor, limit)


async def place_of(session: AsyncSession, team_id: UUID) -> Place:
    found = await session.execute(
        select(Team.name, Institution.name)
        .join(Institution, Institution.id == Team.institution_id)
        .where(Team.id == team_id)
    )
    return Place(*found.one())


def _views(patient_id: UUID) -> Select[AuditEvent, StaffMember]:
    return (
        select(AuditEvent, StaffMember)
        .join(StaffMember, StaffMember.id == AuditEvent.actor_id)
        .where(
            AuditEvent.patient_id == patient_id,
            AuditEvent.actor_kind == ActorKind.STAFF,
            AuditEvent.action.in_(SHOWN),
        )
    )


async def list_views(
    session: AsyncSession, patient_id: UUID, cursor: str | None, limit: int
) -> tuple[list[View], str | None]:
    statement = _views(patient_id).add_columns(AuditEvent.created_at, AuditEvent.id)
    key = Key(AuditEvent.created_at, AuditEvent.id)
    found = await paginate(session, statement, key, cursor, limit)
    return await _with_days(session, found.rows), found.next_cursor


async def all_views(session: AsyncSession, patient_id: UUID) -> list[View]:
    statement = _views(patient_id).order_by(AuditEvent.created_at.desc(), AuditEvent.id)
    return await _with_days(session, (await session.execute(statement)).all())


async def _with_days(session: AsyncSession, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[View]:
    subjects = [row[0].subject_id for row in rows if row[0].subject_id]
    days: dict[UUID, date] = {}
    for days_of in features.days_of_subjects:
        days |= await days_of(session, subjects) if subjects else {}
    return [View(row[0], row[1], days.get(row[0].subject_id)) for row in rows]
