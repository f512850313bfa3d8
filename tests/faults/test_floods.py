"""Whoever sends much, slowly or nothing at all does not take the system from a patient."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from app.accounts.limits import BINDINGS
from tests.accounts.factories import make_wechat_account
from tests.faults.world import World
from tests.running_system import RunningSystem

POOL = 10  # connections of the API process
FLOOD_S = 5
CHUNKED = "POST /api/auth/wechat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
PATIENT_WAITS_AT_MOST_S = 1.0
Flood = Callable[[], Awaitable[None]]


def percentile_95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


async def _patient(world: World, times: list[float]) -> None:
    """Open today again and again, as other patients do meanwhile."""
    while True:
        began = time.monotonic()
        answer = await world.phone.http.get("/api/today")
        times.append(time.monotonic() - began)
        assert answer.status_code == 200, answer.text
        await asyncio.sleep(0.1)


async def _waits_during(world: World, flood: Awaitable[object]) -> float:
    """How long a patient waits (95 of 100) while the flood goes on; every answer is 200."""
    times: list[float] = []
    patient = asyncio.create_task(_patient(world, times))
    await asyncio.sleep(0.3)
    try:
        async with asyncio.timeout(4 * FLOOD_S):
            await flood
    finally:
        if patient.done():
            patient.result()
        patient.cancel()
    with suppress(asyncio.CancelledError):
        await patient
    assert len(times) >= 5
    return percentile_95(times)


class Sockets:
    """Connections that send what they are told, and then nothing."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        self.open: list[asyncio.StreamWriter] = []
        self.readers: list[asyncio.StreamReader] = []

    async def begin(self, count: int, text: str) -> None:
        for _ in range(count):
            reader, writer = await asyncio.open_connection(self.host, self.port)
            writer.write(text.encode())
            self.open.append(writer)
            self.readers.append(reader)

    def close(self) -> None:
        for writer in self.open:
            writer.close()


@asynccontextmanager
async def sockets(system: RunningSystem) -> AsyncIterator[Sockets]:
    made = Sockets(system.origin)
    yield made
    made.close()


async def _flood(send: Flood, lanes: int = 3 * POOL, seconds: float = FLOOD_S) -> None:
    """Send in so many lanes, one after the other in each, for some seconds."""
    end = time.monotonic() + seconds

    async def lane() -> None:
        while time.monotonic() < end:
            with suppress(httpx.TransportError):
                await send()

    await asyncio.gather(*(lane() for _ in range(lanes)))


def _process_of(module: str) -> psutil.Process:
    children = psutil.Process().children(recursive=True)
    return next(child for child in children if child.cmdline()[-1] == module)


def _browser(system: RunningSystem) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=300)
    return httpx.AsyncClient(
        base_url=system.origin, headers={"origin": system.origin}, timeout=30, limits=limits
    )


async def test_silent_senders_of_a_form_hold_no_connection(
    world: World, system: RunningSystem
) -> None:
    origin = system.origin
    head = (
        f"POST /staff/login HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\n"
        "Cookie: weibu_staff=rubbish\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 40\r\n\r\nusername="
    )
    async with sockets(system) as silent:
        await silent.begin(3 * POOL, head)

        waits = await _waits_during(world, asyncio.sleep(FLOOD_S))

        async with asyncio.timeout(15):
            answers = await asyncio.gather(*(reader.read(20) for reader in silent.readers))
    assert waits <= PATIENT_WAITS_AT_MOST_S
    assert {answer.split(b" ")[1] for answer in answers} == {b"408"}


async def test_headers_that_do_not_come_end_the_connection(
    world: World, system: RunningSystem
) -> None:
    async with sockets(system) as half, sockets(system) as dumb:
        await half.begin(200, "GET /api/today HTTP/1.1\r\nHost: x\r\nX-Never: ")
        await dumb.begin(100, "")

        waits = await _waits_during(world, asyncio.sleep(FLOOD_S))

        async with asyncio.timeout(15):
            ends = await asyncio.gather(
                *(reader.read(1) for reader in half.readers + dumb.readers), return_exceptions=True
            )
    assert waits <= PATIENT_WAITS_AT_MOST_S
    assert all(end == b"" or isinstance(end, ConnectionError) for end in ends)


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        ("GET /api/today HTTP/1.1\r\nHost: x\r\nX-Never: ", "x" * 100_000),
        ("GET /api/today HTTP/1.1\r\nHost: x\r\n", "X-More: yes\r\n" * 8_000),
        (f"{CHUNKED}2\r\n{{}}\r\n0\r\nX-Trailer: ", "x" * 100_000),
    ],
    ids=["one header", "many headers", "trailer"],
)
async def test_headers_without_end_cost_nobody_anything(
    world: World, system: RunningSystem, begin: str, more: str
) -> None:
    process = _process_of("app.main")
    before = process.memory_info().rss

    async def push(endless: Sockets) -> None:
        end = time.monotonic() + FLOOD_S
        with suppress(ConnectionError):
            while time.monotonic() < end:
                for writer in endless.open:
                    writer.write(more.encode())
                    await writer.drain()
        await asyncio.sleep(end - time.monotonic())

    async with sockets(system) as endless:
        await endless.begin(2, begin)

        waits = await _waits_during(world, push(endless))

        async with asyncio.timeout(15):
            ends = await asyncio.gather(
                *(reader.read() for reader in endless.readers), return_exceptions=True
            )
    assert waits <= PATIENT_WAITS_AT_MOST_S
    assert process.memory_info().rss - before < 50_000_000
    assert all(isinstance(end, bytes | ConnectionError) for end in ends)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/auth/wechat", "application/json"),
        ("/staff/login", "application/x-www-form-urlencoded"),
        ("/staff/login", "multipart/form-data; boundary=x"),
    ],
)
async def test_a_giant_body_is_refused_and_not_kept(
    world: World, system: RunningSystem, path: str, kind: str
) -> None:
    process = _process_of("app.main")
    before = process.memory_info().rss
    highest = before

    async def giant() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"x" * 1_000_000

    async def send() -> None:
        nonlocal highest
        async with _browser(system) as browser:
            with suppress(httpx.TransportError):  # refused while still sending
                answer = await browser.post(path, content=giant(), headers={"content-type": kind})
                assert answer.status_code in {413, 415}
        highest = max(highest, process.memory_info().rss)
        await asyncio.sleep(0.1)

    waits = await _waits_during(world, _flood(send, lanes=4, seconds=3))

    assert waits <= PATIENT_WAITS_AT_MOST_S
    assert highest - before < 50_000_000


async def test_one_account_that_binds_without_end(world: World, system: RunningSystem) -> None:
    async with world.sessions.begin() as session:
        account = await make_wechat_account(session)
    token = world.token_of(account.id)

    async with _browser(system) as phone:
        phone.headers["authorization"] = f"Bearer {token}"
        numbers = iter(range(10_000))

        answers: Counter[int] = Counter()

        async def send() -> None:
            key = f"flood-of-bindings-{next(numbers)}"
            body = {"code": "ABCD2345", "accepted": []}
            headers = {"idempotency-key": key}
            answers[
                (await phone.post("/api/bindings", json=body, headers=headers)).status_code
            ] += 1

        waits = await _waits_during(world, _flood(send))
    assert answers.keys() == {404, 429}  # the code is unknown; then it is too much
    assert answers[404] <= BINDINGS.most

    assert waits <= PATIENT_WAITS_AT_MOST_S


async def test_log_ins_with_invented_names(world: World, system: RunningSystem) -> None:
    async with _browser(system) as browser:
        numbers = iter(range(10_000))

        async def send() -> None:
            form = {"username": f"nobody-{next(numbers)}", "password": "guess", "code": "123456"}
            await browser.post("/staff/login", data=form)

        waits = await _waits_during(world, _flood(send))

    assert waits <= PATIENT_WAITS_AT_MOST_S


async def test_log_ins_of_wechat_while_wechat_does_not_answer(
    world: World, system: RunningSystem
) -> None:
    """Nothing listens at WeChat's address here: each log-in waits and tries again."""
    async with _browser(system) as phone:

        async def send() -> None:
            await phone.post("/api/auth/wechat", json={"code": "a-code-of-nobody"})

        waits = await _waits_during(world, _flood(send))

    assert waits <= PATIENT_WAITS_AT_MOST_S


async def test_pages_without_a_log_in(world: World, system: RunningSystem) -> None:
    async with _browser(system) as browser:
        browser.cookies.set("weibu_staff", "rubbish")

        paths = cycle(["/staff/login", "/api/consents/documents", "/readyz", "/staff/", "/docs"])

        async def send() -> None:
            await browser.get(next(paths))

        waits = await _waits_during(world, _flood(send))

    assert waits <= PATIENT_WAITS_AT_MOST_S
