"""Slow down guessing: every try is counted before it is looked at."""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from uuid import UUID

from sqlalchemy import ColumnElement, Update, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import LoginAttempt
from app.core import clock
from app.core.db import independent_session
from app.core.problems import TooManyAttempts

STARTED, SLOWED, OK = "started", "slowed", "ok"
FREE_PER_NAME = 3
FREE_PER_ADDRESS = 30  # a clinic shares one address
FIRST_WAIT_S = 5
LONGEST_WAIT_S = 900
REMEMBERED = timedelta(hours=24)


def network_of(address: str) -> str:
    """One household of IPv6 has 2^64 addresses: count its /64 as one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return parsed.exploded[:19] + "::/64"
    return address


def wait_after(failures: int, free: int) -> int:
    if failures < free:
        return 0
    return int(min(FIRST_WAIT_S * 2 ** min(failures - free, 20), LONGEST_WAIT_S))


async def begin(session: AsyncSession, username: str, address: str) -> UUID:
    """Book a failure ahead, in its own transaction, so that parallel guesses cannot outrun it."""
    async with independent_session(session) as own:
        key = func.hashtextextended(f"login:{username}", 0)
        await own.execute(select(func.pg_advisory_xact_lock(key)))
        wait_s = max(
            await _still_to_wait(own, LoginAttempt.username == username, FREE_PER_NAME),
            await _still_to_wait(own, LoginAttempt.address == address, FREE_PER_ADDRESS),
        )
        attempt = LoginAttempt(
            username=username,
            address=address,
            succeeded=False,
            reason=SLOWED if wait_s else STARTED,
        )
        own.add(attempt)
        await own.flush()  # the id is read after the block
    if wait_s:
        raise TooManyAttempts(retry_after_s=wait_s)
    return attempt.id


async def _still_to_wait(own: AsyncSession, whose: ColumnElement[bool], free: int) -> int:
    """Seconds left of the wait that the failures since the last success have earned."""
    last_success = (
        select(func.max(LoginAttempt.created_at))
        .where(whose, LoginAttempt.succeeded)
        .scalar_subquery()
    )
    since = func.greatest(last_success, clock.now() - REMEMBERED)
    found = await own.execute(
        select(func.count(), func.max(LoginAttempt.created_at)).where(
            whose,
            ~LoginAttempt.succeeded,
            LoginAttempt.reason != SLOWED,
            LoginAttempt.created_at > since,
        )
    )
    failures, newest = found.one()
    if not failures:
        return 0
    over_at = newest + timedelta(seconds=wait_after(failures, free))
    return max(0, -int((clock.now() - over_at).total_seconds() // 1))


async def fail(session: AsyncSession, attempt_id: UUID, reason: str) -> None:
    """Keep why, though the request around it is refused."""
    async with independent_session(session) as own:
        await own.execute(_outcome(attempt_id, False, reason))


async def succeed(session: AsyncSession, attempt_id: UUID) -> None:
    await session.execute(_outcome(attempt_id, True, OK))


def _outcome(attempt_id: UUID, succeeded: bool, reason: str) -> Update:
    return (
        update(LoginAttempt)
        .where(LoginAttempt.id == attempt_id)
        .values(succeeded=succeeded, reason=reason)
    )
