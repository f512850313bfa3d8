"""Institutions, teams and staff."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core import clock
from app.core.ids import uuid7
from app.institutions.models import (
    Absence,
    AbsenceReason,
    AccessChange,
    AccessChangeKind,
    AccessChangeState,
    Institution,
    StaffMember,
    Team,
    TeamMember,
    Tier,
    Title,
)
from app.institutions.queries.access_shown import list_waiting
from app.institutions.reach import clinic_today
from app.institutions.rules import WAITS_FOR
from app.institutions.service import access_settling
from tests.accounts.factories import actor_of, make_staff_account


async def make_institution(
    session: AsyncSession, *, parent: Institution | None = None, **columns: Any
) -> Institution:
    institution_id = uuid7()
    usual = {
        "id": institution_id,
        "parent_id": parent.id if parent else None,
        "tier": Tier.TOWNSHIP_CENTRE,
        "name": "青山镇卫生院",
        "phone": "02368001234",
        "path": f"{parent.path}.{institution_id}" if parent else str(institution_id),
    }
    institution = Institution(**usual | columns)
    session.add(institution)
    await session.flush()
    return institution


async def make_team(
    session: AsyncSession, *, institution: Institution | None = None, **columns: Any
) -> Team:
    institution = institution or await make_institution(session)
    team = Team(**{"institution_id": institution.id, "name": "第一团队"} | columns)
    session.add(team)
    await session.flush()
    return team


async def make_staff(
    session: AsyncSession,
    *,
    team: Team | None = None,
    institution: Institution | None = None,
    roles: Iterable[Role] = (Role.DOCTOR,),
    **columns: Any,
) -> StaffMember:
    """With `team`: a member of it, at its institution."""
    if institution is None:
        home = team.institution_id if team else (await make_institution(session)).id
    else:
        home = institution.id
    account = await make_staff_account(session, roles=roles)
    usual = {
        "id": account.id,
        "institution_id": home,
        "name": "王医生",
        "title": Title.FAMILY_DOCTOR,
    }
    staff = StaffMember(**usual | columns)
    session.add(staff)
    await session.flush()
    if team is not None:
        await join_team(session, staff, team)
    return staff


async def join_team(session: AsyncSession, staff: StaffMember, team: Team) -> None:
    session.add(TeamMember(team_id=team.id, staff_id=staff.id))
    await session.flush()


async def make_absence(
    session: AsyncSession,
    *,
    staff: StaffMember,
    stand_in: StaffMember | None = None,
    **columns: Any,
) -> Absence:
    """Today and the two days after, unless told; with a colleague of the same institution."""
    if stand_in is None:
        home = await session.get_one(Institution, staff.institution_id)
        stand_in = await make_staff(session, institution=home, name="李医生")
    today = clinic_today()
    usual = {
        "staff_id": staff.id,
        "stand_in_id": stand_in.id,
        "from_on": today,
        "to_on": today + timedelta(days=2),
        "reason": AbsenceReason.LEAVE,
    }
    absence = Absence(**usual | columns)
    session.add(absence)
    await session.flush()
    return absence


async def make_access_change(
    session: AsyncSession, *, requested_by: StaffMember, **columns: Any
) -> AccessChange:
    """Make one that waits: a doctor of the same institution is to join its team."""
    home_id = requested_by.institution_id
    if "staff_id" not in columns:
        home = await session.get_one(Institution, home_id)
        team = await make_team(session, institution=home, name=f"团队{uuid7()}")
        columns |= {
            "staff_id": (await make_staff(session, institution=home)).id,
            "team_id": team.id,
            "payload": {"after": str(team.id)},
        }
    usual = {
        "kind": AccessChangeKind.MEMBERSHIP,
        "state": AccessChangeState.WAITING,
        "scope_ids": [home_id],
        "payload": {},
        "requested_by": requested_by.id,
        "expires_at": clock.now() + WAITS_FOR,
    }
    change = AccessChange(**usual | columns)
    session.add(change)
    await session.flush()
    return change


async def confirm_all(session: AsyncSession, supervisor: StaffMember) -> int:
    """Let this supervisor say yes to all that waits for them; counts it."""
    actor = actor_of(supervisor.id, Role.SUPERVISOR)
    waiting = await list_waiting(session, actor)
    for row in waiting:
        await access_settling.confirm(session, actor, row.id)
    await session.flush()
    return len(waiting)
