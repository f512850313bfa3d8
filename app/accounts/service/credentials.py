"""The account of a member of staff: made, given anew, switched on and off by an operator."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.accounts.service import passwords
from app.accounts.service.sessions import end_all_sessions
from app.core.db import get_locked
from app.core.problems import Problem


class UsernameTaken(Problem):
    type, title, status = "username-taken", "这个用户名已被使用，请换一个。", 409
    constraint = "uq_staff_account_username"


@dataclass(frozen=True)
class Credentials:
    """What the operator hands over once, in person; neither can be read again."""

    account_id: UUID
    initial_password: str
    otpauth_uri: str


async def make_account(
    session: AsyncSession, username: str, roles: Collection[Role]
) -> Credentials:
    """Make an account whose first password must be changed; a taken name is a UsernameTaken."""
    password, secret = passwords.new_password(), passwords.new_totp_secret()
    account = StaffAccount(
        username=username,
        password_hash=await passwords.hash_handed_out(password),
        must_change_password=True,
        totp_secret=secret,
        roles=sorted(set(roles)),
    )
    session.add(account)
    await session.flush()  # what follows takes the account's id; a taken name must be heard now
    return Credentials(account.id, password, passwords.otpauth_uri(secret, username))


async def renew(session: AsyncSession, account_id: UUID) -> Credentials:
    """For who lost the phone or the password; the old ones and every session are dead.

    So are the link of the WeChat, what it has said yes to, and a ticket of a first log-in.
    """
    password, secret = passwords.new_password(), passwords.new_totp_secret()
    hashed = await passwords.hash_handed_out(password)  # before the lock, which others wait for
    account = await get_locked(session, StaffAccount, account_id)
    account.password_hash = hashed
    account.must_change_password = True
    account.totp_secret = secret
    account.wechat_account_id = account.wechat_linked_at = None
    await end_all_sessions(session, account_id)
    return Credentials(account_id, password, passwords.otpauth_uri(secret, account.username))


async def set_roles(
    session: AsyncSession, account_id: UUID, roles: Collection[Role]
) -> tuple[list[str], list[str]]:
    """Answer the roles before and after."""
    account = await session.get_one(StaffAccount, account_id)
    before, account.roles = account.roles, sorted(set(roles))
    return before, account.roles


async def set_active(session: AsyncSession, account_id: UUID, active: bool) -> None:
    """Switch an account on, or off and out of every session."""
    account = await get_locked(session, StaffAccount, account_id)
    account.is_active = active
    if not active:
        await end_all_sessions(session, account_id)
