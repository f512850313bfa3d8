"""Reads of absences: who is away, who stands in, who could."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.models import Role, StaffAccount
from app.institutions.models import Absence, StaffMember, TeamMember
from app.institutions.reach import running

CLINICAL = [Role.DOCTOR.value, Role.SUPERVISOR.value]
MOST_SHOWN = 100


def overlapping(first: date, last: date) -> ColumnElement[bool]:
    """Match an absence that shares a day with those from `first` to `last`."""
    return and_(Absence.cancelled_at.is_(None), Absence.from_on <= last, Absence.to_on >= first)


async def stand_in_of(session: AsyncSession, staff_id: UUID, on: date) -> UUID | None:
    """Who looks after this person's teams on that day; None when they are there themselves.

    None also when the stand-in has left the place since.
    """
    return await session.scalar(
        select(Absence.stand_in_id).where(Absence.staff_id == staff_id, running(on))
    )


def colleagues(staff_id: UUID) -> Select[StaffMember]:
    """Select active clinicians who share an institution or a team with this person."""
    own, theirs = aliased(TeamMember), aliased(TeamMember)
    home = select(StaffMember.institution_id).where(StaffMember.id == staff_id).scalar_subquery()
    in_shared_team = (
        select(theirs.staff_id)
        .join(own, own.team_id == theirs.team_id)
        .where(own.staff_id == staff_id)
    )
    return (
        select(StaffMember)
        .join(StaffAccount, StaffAccount.id == StaffMember.id)
        .where(
            StaffMember.id != staff_id,
            StaffAccount.is_active,
            StaffAccount.roles.overlap(CLINICAL),
            or_(StaffMember.institution_id == home, StaffMember.id.in_(in_shared_team)),
        )
        .order_by(StaffMember.name, StaffMember.id)
    )


async def possible_stand_ins(session: AsyncSession, staff_id: UUID) -> Sequence[StaffMember]:
    return (await session.scalars(colleagues(staff_id).limit(200))).all()


class AbsenceLine(NamedTuple):
    """An absence with the names of both; `mine` tells the absent person from the stand-in."""

    absence: Absence
    staff_name: str
    stand_in_name: str | None
    mine: bool


async def absences_around(session: AsyncSession, staff_id: UUID) -> list[AbsenceLine]:
    """List the newest absences of this person, and those in which they stand in."""
    stand_in = aliased(StaffMember)
    result = await session.execute(
        select(Absence, StaffMember.name, stand_in.name, Absence.staff_id == staff_id)
        .join(StaffMember, StaffMember.id == Absence.staff_id)
        .outerjoin(stand_in, stand_in.id == Absence.stand_in_id)
        .where(or_(Absence.staff_id == staff_id, Absence.stand_in_id == staff_id))
        .order_by(Absence.from_on.desc(), Absence.id.desc())
        .limit(MOST_SHOWN)
    )
    return [AbsenceLine(*row) for row in result]
