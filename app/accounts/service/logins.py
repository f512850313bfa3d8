"""Log a member of staff in: password and one-time code, one answer whatever was wrong."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import jwt
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import queries
from app.accounts.models import StaffAccount
from app.accounts.service import attempts, passwords
from app.accounts.service.credentials import waits_for_confirmation
from app.core import clock
from app.core.db import find_locked
from app.core.problems import NotLoggedIn, Problem
from app.core.settings import Settings

TICKET_LIFE = timedelta(minutes=10)
TICKET_AUDIENCE = "weibu-first-password"


class LoginRefused(Problem):
    type, title, status = "login-refused", "用户名、密码或动态码不对，请重新输入。", 401


class PasswordTooShort(Problem):
    type, title, status = "password-too-short", "新密码至少要 10 位。", 422


class PasswordUnchanged(Problem):
    type, title, status = "password-unchanged", "新密码不能与原来的相同。", 422


@dataclass(frozen=True)
class Credentials:
    username: str
    password: str
    code: str


async def log_in(session: AsyncSession, given: Credentials, address: str) -> StaffAccount:
    """Every check is made every time, so that neither answer nor time tells which one failed."""
    attempt_id = await attempts.begin(session, given.username, address)
    account = await queries.find_staff_account(session, given.username)
    fault = await _fault(session, account, given)
    if account is None or fault is not None:
        await attempts.fail(session, attempt_id, fault or "username")
        raise LoginRefused
    if passwords.needs_rehash(account.password_hash):
        account.password_hash = await passwords.hash_password(given.password)
    await attempts.succeed(session, attempt_id)
    return account


async def _fault(
    session: AsyncSession, account: StaffAccount | None, given: Credentials
) -> str | None:
    stored = account.password_hash if account else passwords.NOBODYS_HASH
    secret = account.totp_secret if account else passwords.NOBODYS_SECRET
    right_password = await passwords.verify_password(stored, given.password)
    step = passwords.matching_step(secret, given.code)
    if account is None:
        return "username"
    if not account.is_active:
        return "inactive"
    if not right_password:
        return "password"
    if waits_for_confirmation(account):
        return "renewal"
    if step is None or not await _use_step(session, account.id, step):
        return "code"
    return None


async def _use_step(session: AsyncSession, account_id: UUID, step: int) -> bool:
    """Let the row decide, so that two requests at once cannot use one code."""
    used = await session.execute(
        update(StaffAccount)
        .where(StaffAccount.id == account_id, StaffAccount.totp_last_step < step)
        .values(totp_last_step=step)
        .returning(StaffAccount.id)
    )
    return used.first() is not None


async def knows_password(
    session: AsyncSession, account: StaffAccount, password: str, address: str
) -> bool:
    """Ask again at an open session: whoever sits there may not be who logged in.

    Counted with the log-ins, or the session would be a place to guess at will.
    """
    attempt_id = await attempts.begin(session, account.username, address)
    if not await passwords.verify_password(account.password_hash, password):
        await attempts.fail(session, attempt_id, "password")
        return False
    await attempts.succeed(session, attempt_id, attempts.CONFIRMED)
    return True


def first_password_ticket(settings: Settings, account_id: UUID) -> str:
    """Proof of a login with a password that was handed out: it opens only the change of it."""
    claims = {
        "sub": str(account_id),
        "aud": TICKET_AUDIENCE,
        "exp": clock.now() + TICKET_LIFE,
    }
    return jwt.encode(claims, settings.token_key.get_secret_value(), "HS256")


async def set_first_password(
    session: AsyncSession, settings: Settings, ticket: str, password: str
) -> StaffAccount:
    account = await find_locked(session, StaffAccount, _holder_of(settings, ticket))
    if account is None or not account.is_active or not account.must_change_password:
        raise NotLoggedIn
    if waits_for_confirmation(account):
        raise NotLoggedIn
    await change_password(account, password)
    return account


def _holder_of(settings: Settings, ticket: str) -> UUID:
    key = settings.token_key.get_secret_value()
    try:
        claims = jwt.decode(ticket, key, ["HS256"], audience=TICKET_AUDIENCE)
        return UUID(claims["sub"])
    except (jwt.InvalidTokenError, KeyError, ValueError) as error:
        raise NotLoggedIn from error


async def change_password(account: StaffAccount, password: str) -> None:
    if len(password) < passwords.SHORTEST:
        raise PasswordTooShort
    if await passwords.verify_password(account.password_hash, password):
        raise PasswordUnchanged
    account.password_hash = await passwords.hash_password(password)
    account.must_change_password = False
