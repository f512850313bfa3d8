"""Staff come, move, change roles and leave; whatever ends, ends at once."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.models import Role, StaffAccount
from app.accounts.service import passwords
from app.accounts.service.sessions import end_all_sessions
from app.core.problems import NotFound, Problem
from app.institutions.audit import CHANGE_STAFF
from app.institutions.models import Institution, StaffMember, TeamMember, Title
from app.institutions.queries import subtree


class UsernameTaken(Problem):
    type, title, status = "username-taken", "这个用户名已被使用，请换一个。", 409
    constraint = "uq_staff_account_username"


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


async def add_staff(session: AsyncSession, actor: StaffActor, new: NewStaff) -> Handover:
    await _must_operate(session, actor, new.institution_id)
    made = await make_staff(session, new)
    audit.record(session, actor, CHANGE_STAFF, subject_id=made.staff_id)
    return made


async def make_staff(session: AsyncSession, new: NewStaff) -> Handover:
    password, secret = passwords.new_password(), passwords.new_totp_secret()
    account = StaffAccount(
        username=new.username,
        password_hash=await passwords.hash_password(password),
        must_change_password=True,
        totp_secret=secret,
        roles=sorted(set(new.roles)),
    )
    session.add(account)
    await session.flush()  # the member takes the account's id; a taken username must be heard now
    session.add(
        StaffMember(
            id=account.id, institution_id=new.institution_id, name=new.name, title=new.title
        )
    )
    return Handover(account.id, password, passwords.otpauth_uri(secret, new.username))


async def _must_operate(session: AsyncSession, actor: StaffActor, institution_id: UUID) -> None:
    found = await session.scalar(
        select(Institution.id).where(
            Institution.id == institution_id, Institution.id.in_(subtree(actor.account_id))
        )
    )
    if found is None:
        raise NotFound


async def move(
    session: AsyncSession, actor: StaffActor, member: StaffMember, institution_id: UUID
) -> None:
    """Teams stay behind: reach into the old place ends with the move."""
    _refuse_own(actor, member)
    await _must_operate(session, actor, institution_id)
    member.institution_id = institution_id
    await session.execute(delete(TeamMember).where(TeamMember.staff_id == member.id))
    audit.record(session, actor, CHANGE_STAFF, subject_id=member.id)


async def set_roles(
    session: AsyncSession, actor: StaffActor, member: StaffMember, roles: Collection[Role]
) -> None:
    _refuse_own(actor, member)
    account = await session.get_one(StaffAccount, member.id)
    account.roles = sorted(set(roles))
    audit.record(session, actor, CHANGE_STAFF, subject_id=member.id)


async def set_active(
    session: AsyncSession, actor: StaffActor, member: StaffMember, active: bool
) -> None:
    _refuse_own(actor, member)
    account = await session.get_one(StaffAccount, member.id)
    account.is_active = active
    if not active:
        await end_all_sessions(session, member.id)
    audit.record(session, actor, CHANGE_STAFF, subject_id=member.id)


async def renew_credentials(
    session: AsyncSession, actor: StaffActor, member: StaffMember
) -> Handover:
    """For who lost the phone or the password; the old ones and every session are dead."""
    _refuse_own(actor, member)
    account = await session.get_one(StaffAccount, member.id)
    password, secret = passwords.new_password(), passwords.new_totp_secret()
    account.password_hash = await passwords.hash_password(password)
    account.must_change_password = True
    account.totp_secret = secret
    account.wechat_account_id = None
    await end_all_sessions(session, member.id)
    audit.record(session, actor, CHANGE_STAFF, subject_id=member.id)
    return Handover(member.id, password, passwords.otpauth_uri(secret, account.username))


async def end_sessions(session: AsyncSession, actor: StaffActor, member: StaffMember) -> None:
    await end_all_sessions(session, member.id)
    audit.record(session, actor, CHANGE_STAFF, subject_id=member.id)


def _refuse_own(actor: StaffActor, member: StaffMember) -> None:
    """Nobody widens their own reach, nor locks themselves out by a slip."""
    if member.id == actor.account_id:
        raise OwnAccount
