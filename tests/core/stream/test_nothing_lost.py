"""Lost connections, restarts, slow readers, transactions that overlap: no message is lost."""

import asyncio
import random
import time

import pytest

from app.core.stream import StreamEvent, hub, streams, tell
from tests.core.stream.conftest import People, Served, end_listening_connection, numbers

LONG = "x" * 1000


def _row(people: People, number: int) -> StreamEvent:
    """Write what `tell` writes, without its NOTIFY."""
    ids = {"number": number, "long": LONG}
    return StreamEvent(topic=f"team:{people.team.id}", name="list.changed", ids=ids)


async def test_commits_in_reverse_order_both_arrive(served: Served, people: People) -> None:
    listener = await served.listen(await served.browser(people.doctor.id))
    topic = f"team:{people.team.id}"
    async with served.sessions() as first, served.sessions() as second:
        slow, quick = await first.begin(), await second.begin()
        await tell(first, [topic], "list.changed", number=1)
        await tell(second, [topic], "list.changed", number=2)
        await quick.commit()
        await listener.until(1)
        await slow.commit()

    await listener.until(2)

    assert numbers(listener) == [2, 1]


async def test_what_is_told_while_nobody_listens_arrives(
    served: Served, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "FIRST_WAIT_S", 0.5)
    listening = [await served.listen(await served.browser(people.doctor.id)) for _ in range(5)]
    await served.tell(people.team, 0)
    await listening[0].until(1)

    assert await end_listening_connection(served.sessions) == 1
    for number in range(1, 4):
        await served.tell(people.team, number)
    await asyncio.gather(*(listener.until(4) for listener in listening))
    await served.tell(people.team, 4)
    await asyncio.gather(*(listener.until(5) for listener in listening))

    assert [numbers(listener) for listener in listening] == [[0, 1, 2, 3, 4]] * 5
    assert all(listener.events("resync") == [] for listener in listening)


async def test_who_came_before_the_hub_had_read_misses_nothing(
    served: Served, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a start when the database lets the hub wait."""
    monkeypatch.setattr(hub, "FIRST_WAIT_S", 0.5)
    listener = await served.listen(await served.browser(people.doctor.id))
    await end_listening_connection(served.sessions)
    served.hub.position = None

    await served.tell(people.team, 1)
    await listener.until(1)
    await served.tell(people.team, 2)
    await listener.until(2)

    assert numbers(listener) == [1, 2]


async def test_a_lost_notification_is_made_up_for(
    served: Served, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a change of server behind one address: the rows are there, nobody was notified."""
    monkeypatch.setattr(hub, "HEARTBEAT_S", 0.2)
    listener = await served.listen(await served.browser(people.doctor.id))
    await end_listening_connection(served.sessions)  # so that the shorter wait is in force
    await asyncio.sleep(0.5)
    async with served.sessions.begin() as session:
        session.add(_row(people, 1))

    await listener.until(1)

    assert numbers(listener) == [1]


async def test_a_restart_is_quick_and_loses_nothing(served: Served, people: People) -> None:
    cookies = [await served.browser(people.doctor.id) for _ in range(20)]
    open_now = [await served.listen(cookie) for cookie in cookies]
    await served.tell(people.team, 0)
    await asyncio.gather(*(listener.until(1) for listener in open_now))

    began = time.perf_counter()
    await served.stop()
    took_s = time.perf_counter() - began
    await served.tell(people.team, 1)
    await served.start()
    await served.tell(people.team, 2)
    back = [
        await served.listen(cookie, last_event_id=before.last_event_id)
        for cookie, before in zip(cookies, open_now, strict=True)
    ]
    await asyncio.gather(*(listener.until(2) for listener in back))

    assert took_s < 5  # uvicorn by itself would wait for ten
    assert all(x.events("bye") == [{"reason": "restart"}] for x in open_now)
    assert [numbers(listener) for listener in back] == [[1, 2]] * 20


async def _tell_many(served: Served, people: People, total: int) -> None:
    """In transactions of 100, so that they come as many readings of the hub."""
    for start in range(0, total, 100):
        async with served.sessions.begin() as session:
            session.add_all([_row(people, number) for number in range(start, start + 100)])
            await tell(session, ["team:nobody"], "list.changed")  # notifies
        await asyncio.sleep(hub.GATHER_S)


async def test_a_slow_reader_loses_nothing_and_holds_up_nobody(
    served: Served, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Far more than the sockets between take, and than its buffer."""
    monkeypatch.setattr(streams, "BUFFER", 20)
    monkeypatch.setattr(hub, "REPLAY_LIMIT", 20_000)
    cookie = await served.browser(people.doctor.id)
    slow = await served.listen(cookie, reading=False, receive_buffer=4096)
    quick = await served.listen(cookie)

    total = 6000
    await _tell_many(served, people, total)
    await quick.until(total, within_s=60)
    assert served.connections_in_use == 0
    slow.read()
    await slow.until(total, within_s=60)

    assert numbers(quick) == list(range(total))
    assert numbers(slow) == list(range(total))


async def test_a_browser_that_does_not_read_does_not_hold_up_a_restart(
    served: Served, people: People
) -> None:
    cookie = await served.browser(people.doctor.id)
    await served.listen(cookie, reading=False, receive_buffer=4096)
    quick = await served.listen(cookie)
    await _tell_many(served, people, 6000)
    await quick.until(6000, within_s=60)

    began = time.perf_counter()
    await served.stop()

    assert time.perf_counter() - began < 6  # uvicorn by itself would wait for ten
    assert quick.events("bye") == [{"reason": "restart"}]


async def _come_and_go(
    served: Served, cookie: str, last: str | None, seen: list[int], total: int
) -> None:
    rng = random.Random(cookie)  # noqa: S311 only how long it stays
    while len(set(seen)) < total:
        listener = await served.listen(cookie, last_event_id=last)
        await asyncio.sleep(rng.uniform(0.05, 0.4))
        await listener.close()
        assert listener.events("resync") == []
        seen += numbers(listener)
        last = listener.last_event_id


async def test_many_writers_and_readers_who_come_and_go(served: Served, people: People) -> None:
    """Transactions of all lengths overlap, and the listening connection is lost twice."""
    total, lanes = 300, 6
    cookies = [await served.browser(people.doctor.id) for _ in range(5)]
    seen: list[list[int]] = [[] for _ in cookies]
    first = [await served.listen(cookie) for cookie in cookies]
    pool = asyncio.Semaphore(3)

    async def write(lane: int) -> None:
        rng = random.Random(lane)  # noqa: S311 only how long it takes
        for number in range(lane, total, lanes):
            async with pool, served.sessions.begin() as session:
                await tell(session, [f"team:{people.team.id}"], "list.changed", number=number)
                await asyncio.sleep(rng.uniform(0, 0.03))

    async def interrupt() -> None:
        for _ in range(2):
            await asyncio.sleep(0.5)
            await end_listening_connection(served.sessions)

    async with asyncio.timeout(60):
        await asyncio.gather(
            *(write(lane) for lane in range(lanes)),
            interrupt(),
            *(
                _come_and_go(served, listener.cookie, listener.last_event_id, numbers_seen, total)
                for listener, numbers_seen in zip(first, seen, strict=True)
            ),
        )
    await asyncio.gather(*(listener.until(total) for listener in first))

    assert [sorted(numbers(listener)) for listener in first] == [list(range(total))] * 5
    assert [sorted(set(numbers_seen)) for numbers_seen in seen] == [list(range(total))] * 5
