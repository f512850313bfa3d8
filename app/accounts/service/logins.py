"""Log a member of staff in: password and one-time code, one answer whatever was wrong.

No transaction is open while a password is hashed: the account is read in one, what follows from
the password is written in another, which looks again at the locked row.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import jwt
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit, queries
from app.accounts.access import StaffActor
from app.accounts.models import StaffAccount
from app.accounts.service import attempts, links, passwords, scans
from app.accounts.service.credentials import waits_for_confirmation
from app.accounts.service.sessions import end_all_sessions, open_session
from app.core import clock
from app.core.db import Sessionmaker, find_locked
from app.core.problems import NotLoggedIn, Problem
from app.core.settings import Settings

TICKET_LIFE = timedelta(minutes=10)
TICKET_AUDIENCE = "weibu-first-password"


class LoginRefused(Problem):
    type, title, status = "login-refused", "用户名、密码或动态码不对，请重新输入。", 401


class PasswordChangedMeanwhile(Problem):
    type, status = "password-changed-meanwhile", 409
    title = "密码刚刚在别处改过，请用新密码重新操作。"


@dataclass(frozen=True)
class Given:
    username: str
    password: str
    code: str


@dataclass(frozen=True)
class Browser:
    """Who logs in from where; the session that opens lives `hours` at most."""

    address: str
    device: str
    hours: int
    request_id: UUID | None = None


@dataclass(frozen=True)
class LoggedIn:
    """`token` is the cookie of the open session; None while the password must be changed."""

    account: StaffAccount
    token: str | None


async def log_in(sessions: Sessionmaker, given: Given, browser: Browser) -> LoggedIn:
    """Every check is made every time, so that neither answer nor time tells which one failed."""
    async with sessions.begin() as session:
        seen = await queries.find_staff_account(session, given.username)
    name = attempts.name_of(given.username, known=seen is not None)
    attempt_id = await attempts.begin(sessions, name, browser.address)
    stored = seen.password_hash if seen else passwords.NOBODYS_HASH
    secret = seen.totp_secret if seen else passwords.NOBODYS_SECRET
    right_password = await passwords.verify_password(stored, given.password)
    renewed = stored
    if right_password and passwords.needs_rehash(stored):
        renewed = await passwords.hash_password(given.password)
    step = passwords.matching_step(secret, given.code)
    async with sessions.begin() as session:
        account = await find_locked(session, StaffAccount, seen.id) if seen else None
        right = right_password and account is not None and account.password_hash == stored
        fault = _fault(account, right, step)
        if account is None or step is None or fault is not None:
            await attempts.fail(session, attempt_id, fault or "code")
            token = None
        else:
            account.totp_last_step = step
            account.password_hash = renewed
            await attempts.succeed(session, attempt_id)
            token = await _open(session, account, browser)
    if account is None or fault is not None:
        raise LoginRefused
    return LoggedIn(account, token)


def _fault(account: StaffAccount | None, right_password: bool, step: int | None) -> str | None:
    """Of the locked row: of two requests with one code, the second finds it used."""
    if account is None:
        return "username"
    if not account.is_active:
        return "inactive"
    if not right_password:
        return "password"
    if waits_for_confirmation(account):
        return "renewal"
    if step is None or step <= account.totp_last_step:
        return "code"
    return None


async def _open(session: AsyncSession, account: StaffAccount, browser: Browser) -> str | None:
    if account.must_change_password:
        return None
    return await open_session(session, account.id, browser.device, browser.hours)


async def log_in_by_scan(session: AsyncSession, secret: str, browser: Browser) -> LoggedIn | None:
    """Find what the phone has confirmed for this browser, and open it; works once."""
    account = await scans.claim_login(session, secret, browser.address)
    if account is None:
        return None
    return LoggedIn(account, await _open(session, account, browser))


async def knows_password(
    sessions: Sessionmaker, account: StaffAccount, password: str, address: str
) -> bool:
    """Ask again at an open session: whoever sits there may not be who logged in.

    Counted with the log-ins, or the session would be a place to guess at will.
    """
    attempt_id = await attempts.begin(sessions, account.username, address)
    right = await passwords.verify_password(account.password_hash, password)
    async with sessions.begin() as session:
        if right:
            await attempts.succeed(session, attempt_id, attempts.CONFIRMED)
        else:
            await attempts.fail(session, attempt_id, "password")
    return right


def first_password_ticket(settings: Settings, account: StaffAccount) -> str:
    """Proof of a login with a password that was handed out: it opens only the change of it.

    It names that password, so that it is void once another one is handed out.
    """
    claims = {
        "sub": str(account.id),
        "pwd": _digest(account),
        "aud": TICKET_AUDIENCE,
        "exp": clock.now() + TICKET_LIFE,
    }
    return jwt.encode(claims, settings.token_key.get_secret_value(), "HS256")


def _digest(account: StaffAccount) -> str:
    return hashlib.sha256(account.password_hash.encode()).hexdigest()[:32]


async def set_first_password(
    sessions: Sessionmaker, settings: Settings, ticket: str, password: str, browser: Browser
) -> LoggedIn:
    holder, digest = _claims_of(settings, ticket)
    async with sessions.begin() as session:
        seen = await session.get(StaffAccount, holder)
    if seen is None or not _is_due(seen, digest):
        raise NotLoggedIn
    hashed = await passwords.hash_of_new(seen, password)
    async with sessions.begin() as session:
        account = await find_locked(session, StaffAccount, holder)
        if account is None or not _is_due(account, digest):
            raise NotLoggedIn
        account.password_hash, account.must_change_password = hashed, False
        audit.record_own(session, account.id, audit.SET_FIRST_PASSWORD, browser.request_id)
        return LoggedIn(account, await _open(session, account, browser))


def _is_due(account: StaffAccount, digest: str) -> bool:
    due = account.is_active and account.must_change_password
    return due and not waits_for_confirmation(account) and _digest(account) == digest


def _claims_of(settings: Settings, ticket: str) -> tuple[UUID, str]:
    """Read a ticket of ours that has not run out, by our clock and not by that of the library."""
    key = settings.token_key.get_secret_value()
    try:
        claims = jwt.decode(ticket, key, ["HS256"], {"verify_exp": False}, audience=TICKET_AUDIENCE)
        holder, digest, until = UUID(claims["sub"]), str(claims["pwd"]), int(claims["exp"])
    except (jwt.InvalidTokenError, KeyError, ValueError) as error:
        raise NotLoggedIn from error
    if until <= clock.now().timestamp():
        raise NotLoggedIn
    return holder, digest


async def change_password(
    sessions: Sessionmaker, actor: StaffActor, seen: StaffAccount, password: str
) -> None:
    """Whoever knew the old one is out: other sessions end, and the WeChat is no way in any more.

    `seen` is the account whose present password was just proved.
    """
    hashed = await passwords.hash_of_new(seen, password)
    async with sessions.begin() as session:
        account = await find_locked(session, StaffAccount, seen.id)
        if account is None or account.password_hash != seen.password_hash:
            raise PasswordChangedMeanwhile
        account.password_hash, account.must_change_password = hashed, False
        links.cut(session, account, actor.request_id, "password_changed")
        audit.record_own(session, account.id, audit.CHANGE_OWN_PASSWORD, actor.request_id)
        await end_all_sessions(session, account.id, but=actor.session_id)
