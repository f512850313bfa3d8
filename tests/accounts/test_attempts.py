"""Guessing gets slow for who guesses; whose name it is can still log in."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import LoginAttempt
from app.accounts.service import attempts
from app.accounts.service.attempts import PER_ADDRESS, PER_NAME, PER_PAIR
from app.core import clock
from app.core.problems import TooManyAttempts
from tests.accounts.conftest import Known

HERE, ELSEWHERE = "127.0.0.1", "198.51.100.7"
DAY_S = 24 * 3600


def tried(name: str, address: str, *, ok: bool = False, ago_s: float = 0) -> LoginAttempt:
    return LoginAttempt(
        username=name,
        address=address,
        succeeded=ok,
        reason="ok" if ok else "password",
        created_at=clock.now() - timedelta(seconds=ago_s),
    )


async def arrange(session: AsyncSession, *rows: LoginAttempt) -> None:
    session.add_all(rows)
    await session.flush()


async def wait_of(session: AsyncSession, name: str, address: str) -> int:
    """Seconds that this try is told to wait; 0 if it may go on."""
    try:
        await attempts.begin(session, name, address)
    except TooManyAttempts as slowed:
        return int(slowed.facts["retry_after_s"])
    return 0


def strangers(n: int) -> list[str]:
    return [f"203.0.113.{i}" for i in range(n)]


async def test_stranger_who_guesses_does_not_hold_up_the_doctor(
    client: httpx.AsyncClient, session: AsyncSession, doctor: Known
) -> None:
    await arrange(session, *(tried(doctor.username, ELSEWHERE) for _ in range(20)))

    stranger = await wait_of(session, doctor.username, ELSEWHERE)
    answer = await client.post("/staff/login", data=doctor.form())

    assert 880 <= stranger <= 900
    assert answer.status_code == 303


async def test_success_elsewhere_does_not_clear_the_guesser(session: AsyncSession) -> None:
    guesses = [tried("wang", ELSEWHERE, ago_s=60) for _ in range(9)]
    await arrange(session, *guesses, tried("wang", HERE, ok=True, ago_s=30))

    assert await wait_of(session, "wang", ELSEWHERE) > 200


async def test_guesses_from_many_addresses_at_one_name_are_slowed(session: AsyncSession) -> None:
    guesses = [tried("wang", a) for a in strangers(60) for _ in range(2)]
    assert len(guesses) == PER_NAME.free
    await arrange(session, *guesses)

    assert 0 < await wait_of(session, "wang", ELSEWHERE) <= attempts.FIRST_WAIT_S


@pytest.mark.parametrize(("ago", "free"), [(timedelta(days=29), True), (timedelta(days=31), False)])
async def test_address_of_a_recent_login_is_spared_what_strangers_did(
    session: AsyncSession, ago: timedelta, free: bool
) -> None:
    guesses = [tried("wang", a) for a in strangers(90) for _ in range(2)]
    await arrange(session, *guesses, tried("wang", HERE, ok=True, ago_s=ago.total_seconds()))

    assert (await wait_of(session, "wang", HERE) == 0) is free


async def test_known_address_still_waits_for_its_own_failures(session: AsyncSession) -> None:
    failures = [tried("wang", HERE) for _ in range(PER_PAIR.free)]
    await arrange(session, tried("wang", HERE, ok=True, ago_s=60), *failures)

    assert await wait_of(session, "wang", HERE) > 0


async def test_many_failures_from_one_address_slow_every_name(
    client: httpx.AsyncClient, session: AsyncSession, doctor: Known
) -> None:
    await arrange(session, *(tried(f"name-{n}", HERE) for n in range(PER_ADDRESS.free)))

    answer = await client.post("/staff/login", data=doctor.form())

    assert answer.status_code == 429


async def test_name_that_nobody_has_waits_the_same(session: AsyncSession, doctor: Known) -> None:
    names = (doctor.username, "nobody")
    await arrange(session, *(tried(name, HERE) for name in names for _ in range(6)))

    waits = [await wait_of(session, name, HERE) for name in names]

    assert waits[0] > 0
    assert abs(waits[0] - waits[1]) <= 1


@pytest.mark.parametrize(
    ("limit", "failures", "seconds"),
    [
        *((PER_PAIR, n, s) for n, s in [(0, 0), (2, 0), (3, 5), (4, 10), (10, 640), (11, 900)]),
        *((PER_NAME, n, s) for n, s in [(119, 0), (120, 5), (125, 160), (126, 300), (999, 300)]),
        *((PER_ADDRESS, n, s) for n, s in [(29, 0), (30, 5), (99, 900)]),
    ],
)
def test_wait_doubles_up_to_the_cap(limit: attempts.Limit, failures: int, seconds: int) -> None:
    assert limit.wait_s(failures) == seconds


def most_a_day(limit: attempts.Limit) -> int:
    """Count the tries of somebody who never stops and never succeeds."""
    tries, spent_s = 0, 0
    while spent_s < DAY_S:
        tries += 1
        spent_s += limit.wait_s(tries)
    return tries


def test_one_address_alone_cannot_bring_the_limit_of_a_name_about() -> None:
    assert most_a_day(PER_PAIR) < PER_NAME.free


def test_a_name_is_guessed_at_a_few_hundred_times_a_day_at_most() -> None:
    assert most_a_day(PER_NAME) < 450


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002::/64"),
        ("", "unknown"),
    ],
)
def test_addresses_of_one_household_count_as_one(address: str, counted: str) -> None:
    assert attempts.network_of(address) == counted
