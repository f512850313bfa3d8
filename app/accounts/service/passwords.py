"""Passwords by argon2id and one-time codes by TOTP: how to check them, in what time."""

import secrets
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import pyotp
from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.accounts.models import StaffAccount
from app.accounts.rules import SHORTEST, is_easily_guessed
from app.core import clock
from app.core.problems import Problem
from app.core.waiting import about_to_wait

ISSUER = "微步之约"
STEP_S = 30
Given = TypeVarTuple("Given")
Result = TypeVar("Result")
_hasher = PasswordHasher()
# Of its own: a burst of log-ins must not fill the threads that the storage's client needs, nor
# every core.
HASHING = CapacityLimiter(2)
# Checked against when there is no such account, so that an unknown name takes the same time.
NOBODYS_HASH = _hasher.hash(secrets.token_urlsafe())
NOBODYS_SECRET = pyotp.random_base32()


class PasswordTooShort(Problem):
    type, title, status = "password-too-short", "新密码至少要 10 位。", 422


class PasswordTooCommon(Problem):
    type, status = "password-too-common", 422
    title = "这个密码太容易被猜到，请换一个：不要用连着的键、用户名、手机号或“微步”。"


class PasswordUnchanged(Problem):
    type, title, status = "password-unchanged", "新密码不能与原来的相同。", 422


async def hash_password(password: str) -> str:
    return await _in_thread(_hasher.hash, password)


async def verify_password(password_hash: str, password: str) -> bool:
    return await _in_thread(_verify, password_hash, password)


async def _in_thread(slow: Callable[[*Given], Result], *given: *Given) -> Result:
    """Run what is slow on purpose: never on the loop, never while a transaction is open."""
    about_to_wait()
    return await to_thread.run_sync(slow, *given, limiter=HASHING)


async def hash_of_new(account: StaffAccount, password: str) -> str:
    """Hash what a person has chosen, or refuse it; without a transaction, as above."""
    if len(password) < SHORTEST:
        raise PasswordTooShort
    if is_easily_guessed(password, account.username):
        raise PasswordTooCommon
    if await verify_password(account.password_hash, password):
        raise PasswordUnchanged
    return await hash_password(password)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    return _hasher.check_needs_rehash(password_hash)


def new_password() -> str:
    """For an operator to hand over once; the person must change it."""
    return secrets.token_urlsafe(12)


def new_totp_secret() -> str:
    return pyotp.random_base32()


def otpauth_uri(secret: str, username: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def matching_step(secret: str, code: str) -> int | None:
    """Find the 30-second step of `code`: the present one, or one to either side."""
    present = int(clock.now().timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    found = None
    for step in (present - 1, present, present + 1):
        if secrets.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            found = step
    return found
