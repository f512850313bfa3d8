"""Many open pages on one process: what they cost, how soon they hear, who waits for them."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import quantiles

import psycopg
from sqlalchemy import text

from app.core.db import Sessionmaker, make_engine, make_sessions
from app.core.settings import Settings
from app.core.stream import tell
from scripts.benchmark.listening import Listener
from scripts.benchmark.load import Load, Plan, run_load
from scripts.benchmark.servers import HOST, Server
from scripts.benchmark.world import STAFF, Call, bench_id

OPEN = 500
QUIET_S = 20.0  # longer than the time between two signs of life
MESSAGES, EVERY_S = 40, 0.25
LANES, SECONDS = 2, MESSAGES * EVERY_S
STAFF_ID = bench_id(STAFF, 1)
TOPIC = f"staff:{STAFF_ID}"
_SESSION = """
insert into staff_session (id, created_at, staff_account_id, token_hash, expires_at, device)
select gen_random_uuid(), now(), %(staff)s, hash, now() + interval '1 hour', 'streams'
from unnest(%(hashes)s::text[]) hash
"""


@dataclass(frozen=True, slots=True)
class Streams:
    """Memory in kB a stream; CPU as a share of one core, in silence and while messages come.

    `p50_ms`, `p95_ms`, `max_ms`: from the commit to each open page. `alone_p95_ms` and
    `beside_p95_ms`: an ordinary page with no stream open, and with all of them hearing messages.
    """

    open: int
    opened_s: float
    kb_each: float
    quiet_cpu: float
    busy_cpu: float
    p50_ms: float
    p95_ms: float
    max_ms: float
    back_s: float  # from the loss of the LISTEN connection to the last page that heard
    alone_p95_ms: float
    beside_p95_ms: float


def measure(settings: Settings, conninfo: str, server: Server, count: int = OPEN) -> Streams:
    """Raise RuntimeError when a page is refused, misses a message or hears one twice."""
    cookies = [f"bench-stream-{n}" for n in range(count)]
    with psycopg.connect(conninfo, autocommit=True) as connection:
        hashes = [hashlib.sha256(cookie.encode()).hexdigest() for cookie in cookies]
        connection.execute(_SESSION, {"staff": STAFF_ID, "hashes": hashes})
        try:
            return asyncio.run(_measure(settings, server, cookies))
        finally:
            connection.execute("delete from staff_session where device = 'streams'")


async def _measure(settings: Settings, server: Server, cookies: Sequence[str]) -> Streams:
    engine = make_engine(settings)
    sessions = make_sessions(engine)
    alone = await _ordinary(server, cookies[0])
    before_kb = _memory_kb(server)
    began = time.perf_counter()
    async with _opened(server, cookies) as listeners:
        opened_s = time.perf_counter() - began
        kb_each = (_memory_kb(server) - before_kb) / len(listeners)
        quiet = server.cpu_seconds()
        await asyncio.sleep(QUIET_S)
        quiet_cpu = (server.cpu_seconds() - quiet) / QUIET_S
        told_at, busy_cpu = await _tell_many(server, sessions)
        waits = await _waits(listeners, told_at)
        _, beside = await asyncio.gather(
            _tell_many(server, sessions), _ordinary(server, cookies[0])
        )
        back_s = await _lose_connection(sessions, listeners)
    await engine.dispose()
    percent = quantiles(waits, n=100)
    return Streams(
        open=len(cookies),
        opened_s=opened_s,
        kb_each=kb_each,
        quiet_cpu=quiet_cpu,
        busy_cpu=busy_cpu,
        p50_ms=percent[49],
        p95_ms=percent[94],
        max_ms=max(waits),
        back_s=back_s,
        alone_p95_ms=_p95_ms(alone),
        beside_p95_ms=_p95_ms(beside),
    )


@asynccontextmanager
async def _opened(server: Server, cookies: Sequence[str]) -> AsyncIterator[list[Listener]]:
    listeners = [Listener(server.port, cookie) for cookie in cookies]
    await asyncio.gather(*(listener.open() for listener in listeners))
    if refused := {x.status for x in listeners} - {200}:
        raise RuntimeError(f"streams were refused: {refused}")
    await asyncio.gather(*(listener.until(1, "hello", 30) for listener in listeners))
    yield listeners
    await asyncio.gather(*(listener.close() for listener in listeners))


async def _tell_many(server: Server, sessions: Sessionmaker) -> tuple[list[float], float]:
    """Answer the moment of each commit, and the share of a core that the server used."""
    told_at, cpu_s, began = [], server.cpu_seconds(), time.perf_counter()
    for number in range(MESSAGES):
        async with sessions.begin() as session:
            await tell(session, [TOPIC], "list.changed", number=number)
        told_at.append(time.perf_counter())
        await asyncio.sleep(EVERY_S)
    return told_at, (server.cpu_seconds() - cpu_s) / (time.perf_counter() - began)


async def _waits(listeners: Sequence[Listener], told_at: Sequence[float]) -> list[float]:
    """Milliseconds; this process reads all streams, so its own work is in it."""
    await _all_have(listeners, len(told_at))
    return [
        (received.at - at) * 1000
        for listener in listeners
        for received, at in zip(listener.messages, told_at, strict=True)
    ]


async def _all_have(listeners: Sequence[Listener], count: int) -> None:
    await asyncio.gather(*(listener.until(count, within_s=30) for listener in listeners))
    if any(len(listener.messages) != count for listener in listeners):
        raise RuntimeError("a message came twice")


async def _lose_connection(sessions: Sessionmaker, listeners: Sequence[Listener]) -> float:
    before = 2 * MESSAGES
    await _all_have(listeners, before)
    began = time.perf_counter()
    async with sessions.begin() as session:
        await session.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'weibu stream' and datname = current_database()"
            )
        )
    async with sessions.begin() as session:
        await tell(session, [TOPIC], "list.changed", number=0)
    await _all_have(listeners, before + 1)
    return time.perf_counter() - began


async def _ordinary(server: Server, cookie: str) -> Load:
    call = Call("GET", "/staff/account", {"Cookie": f"weibu_staff={cookie}"}).raw()
    load = await asyncio.to_thread(run_load, Plan(HOST, server.port, [[call]] * LANES, SECONDS))
    if set(load.statuses) != {200}:
        raise RuntimeError(f"answers that were no success: {load.statuses}")
    return load


def _p95_ms(load: Load) -> float:
    return quantiles(load.latencies, n=100)[94] * 1000


def _memory_kb(server: Server) -> float:
    return float(server.process.memory_info().rss) / 1024
