"""Staff come, move, change roles and leave; whatever ends, ends at once.

What may give reach is not asked for here but in `access_requests`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.models import Role
from app.accounts.service import credentials
from app.accounts.service.credentials import Credentials, NewSecrets
from app.accounts.service.sessions import end_all_sessions
from app.core.problems import Problem
from app.institutions.audit import CHANGE_STAFF
from app.institutions.models import Institution, StaffMember, Team, TeamMember, Title
from app.institutions.problems import InstitutionClosed
from app.institutions.service.absences import release_stand_in, release_strangers
from app.institutions.service.locks import lock_tree, open_institution


class OwnAccount(Problem):
    type, title, status = "own-account", "不能修改自己的权限，请另一位管理员操作。", 409


@dataclass(frozen=True)
class NewStaff:
    username: str
    name: str
    title: Title
    institution_id: UUID
    roles: Collection[Role]


@dataclass(frozen=True)
class Handover:
    """What the operator hands over once, in person; neither can be read again."""

    staff_id: UUID
    initial_password: str
    otpauth_uri: str


async def make_staff(
    session: AsyncSession, new: NewStaff, secrets: NewSecrets, *, active: bool = True
) -> Handover:
    given = await credentials.make_account(session, secrets, new.username, new.roles, active=active)
    session.add(
        StaffMember(
            id=given.account_id, institution_id=new.institution_id, name=new.name, title=new.title
        )
    )
    await session.flush()  # what waits for a second person points at the row
    return handover_of(given)


def handover_of(given: Credentials) -> Handover:
    return Handover(given.account_id, given.initial_password, given.otpauth_uri)


async def move(
    session: AsyncSession, actor: StaffActor, member: StaffMember, institution_id: UUID
) -> None:
    """Teams stay behind, one's own and those stood in for: reach into the old place ends.

    So does the reach of whoever stands in for them into what they will look after at the new one.
    """
    refuse_own(actor, member)
    await lock_tree(session)
    await open_institution(session, actor, institution_id)
    before, member.institution_id = member.institution_id, institution_id
    left = await session.scalars(
        delete(TeamMember).where(TeamMember.staff_id == member.id).returning(TeamMember.team_id)
    )
    left_ids = left.all()
    await session.execute(
        update(Team).where(Team.id.in_(left_ids)).values(version=Team.version + 1)
    )
    await session.flush()  # who shares a place with whom is read from the table
    released = await _release(session, member)
    left_behind = await release_strangers(session, [member.id])
    record_staff(
        session,
        actor,
        member,
        code="moved",
        from_id=str(before),
        to_id=str(institution_id),
        teams_left=sorted(map(str, left_ids)),
        absences_released=sorted([*released, *map(str, left_behind)]),
    )


async def _release(session: AsyncSession, member: StaffMember) -> list[str]:
    return sorted(map(str, await release_stand_in(session, member.id)))


async def rename(session: AsyncSession, actor: StaffActor, member: StaffMember, name: str) -> None:
    before, member.name = member.name, name
    record_staff(session, actor, member, code="renamed", before=before, after=name)


async def set_title(
    session: AsyncSession, actor: StaffActor, member: StaffMember, title: Title
) -> None:
    """Rights hang on the title, so nobody gives themselves another."""
    refuse_own(actor, member)
    before, member.title = member.title, title
    record_staff(session, actor, member, code="title_set", before=before.value, after=title.value)


async def set_roles(
    session: AsyncSession, actor: StaffActor, member: StaffMember, roles: Collection[Role]
) -> None:
    refuse_own(actor, member)
    before, after = await credentials.set_roles(session, member.id, roles)
    record_staff(session, actor, member, code="roles_set", before=before, after=after)


async def set_active(
    session: AsyncSession, actor: StaffActor, member: StaffMember, active: bool
) -> None:
    refuse_own(actor, member)
    if active:
        await refuse_closed_home(session, member)
    await credentials.set_active(session, member.id, active)
    if active:
        record_staff(session, actor, member, code="reactivated")
        return
    released = await _release(session, member)
    record_staff(session, actor, member, code="deactivated", absences_released=released)


async def refuse_closed_home(session: AsyncSession, member: StaffMember) -> None:
    """Keep a closed institution empty: the person must be moved first."""
    await lock_tree(session)
    home = await session.get_one(Institution, member.institution_id, populate_existing=True)
    if home.closed_at is not None:
        raise InstitutionClosed


async def apply_renewal(
    session: AsyncSession, actor: StaffActor, member: StaffMember, *, keep_phone: bool
) -> None:
    await credentials.apply_renewal(session, member.id, keep_phone=keep_phone)
    record_staff(session, actor, member, code="credentials_renewed", phone_kept=keep_phone)


async def end_sessions(session: AsyncSession, actor: StaffActor, member: StaffMember) -> None:
    await end_all_sessions(session, member.id)
    record_staff(session, actor, member, code="sessions_ended")


def record_staff(
    session: AsyncSession, actor: StaffActor, member: StaffMember, **detail: Any
) -> None:
    audit.record(session, actor, CHANGE_STAFF, subject_id=member.id, detail=detail)


def refuse_own(actor: StaffActor, member: StaffMember) -> None:
    """Nobody widens their own reach, nor locks themselves out by a slip."""
    if member.id == actor.account_id:
        raise OwnAccount
