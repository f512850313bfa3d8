"""Reads about patients: lists within reach, what a phone is bound to, who looked."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.accounts.models import ActorKind, AuditEvent
from app.core.assembly import Features
from app.core.db import Sessionmaker
from app.core.export import AT_ONCE
from app.core.feature import AuditAction
from app.core.filters import CLINIC_ZONE
from app.core.pages import MOST_COUNTED
from app.core.pagination import Key, paginate, turn_pages
from app.core.refs import Described, Ref, describe_known
from app.institutions.models import Institution, StaffMember, Team
from app.patients.audit import READ_RECORD
from app.patients.models import Patient
from app.patients.queries.flags import gravest
from app.patients.reach import ended, has_phone, within_reach
from app.patients.search import keys_to_find

# Of so many looks of so many days the last records are taken.
LOOKS_READ = 200
LOOKED_AT_SINCE = timedelta(days=30)
MOST_LISTED = 1001  # beyond it a list says that it has more than a thousand


class Place(NamedTuple):
    team_name: str
    institution_name: str


class PatientLine(NamedTuple):
    patient: Patient
    team_name: str
    has_phone: bool


class PatientPage(NamedTuple):
    rows: list[PatientLine]
    previous_cursor: str | None
    next_cursor: str | None


class Counts(NamedTuple):
    """So many are listed, to MOST_LISTED, and so many of all are closed, to MOST_COUNTED."""

    listed: int
    ended: int


class View(NamedTuple):
    """One look at a record; `about` tells of the thing looked at, when its feature knows it."""

    event: AuditEvent
    viewer: StaffMember
    action: AuditAction
    about: Described | None


async def list_patients(
    session: AsyncSession,
    actor: StaffActor,
    typed: str,
    cursor: str | None,
    limit: int,
    only: ColumnElement[bool] = true(),  # noqa: B008 SQLAlchemy's constant
    gravest_of: Sequence[str] | None = None,
) -> PatientPage:
    """Newest first; one statement whatever is typed. `only` is a further condition on Patient.

    With `gravest_of`, codes of flags, those with the gravest open flag come first; of equals, too,
    the newest record.
    """
    statement = _lines(actor).where(_asked_for(typed, only))
    key = Key(Patient.created_at, Patient.id)
    if gravest_of is not None:
        grave = gravest(gravest_of)
        statement = statement.outerjoin(grave, grave.c.patient_id == Patient.id)
        rank = cast(func.coalesce(grave.c.rank, 0), Text).label("rank")
        statement, key = statement.add_columns(rank), Key(rank, Patient.id)
    page = await turn_pages(session, statement, key, cursor, limit)
    lines = [PatientLine(*row[:3]) for row in page.rows]
    return PatientPage(lines, page.previous_cursor, page.next_cursor)


def _asked_for(typed: str, only: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(only, Patient.search_keys.overlap(keys_to_find(typed))) if typed else only


def _lines(actor: StaffActor) -> Select[Patient, str, bool, datetime, UUID]:
    return (
        select(
            Patient,
            Team.name.label("team_name"),
            has_phone().label("has_phone"),
            Patient.created_at,
            Patient.id,
        )
        .join(Team, Team.id == Patient.team_id)
        .where(within_reach(actor))
    )


async def looked_at_last(
    session: AsyncSession, actor: StaffActor, at: datetime, limit: int
) -> PatientPage:
    """List whose records this person has opened of late and still reaches, the latest first."""
    opened = (
        select(AuditEvent.patient_id, AuditEvent.created_at)
        .where(
            AuditEvent.actor_id == actor.account_id,
            AuditEvent.action == READ_RECORD.code,
            AuditEvent.created_at > at - LOOKED_AT_SINCE,
        )
        .order_by(AuditEvent.created_at.desc())
        .limit(LOOKS_READ)
        .subquery()
    )
    latest = func.max(opened.c.created_at).label("latest")
    looked = select(opened.c.patient_id, latest).group_by(opened.c.patient_id).subquery()
    lines = _lines(actor).join(looked, looked.c.patient_id == Patient.id)
    rows = await session.execute(lines.order_by(looked.c.latest.desc(), Patient.id).limit(limit))
    return PatientPage([PatientLine(*row[:3]) for row in rows], None, None)


async def count_patients(
    session: AsyncSession, actor: StaffActor, typed: str, only: ColumnElement[bool]
) -> Counts:
    """Count what `list_patients` lists with this, and the closed records within reach."""
    listed = _counted(actor, _asked_for(typed, only), MOST_LISTED)
    closed = _counted(actor, ended(), MOST_COUNTED)
    return Counts(*(await session.execute(select(listed, closed))).one())


def _counted(actor: StaffActor, condition: ColumnElement[bool], most: int) -> ScalarSelect[int]:
    some = select(Patient.id).where(within_reach(actor), condition).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


async def place_of(session: AsyncSession, team_id: UUID) -> Place:
    result = await session.execute(
        select(Team.name, Institution.name)
        .join(Institution, Institution.id == Team.institution_id)
        .where(Team.id == team_id)
    )
    return Place(*result.one())


def _views(features: Features, patient_id: UUID) -> Select[AuditEvent, StaffMember]:
    """Select the looks at the record itself, and at those that were merged into it, as shown."""
    shown = [a.code for a in features.audit_actions.values() if a.shown]
    once_a_day = [a.code for a in features.audit_actions.values() if a.once_a_day]
    earlier = aliased(AuditEvent)
    seen_before = exists().where(
        earlier.patient_id == AuditEvent.patient_id,
        earlier.actor_id == AuditEvent.actor_id,
        earlier.action == AuditEvent.action,
        earlier.created_at >= func.date_trunc("day", AuditEvent.created_at, CLINIC_ZONE),
        tuple_(earlier.created_at, earlier.id) < tuple_(AuditEvent.created_at, AuditEvent.id),
    )
    records = select(Patient.id).where(
        or_(Patient.id == patient_id, Patient.merged_into_id == patient_id)
    )
    return (
        select(AuditEvent, StaffMember)
        .join(StaffMember, StaffMember.id == AuditEvent.actor_id)
        .where(
            AuditEvent.patient_id.in_(records),
            AuditEvent.actor_kind == ActorKind.STAFF,
            AuditEvent.action.in_(shown),
            or_(AuditEvent.action.not_in(once_a_day), ~seen_before),
        )
    )


async def list_views(
    session: AsyncSession, features: Features, patient_id: UUID, cursor: str | None, limit: int
) -> tuple[list[View], str | None]:
    statement = _views(features, patient_id).add_columns(AuditEvent.created_at, AuditEvent.id)
    key = Key(AuditEvent.created_at, AuditEvent.id)
    page = await paginate(session, statement, key, cursor, limit)
    looks = [(row[0], row[1]) for row in page.rows]
    return await _described(session, features, patient_id, looks), page.next_cursor


async def all_views(
    sessions: Sessionmaker, features: Features, patient_id: UUID
) -> AsyncIterator[list[View]]:
    """Read them page by page, for an export."""
    cursor: str | None = None
    while True:
        async with sessions() as session:
            page, cursor = await list_views(session, features, patient_id, cursor, AT_ONCE)
        yield page
        if cursor is None:
            return


async def _described(
    session: AsyncSession,
    features: Features,
    patient_id: UUID,
    rows: Sequence[tuple[AuditEvent, StaffMember]],
) -> list[View]:
    refs = {ref for row in rows if (ref := _subject(features, row[0]))}
    described = await describe_known(features.describers, session, patient_id, refs)
    return [
        View(
            row[0],
            row[1],
            features.audit_actions[row[0].action],
            described.get(ref) if (ref := _subject(features, row[0])) else None,
        )
        for row in rows
    ]


def _subject(features: Features, event: AuditEvent) -> Ref | None:
    return features.subject_of(event.action, event.subject_id)
