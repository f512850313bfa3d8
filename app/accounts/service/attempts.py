"""Slow down guessing: every try is counted before it is looked at.

Three counts of failures of the last 24 hours (each since its last success) decide the wait,
which begins with 5 s and doubles; the longest of the three holds:

* (name, address): 3 free, then up to 15 min. The strict one, and only for who guesses: counted
  per name alone, any stranger could keep a doctor out of the clinic by guessing on.
* name, from wherever: 120 free, then up to 5 min. Bounds who has many addresses to some 410
  guesses a day, each of which needs the password and a one-time code. One address gets about
  105 a day past the strict count, so it cannot bring this one about alone. Where the name has
  logged in within 30 days this count is not asked: its owner works there, and strangers do not.
* address, at whatever name: 30 free (a clinic shares one), then up to 15 min. Bounds who tries
  one password on many names.

Names count as they are typed, whether or not anybody has them, so that neither answer nor wait
tells. Logging in with a scanned code is never slowed.
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from uuid import UUID

from sqlalchemy import ColumnElement, Update, and_, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import LoginAttempt
from app.core import clock
from app.core.db import independent_session
from app.core.problems import TooManyAttempts

STARTED, SLOWED, OK, CONFIRMED = "started", "slowed", "ok", "confirmed"
FIRST_WAIT_S = 5
REMEMBERED = timedelta(hours=24)
KNOWN_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Limit:
    free: int
    longest_s: int

    def wait_s(self, failures: int) -> int:
        if failures < self.free:
            return 0
        return int(min(FIRST_WAIT_S * 2 ** min(failures - self.free, 20), self.longest_s))


PER_PAIR = Limit(free=3, longest_s=900)
PER_NAME = Limit(free=120, longest_s=300)
PER_ADDRESS = Limit(free=30, longest_s=900)


def network_of(address: str) -> str:
    """One household of IPv6 has 2^64 addresses: count its /64 as one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return parsed.exploded[:19] + "::/64"
    return address


async def begin(session: AsyncSession, username: str, address: str) -> UUID:
    """Book a failure ahead, in its own transaction, so that parallel guesses cannot outrun it."""
    async with independent_session(session) as own:
        key = func.hashtextextended(f"login:{username}", 0)
        await own.execute(select(func.pg_advisory_xact_lock(key)))
        wait_s = await _wait_of(own, username, address)
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


async def _wait_of(own: AsyncSession, username: str, address: str) -> int:
    by_name, by_address = LoginAttempt.username == username, LoginAttempt.address == address
    pair = and_(by_name, by_address)
    waits = [
        await _still_to_wait(own, pair, PER_PAIR),
        await _still_to_wait(own, by_address, PER_ADDRESS),
    ]
    if not await _is_known(own, pair):
        waits.append(await _still_to_wait(own, by_name, PER_NAME))
    return max(waits)


async def _is_known(own: AsyncSession, pair: ColumnElement[bool]) -> bool:
    since = clock.now() - KNOWN_FOR
    found = exists().where(pair, LoginAttempt.succeeded, LoginAttempt.created_at > since)
    return bool(await own.scalar(select(found)))


async def _still_to_wait(own: AsyncSession, whose: ColumnElement[bool], limit: Limit) -> int:
    """Seconds left of the wait that the failures since the last success have earned."""
    last_success = (
        select(func.max(LoginAttempt.created_at))
        .where(whose, LoginAttempt.succeeded)
        .scalar_subquery()
    )
    since = func.greatest(last_success, clock.now() - REMEMBERED)
    result = await own.execute(
        select(func.count(), func.max(LoginAttempt.created_at)).where(
            whose,
            ~LoginAttempt.succeeded,
            LoginAttempt.reason != SLOWED,
            LoginAttempt.created_at > since,
        )
    )
    failures, newest = result.one()
    if not failures:
        return 0
    over_at = newest + timedelta(seconds=limit.wait_s(failures))
    return max(0, -int((clock.now() - over_at).total_seconds() // 1))


async def fail(session: AsyncSession, attempt_id: UUID, reason: str) -> None:
    """Keep why, though the request around it is refused."""
    async with independent_session(session) as own:
        await own.execute(_outcome(attempt_id, False, reason))


async def succeed(session: AsyncSession, attempt_id: UUID, reason: str = OK) -> None:
    await session.execute(_outcome(attempt_id, True, reason))


def _outcome(attempt_id: UUID, succeeded: bool, reason: str) -> Update:
    return (
        update(LoginAttempt)
        .where(LoginAttempt.id == attempt_id)
        .values(succeeded=succeeded, reason=reason)
    )
