"""Who is away, and who looks after their teams meanwhile."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.db import for_update, lock_again
from app.institutions.audit import CHANGE_ABSENCE
from app.institutions.calendar import ONE_DAY
from app.institutions.models import Absence, AbsenceReason, StaffMember, TeamMember
from app.institutions.problems import (
    AbsenceOver,
    AbsenceOverlaps,
    AbsentStandsIn,
    StandInAbsent,
    StandInUnsuitable,
)
from app.institutions.queries.absences import colleagues, overlapping
from app.institutions.reach import clinic_today


@dataclass(frozen=True)
class NewAbsence:
    """Both days included; checked already by the schema."""

    from_on: date
    to_on: date
    stand_in_id: UUID
    reason: AbsenceReason
    note: str | None


async def enter_absence(
    session: AsyncSession, actor: StaffActor, staff_id: UUID, new: NewAbsence
) -> Absence:
    """Refuse whatever would leave the teams to somebody who is away, too.

    Nobody is absent twice on a day, no stand-in is absent, nobody who stands in goes away: so
    there is never a chain. The same absence sent again is the one that is there.
    """
    await _lock_people(session, staff_id, new.stand_in_id)
    if (twin := await find_twin(session, staff_id, new)) is not None:
        return twin
    await refuse_unsuitable(session, staff_id, new)
    absence = Absence(
        staff_id=staff_id,
        stand_in_id=new.stand_in_id,
        from_on=new.from_on,
        to_on=new.to_on,
        reason=new.reason,
        note=new.note,
    )
    session.add(absence)
    await session.flush()  # the audit names the id
    _record(session, actor, absence, "entered")
    return absence


async def _lock_people(session: AsyncSession, *staff_ids: UUID) -> None:
    """Both, always in one order: two absences that share a person take turns."""
    await session.execute(
        for_update(
            select(StaffMember.id).where(StaffMember.id.in_(staff_ids)).order_by(StaffMember.id),
            key_share=True,
        )
    )


async def find_twin(session: AsyncSession, staff_id: UUID, new: NewAbsence) -> Absence | None:
    return await session.scalar(
        select(Absence).where(
            Absence.staff_id == staff_id,
            Absence.stand_in_id == new.stand_in_id,
            Absence.from_on == new.from_on,
            Absence.to_on == new.to_on,
            Absence.cancelled_at.is_(None),
        )
    )


async def refuse_unsuitable(session: AsyncSession, staff_id: UUID, new: NewAbsence) -> None:
    those_days = overlapping(new.from_on, new.to_on)

    async def any_absence(who: ColumnElement[bool]) -> bool:
        return bool(await session.scalar(select(exists().where(who, those_days))))

    fit = colleagues(staff_id).where(StaffMember.id == new.stand_in_id)
    if await session.scalar(fit) is None:
        raise StandInUnsuitable
    if await any_absence(Absence.staff_id == staff_id):
        raise AbsenceOverlaps
    if await any_absence(Absence.staff_id == new.stand_in_id):
        raise StandInAbsent
    if await any_absence(Absence.stand_in_id == staff_id):
        raise AbsentStandsIn


async def end_absence(session: AsyncSession, actor: StaffActor, absence: Absence) -> None:
    """Back from today: yesterday was the last day, or it never began."""
    await lock_again(session, absence)
    today = clinic_today()
    if absence.cancelled_at is not None or absence.to_on < today:
        raise AbsenceOver
    if absence.from_on < today:
        absence.to_on = today - ONE_DAY
        _record(session, actor, absence, "ended")
    else:
        absence.cancelled_at = clock.now()
        _record(session, actor, absence, "cancelled")


async def release_stand_in(session: AsyncSession, staff_id: UUID) -> list[UUID]:
    """Take somebody who leaves out of every absence that is not over; lists those."""
    await _lock_people(session, staff_id)
    released = await session.scalars(
        update(Absence)
        .where(
            Absence.stand_in_id == staff_id,
            Absence.cancelled_at.is_(None),
            Absence.to_on >= clinic_today(),
        )
        .values(stand_in_id=None)
        .returning(Absence.id)
        .execution_options(synchronize_session=False)
    )
    return list(released)


async def release_strangers(session: AsyncSession, staff_ids: Collection[UUID]) -> list[UUID]:
    """Take out who shares neither place nor team with the absent any more; lists the absences.

    For people who have left a team or a place, whichever of the two they are: otherwise somebody
    would reach the patients of a team that they were taken out of.
    """
    await _lock_people(session, *staff_ids)
    absent, stand_in = aliased(StaffMember), aliased(StaffMember)
    absent_team, stand_in_team = aliased(TeamMember), aliased(TeamMember)
    shared_place = exists().where(
        absent.id == Absence.staff_id,
        stand_in.id == Absence.stand_in_id,
        absent.institution_id == stand_in.institution_id,
    )
    shared_team = exists().where(
        absent_team.staff_id == Absence.staff_id,
        stand_in_team.staff_id == Absence.stand_in_id,
        absent_team.team_id == stand_in_team.team_id,
    )
    released = await session.scalars(
        update(Absence)
        .where(
            or_(Absence.staff_id.in_(staff_ids), Absence.stand_in_id.in_(staff_ids)),
            Absence.stand_in_id.is_not(None),
            Absence.cancelled_at.is_(None),
            Absence.to_on >= clinic_today(),
            ~shared_place,
            ~shared_team,
        )
        .values(stand_in_id=None)
        .returning(Absence.id)
        .execution_options(synchronize_session=False)
    )
    return list(released)


def _record(session: AsyncSession, actor: StaffActor, absence: Absence, code: str) -> None:
    detail = {
        "code": code,
        "absence_id": str(absence.id),
        "stand_in_id": str(absence.stand_in_id),
        "from_on": absence.from_on.isoformat(),
        "to_on": absence.to_on.isoformat(),
    }
    audit.record(session, actor, CHANGE_ABSENCE, subject_id=absence.staff_id, detail=detail)
