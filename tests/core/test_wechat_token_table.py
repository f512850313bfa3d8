"""The shared token cache on a real PostgreSQL, with one engine for each pretended process."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import clock
from app.core.db import make_engine
from app.core.settings import Settings
from app.core.wechat import Token, TokenTable, WeChatBusy, WechatToken
from tests.standin.running import APPID, CODE_IMAGE, STABLE, Running

NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)  # in Shanghai
TOKEN = Token(SecretStr("t" * 512), NOON + timedelta(hours=2))


@pytest_asyncio.fixture(scope="module")
async def two_engines(settings: Settings) -> AsyncIterator[list[AsyncEngine]]:
    made = [make_engine(settings), make_engine(settings)]
    yield made
    for engine in made:
        await engine.dispose()


@pytest_asyncio.fixture
async def tables(two_engines: list[AsyncEngine]) -> AsyncIterator[list[TokenTable]]:
    yield [TokenTable(engine, APPID) for engine in two_engines]
    async with two_engines[0].begin() as connection:
        await connection.execute(delete(WechatToken))


async def write(table: TokenTable, token: Token = TOKEN) -> None:
    async with table.refreshing() as held:
        await held.write(token)


async def force_at(table: TokenTable, at: datetime) -> bool:
    with clock.frozen(at):
        async with table.refreshing() as held:
            return await held.take_force()


async def test_what_one_process_writes_the_other_reads(tables: list[TokenTable]) -> None:
    assert await tables[1].read() is None

    await write(tables[0])

    assert await tables[1].read() == TOKEN


async def test_newer_token_replaces_the_older(tables: list[TokenTable]) -> None:
    newer = Token(SecretStr("newer"), NOON + timedelta(hours=3))

    await write(tables[0])
    await write(tables[1], newer)

    assert await tables[0].read() == newer


async def test_token_is_not_readable_in_the_database(
    tables: list[TokenTable], two_engines: list[AsyncEngine]
) -> None:
    await write(tables[0])

    async with two_engines[0].connect() as connection:
        stored = await connection.scalar(text("select access_token from wechat_token"))

    assert TOKEN.access_token.get_secret_value() not in stored


async def test_one_holder_at_a_time_across_processes(tables: list[TokenTable]) -> None:
    inside = 0
    seen: list[int] = []

    async def hold(table: TokenTable) -> None:
        nonlocal inside
        async with table.refreshing():
            inside += 1
            seen.append(inside)
            await asyncio.sleep(0.02)
            inside -= 1

    await asyncio.gather(*(hold(tables[i % 2]) for i in range(10)))

    assert seen == [1] * 10


async def test_lock_is_free_after_its_holder_was_cancelled(tables: list[TokenTable]) -> None:
    entered = asyncio.Event()

    async def hold_for_ever() -> None:
        async with tables[0].refreshing():
            entered.set()
            await asyncio.sleep(3600)

    holder = asyncio.create_task(hold_for_ever())
    await entered.wait()
    holder.cancel()

    async with asyncio.timeout(3), tables[1].refreshing():
        pass


async def test_waiting_for_the_lock_ends(
    tables: list[TokenTable], two_engines: list[AsyncEngine]
) -> None:
    impatient = TokenTable(two_engines[1], APPID, lock_wait_ms=50)

    async with tables[0].refreshing():
        with pytest.raises(WeChatBusy):
            async with impatient.refreshing():
                pass


async def test_rush_of_waiters_leaves_the_pool_to_others(
    tables: list[TokenTable], two_engines: list[AsyncEngine]
) -> None:
    async def wait() -> None:
        async with tables[1].refreshing():
            pass

    async with tables[0].refreshing():
        waiters = [asyncio.create_task(wait()) for _ in range(20)]
        await asyncio.sleep(0.2)
        async with asyncio.timeout(5), two_engines[1].connect() as connection:
            assert await connection.scalar(text("select 1")) == 1

    await asyncio.gather(*waiters)


async def test_cancelled_waiter_leaves_nothing_behind(tables: list[TokenTable]) -> None:
    async with tables[0].refreshing():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1), tables[1].refreshing():
                pass

    await write(tables[1])


async def test_force_is_granted_every_thirty_seconds(tables: list[TokenTable]) -> None:
    await write(tables[0])

    assert await force_at(tables[0], NOON)
    assert not await force_at(tables[1], NOON + timedelta(seconds=29))
    assert await force_at(tables[1], NOON + timedelta(seconds=30))


async def test_force_is_granted_twenty_times_a_day_in_shanghai(tables: list[TokenTable]) -> None:
    await write(tables[0])
    minute = timedelta(minutes=1)

    granted = [await force_at(tables[i % 2], NOON + i * minute) for i in range(21)]

    assert granted == [True] * 20 + [False]
    assert not await force_at(tables[0], NOON + timedelta(hours=11, minutes=59))
    assert await force_at(tables[0], NOON + timedelta(hours=12))


async def test_no_force_without_a_token_to_replace(tables: list[TokenTable]) -> None:
    assert not await force_at(tables[0], NOON)


async def test_new_token_does_not_reset_the_guard(tables: list[TokenTable]) -> None:
    await write(tables[0])
    assert await force_at(tables[0], NOON)

    await write(tables[0])

    assert not await force_at(tables[0], NOON + timedelta(seconds=1))


async def test_rush_of_two_processes_fetches_one_token(
    tables: list[TokenTable], here: Running
) -> None:
    """Forty callers, pools of a few connections: nobody starves, one call is made."""
    processes = [here.wechat(table) for table in tables]

    await asyncio.gather(
        *(processes[i % 2].unlimited_code("b=A", "pages/bind/index") for i in range(40))
    )

    assert here.calls(STABLE) == 1
    assert here.calls(CODE_IMAGE) == 40


async def test_persistent_refusal_forces_once_in_thirty_seconds(
    tables: list[TokenTable], here: Running
) -> None:
    processes = [here.wechat(table) for table in tables]
    await here.fault(CODE_IMAGE, errcode=40001, times=99)

    outcomes = await asyncio.gather(
        *(processes[i % 2].unlimited_code("b=A", "pages/bind/index") for i in range(6)),
        return_exceptions=True,
    )

    assert all(isinstance(outcome, Exception) for outcome in outcomes)
    assert here.standin.state.forces.count <= 1
    assert here.calls(CODE_IMAGE) <= 6 * 3
    assert here.calls(STABLE) <= 1 + 6 * 2
