"""Slow down guessing: every try is counted before it is looked at.

Three counts of failures of the last 24 hours (each since its last success) decide the wait,
which begins with 5 s and doubles; the longest of the three holds:

* (name, address): 3 free, then up to 15 min. The strict one, and only for who guesses: counted
  per name alone, any stranger could keep a doctor out of the clinic by guessing on.
* name, from wherever: 120 free, then up to 5 min. Bounds who has many addresses to some 410
  guesses a day, each of which needs the password and a one-time code. One address gets about
  105 a day past the strict count, so it cannot bring this one about alone.
* address, at whatever name: 30 free (a clinic shares one), then up to 15 min. Bounds who tries
  one password on many names. A success forgives the failures of its own name only, or whoever
  has an account here could guess at the others' for ever.

Where the name has logged in from this address within 30 days only the first count is asked: its
owner works there, and what others do there, or to the name elsewhere, does not keep them out.

Names count as they are typed, whether or not anybody has them, so that neither answer nor wait
tells. Passwords are typed there by mistake, so a name that is nobody's is kept as a keyed hash.
Logging in with a scanned code is never slowed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Update, and_, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.models import LoginAttempt
from app.core import clock
from app.core.crypto import keyring
from app.core.db import Sessionmaker, take_turn
from app.core.problems import TooManyAttempts

STARTED, SLOWED, OK, CONFIRMED = "started", "slowed", "ok", "confirmed"
FIRST_WAIT_S = 5
REMEMBERED = timedelta(hours=24)
KNOWN_FOR = timedelta(days=30)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


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


def name_of(typed: str, *, known: bool) -> str:
    """Tell what a try is counted under; no user name begins with "#"."""
    return typed if known else f"#{keyring().lookup_hash('login.username', typed)}"


async def begin(sessions: Sessionmaker, username: str, address: str) -> UUID:
    """Book a failure ahead, in its own transaction, so that parallel guesses cannot outrun it.

    Nothing else may be open: the password is looked at after this, without a transaction.
    """
    async with sessions.begin() as own:
        for counted in (f"login:{username}", f"login-from:{address}"):  # in this order for all
            await take_turn(own, counted)
        wait_s = await _wait_of(own, username, address)
        attempt = LoginAttempt(
            username=username,
            address=address,
            succeeded=False,
            reason=SLOWED if wait_s else STARTED,
        )
        own.add(attempt)
    if wait_s:
        raise TooManyAttempts(retry_after_s=wait_s)
    return attempt.id


async def _wait_of(own: AsyncSession, username: str, address: str) -> int:
    by_name, by_address = LoginAttempt.username == username, LoginAttempt.address == address
    pair = and_(by_name, by_address)
    waits = [await _still_to_wait(own, _since_success(pair), PER_PAIR)]
    if not await _is_known(own, pair):
        waits.append(await _still_to_wait(own, _since_success(by_name), PER_NAME))
        waits.append(await _still_to_wait(own, _not_forgiven(by_address), PER_ADDRESS))
    return max(waits)


async def _is_known(own: AsyncSession, pair: ColumnElement[bool]) -> bool:
    since = clock.now() - KNOWN_FOR
    found = exists().where(pair, LoginAttempt.succeeded, LoginAttempt.created_at > since)
    return bool(await own.scalar(select(found)))


def _since_success(whose: ColumnElement[bool]) -> ColumnElement[bool]:
    last_success = (
        select(func.max(LoginAttempt.created_at))
        .where(whose, LoginAttempt.succeeded)
        .scalar_subquery()
    )
    return and_(whose, LoginAttempt.created_at > func.coalesce(last_success, LONG_AGO))


def _not_forgiven(whose: ColumnElement[bool]) -> ColumnElement[bool]:
    """Leave out the slips of who got in afterwards, at the same address under the same name."""
    later = aliased(LoginAttempt)
    got_in = exists().where(
        later.username == LoginAttempt.username,
        later.address == LoginAttempt.address,
        later.succeeded,
        later.created_at > LoginAttempt.created_at,
    )
    return and_(whose, ~got_in)


async def _still_to_wait(own: AsyncSession, counted: ColumnElement[bool], limit: Limit) -> int:
    """Seconds left of the wait that the failures have earned."""
    result = await own.execute(
        select(func.count(), func.max(LoginAttempt.created_at)).where(
            counted,
            ~LoginAttempt.succeeded,
            LoginAttempt.reason != SLOWED,
            LoginAttempt.created_at > clock.now() - REMEMBERED,
        )
    )
    failures, newest = result.one()
    if not failures:
        return 0
    over_at = newest + timedelta(seconds=limit.wait_s(failures))
    return max(0, -int((clock.now() - over_at).total_seconds() // 1))


async def fail(session: AsyncSession, attempt_id: UUID, reason: str) -> None:
    """Keep why; the caller's transaction must be kept, though the request is refused."""
    await session.execute(_outcome(attempt_id, False, reason))


async def succeed(session: AsyncSession, attempt_id: UUID, reason: str = OK) -> None:
    await session.execute(_outcome(attempt_id, True, reason))


def _outcome(attempt_id: UUID, succeeded: bool, reason: str) -> Update:
    return (
        update(LoginAttempt)
        .where(LoginAttempt.id == attempt_id)
        .values(succeeded=succeeded, reason=reason)
    )
