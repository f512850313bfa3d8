"""The account of a member of staff: made, given anew, switched on and off by an operator."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.accounts.service import passwords
from app.accounts.service.sessions import end_all_sessions
from app.core import clock
from app.core.db import get_locked
from app.core.problems import Problem


class UsernameTaken(Problem):
    type, title, status = "username-taken", "这个用户名已被使用，请换一个。", 409
    constraint = "uq_staff_account_username"


class RolesExclude(Problem):
    type, status = "roles-exclude", 422
    title = "医护、运营和病案录入员的角色不能放在同一个账号上，请为这个人另开一个账号。"
    constraint = "ck_staff_account_roles_fit"


class RenewalGone(Problem):
    type, title, status = "renewal-gone", "这次新密码已经作废，请管理员重新办理。", 409


@dataclass(frozen=True)
class NewSecrets:
    """What will open an account; nobody has it yet."""

    password: str
    password_hash: str
    totp_secret: str


@dataclass(frozen=True)
class Credentials:
    """What the operator hands over once, in person; neither can be read again."""

    account_id: UUID
    initial_password: str
    otpauth_uri: str


def check_roles(roles: Collection[Role]) -> list[str]:
    """List them in order, each once; those that exclude each other are refused."""
    one = set(roles)
    if len(one) > 1 and not one <= {Role.DOCTOR, Role.SUPERVISOR}:
        raise RolesExclude
    return sorted(one)


async def new_secrets() -> NewSecrets:
    """Make them before the transaction that hands them out: hashing is slow."""
    password = passwords.new_password()
    hashed = await passwords.hash_password(password)
    return NewSecrets(password, hashed, passwords.new_totp_secret())


async def make_account(
    session: AsyncSession,
    secrets: NewSecrets,
    username: str,
    roles: Collection[Role],
    *,
    active: bool = True,
) -> Credentials:
    """Make an account whose first password must be changed; a taken name is a UsernameTaken."""
    fit = check_roles(roles)
    account = StaffAccount(
        username=username,
        password_hash=secrets.password_hash,
        must_change_password=True,
        totp_secret=secrets.totp_secret,
        roles=fit,
        is_active=active,
    )
    session.add(account)
    await session.flush()  # what follows takes the account's id; a taken name must be heard now
    return _handed_out(account, secrets)


def _handed_out(account: StaffAccount, secrets: NewSecrets) -> Credentials:
    uri = passwords.otpauth_uri(secrets.totp_secret, account.username)
    return Credentials(account.id, secrets.password, uri)


async def renew(session: AsyncSession, account_id: UUID, secrets: NewSecrets) -> Credentials:
    """For who lost the phone or the password; the old ones and every session are dead.

    So are the link of the WeChat, what it has said yes to, and a ticket of a first log-in.
    """
    given = await prepare_renewal(session, account_id, secrets, clock.now())
    await apply_renewal(session, account_id, keep_phone=False)
    return given


async def prepare_renewal(
    session: AsyncSession, account_id: UUID, secrets: NewSecrets, until: datetime
) -> Credentials:
    """Keep new credentials that open nothing before `apply_renewal`, and end every session.

    Until then, or until that moment, the old password opens nothing either; the account's own
    linked phone still does.
    """
    account = await get_locked(session, StaffAccount, account_id)
    account.next_password_hash = secrets.password_hash
    account.next_totp_secret = secrets.totp_secret
    account.next_until = until
    await end_all_sessions(session, account_id)
    return _handed_out(account, secrets)


async def apply_renewal(session: AsyncSession, account_id: UUID, *, keep_phone: bool) -> None:
    """Let the new credentials take the place of the old ones; whoever is in is out."""
    account = await get_locked(session, StaffAccount, account_id)
    if account.next_password_hash is None or account.next_totp_secret is None:
        raise RenewalGone
    account.password_hash = account.next_password_hash
    account.totp_secret = account.next_totp_secret
    account.must_change_password = True
    if not keep_phone:
        account.wechat_account_id = account.wechat_linked_at = None
    _forget_renewal(account)
    await end_all_sessions(session, account_id)


async def drop_renewal(session: AsyncSession, account_id: UUID) -> None:
    """Let the old credentials open the account again."""
    _forget_renewal(await get_locked(session, StaffAccount, account_id))


def _forget_renewal(account: StaffAccount) -> None:
    account.next_password_hash = account.next_totp_secret = account.next_until = None


def waits_for_confirmation(account: StaffAccount) -> bool:
    """Say whether renewed credentials of this account still wait for a second person."""
    return account.next_until is not None and account.next_until > clock.now()


async def set_roles(
    session: AsyncSession, account_id: UUID, roles: Collection[Role]
) -> tuple[list[str], list[str]]:
    """Answer the roles before and after."""
    account = await session.get_one(StaffAccount, account_id)
    before, account.roles = account.roles, check_roles(roles)
    return before, account.roles


async def set_active(session: AsyncSession, account_id: UUID, active: bool) -> None:
    """Switch an account on, or off and out of every session."""
    account = await get_locked(session, StaffAccount, account_id)
    account.is_active = active
    if not active:
        await end_all_sessions(session, account_id)
