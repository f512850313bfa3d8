"""Passwords by argon2id and one-time codes by TOTP: how to check them, in what time."""

import secrets

import pyotp
from anyio import to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core import clock

SHORTEST = 10
ISSUER = "微步之约"
STEP_S = 30
_hasher = PasswordHasher()
# Checked against when there is no such account, so that an unknown name takes the same time.
NOBODYS_HASH = _hasher.hash(secrets.token_urlsafe())
NOBODYS_SECRET = pyotp.random_base32()


async def hash_password(password: str) -> str:
    return await to_thread.run_sync(_hasher.hash, password)


async def verify_password(password_hash: str, password: str) -> bool:
    """In a thread: it is slow on purpose and must not hold the loop."""
    return await to_thread.run_sync(_verify, password_hash, password)


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
