"""Guessing gets slow for who guesses; whose name it is can still log in."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import network_of
from app.accounts.models import LoginAttempt
from app.accounts.service import attempts
from app.accounts.service.attempts import PER_ADDRESS, PER_NAME, PER_PAIR
from app.core import clock
from app.core.db import Sessionmaker
from app.core.problems import TooManyAttempts
from tests.accounts.conftest import PASSWORD, Known
from tests.accounts.factories import staff_client

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


Wait = Callable[[str, str], Awaitable[int]]


@pytest.fixture
def wait_of(sessions: Sessionmaker) -> Wait:
    """Seconds that a try with this name from this address is told to wait; 0 if it may go on."""

    async def wait(name: str, address: str) -> int:
        try:
            await attempts.begin(sessions, name, address)
        except TooManyAttempts as slowed:
            return int(slowed.facts["retry_after_s"])
        return 0

    return wait


def strangers(n: int) -> list[str]:
    return [f"203.0.113.{i}" for i in range(n)]


async def test_stranger_who_guesses_does_not_hold_up_the_doctor(
    client: httpx.AsyncClient, session: AsyncSession, wait_of: Wait, doctor: Known
) -> None:
    await arrange(session, *(tried(doctor.username, ELSEWHERE) for _ in range(20)))

    stranger = await wait_of(doctor.username, ELSEWHERE)
    answer = await client.post("/staff/login", data=doctor.form())

    assert 880 <= stranger <= 900
    assert answer.status_code == 303


async def test_what_was_refused_for_coming_too_fast_does_not_prolong_the_wait(
    session: AsyncSession, wait_of: Wait
) -> None:
    """Else whoever presses again and again, or lets a program do so, would never get in."""
    await arrange(session, *(tried("wang", HERE) for _ in range(PER_PAIR.free)))

    with clock.frozen(clock.now()):
        waits = [await wait_of("wang", HERE) for _ in range(5)]
    with clock.frozen(clock.now() + timedelta(seconds=attempts.FIRST_WAIT_S)):
        over = await wait_of("wang", HERE)

    assert set(waits) == {attempts.FIRST_WAIT_S}
    assert over == 0


async def test_success_elsewhere_does_not_clear_the_guesser(
    session: AsyncSession, wait_of: Wait
) -> None:
    guesses = [tried("wang", ELSEWHERE, ago_s=60) for _ in range(9)]
    await arrange(session, *guesses, tried("wang", HERE, ok=True, ago_s=30))

    assert await wait_of("wang", ELSEWHERE) > 200


async def test_guesses_from_many_addresses_at_one_name_are_slowed(
    session: AsyncSession, wait_of: Wait
) -> None:
    guesses = [tried("wang", a) for a in strangers(60) for _ in range(2)]
    assert len(guesses) == PER_NAME.free
    await arrange(session, *guesses)

    assert 0 < await wait_of("wang", ELSEWHERE) <= attempts.FIRST_WAIT_S


@pytest.mark.parametrize(("ago", "free"), [(timedelta(days=29), True), (timedelta(days=31), False)])
async def test_address_of_a_recent_login_is_spared_what_strangers_did(
    session: AsyncSession, wait_of: Wait, ago: timedelta, free: bool
) -> None:
    guesses = [tried("wang", a) for a in strangers(90) for _ in range(2)]
    await arrange(session, *guesses, tried("wang", HERE, ok=True, ago_s=ago.total_seconds()))

    assert (await wait_of("wang", HERE) == 0) is free


async def test_known_address_still_waits_for_its_own_failures(
    session: AsyncSession, wait_of: Wait
) -> None:
    failures = [tried("wang", HERE) for _ in range(PER_PAIR.free)]
    await arrange(session, tried("wang", HERE, ok=True, ago_s=60), *failures)

    assert await wait_of("wang", HERE) > 0


def invented(n: int) -> list[LoginAttempt]:
    return [tried(f"name-{i}", HERE, ago_s=n - i) for i in range(n)]


async def test_many_failures_from_one_address_slow_a_name_that_is_new_there(
    client: httpx.AsyncClient, session: AsyncSession, doctor: Known
) -> None:
    await arrange(session, *invented(PER_ADDRESS.free))

    answer = await client.post("/staff/login", data=doctor.form())

    assert answer.status_code == 429


async def test_whoever_works_there_is_not_kept_out_by_what_others_try_there(
    client: httpx.AsyncClient, session: AsyncSession, doctor: Known
) -> None:
    before = tried(doctor.username, HERE, ok=True, ago_s=3600)
    await arrange(session, before, *invented(3 * PER_ADDRESS.free))

    answer = await client.post("/staff/login", data=doctor.form())

    assert answer.status_code == 303


async def test_whoever_has_an_account_there_does_not_wipe_out_guesses_at_others(
    app: FastAPI, session: AsyncSession, doctor: Known, wait_of: Wait
) -> None:
    await arrange(session, *invented(PER_ADDRESS.free + 5))
    browser = await staff_client(app, session, doctor.id)
    new = "a password nobody knows"
    form = {"present": PASSWORD, "password": new, "repeated": new}
    earlier = tried(doctor.username, HERE, ok=True, ago_s=3600)  # known there: may confirm
    await arrange(session, earlier)

    confirmed = await browser.post("/staff/account/password", data=form)
    logged_in = await browser.post("/staff/login", data=doctor.form(password=new))

    assert [confirmed.status_code, logged_in.status_code] == [303, 303]
    assert await wait_of("somebody-else", HERE) > 0


async def test_a_slip_is_forgiven_once_its_owner_is_in(
    session: AsyncSession, wait_of: Wait
) -> None:
    slips = [tried(f"name-{i}", HERE, ago_s=60) for i in range(PER_ADDRESS.free)]
    await arrange(session, *slips, tried("name-0", HERE, ok=True, ago_s=30))
    one_less = await wait_of("new-one", HERE)

    assert one_less == 0


@pytest.mark.parametrize(
    "success",
    [
        pytest.param({"address": ELSEWHERE, "ago_s": 30}, id="elsewhere"),
        pytest.param({"address": HERE, "ago_s": 90}, id="before"),
    ],
)
async def test_a_slip_is_not_forgiven_by_another_success(
    session: AsyncSession, wait_of: Wait, success: dict[str, Any]
) -> None:
    slips = [tried(f"name-{i}", HERE, ago_s=1) for i in range(PER_ADDRESS.free)]
    await arrange(session, *slips, tried("name-0", ok=True, **success))

    assert await wait_of("new-one", HERE) > 0


async def test_what_is_no_user_name_is_kept_as_a_keyed_hash(
    client: httpx.AsyncClient, session: AsyncSession, doctor: Known
) -> None:
    for username in ("my secret password", "my secret password", doctor.username):
        await client.post("/staff/login", data=doctor.form(username=username, password="x"))

    kept = list(await session.scalars(select(LoginAttempt.username)))
    assert sorted(kept)[2] == doctor.username
    assert kept.count(attempts.name_of("my secret password", known=False)) == 2
    assert "secret" not in "".join(kept)


async def test_a_name_that_nobody_has_is_slowed_by_its_hash(
    client: httpx.AsyncClient, doctor: Known
) -> None:
    form = doctor.form(username="nobody")
    answers = [await client.post("/staff/login", data=form) for _ in range(PER_PAIR.free + 1)]

    assert [a.status_code for a in answers] == [401] * PER_PAIR.free + [429]


async def test_name_that_nobody_has_waits_the_same(
    session: AsyncSession, wait_of: Wait, doctor: Known
) -> None:
    names = (doctor.username, "nobody")
    await arrange(session, *(tried(name, HERE) for name in names for _ in range(6)))

    waits = [await wait_of(name, HERE) for name in names]

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
    assert network_of(address) == counted
