"""Streams of the real process: asked to stop, or killed, with pages open."""

import asyncio
import time

from app.core.stream import tell
from scripts.benchmark.listening import Listener
from tests.accounts.factories import staff_cookie
from tests.faults.conftest import until
from tests.faults.world import World
from tests.institutions.factories import make_staff, make_team
from tests.running_system import RunningSystem

STREAMS = 20


class Desk:
    """A doctor's browsers on the running system."""

    def __init__(self, world: World, system: RunningSystem) -> None:
        self.world = world
        self.port = int(system.origin.rsplit(":", 1)[1])

    async def prepare(self) -> None:
        async with self.world.sessions.begin() as session:
            team = await make_team(session)
            doctor = await make_staff(session, team=team)
            self.cookies = [await staff_cookie(session, doctor.id) for _ in range(STREAMS)]
        self.topic = f"team:{team.id}"
        self.listeners = [await self._open(cookie) for cookie in self.cookies]

    async def _open(self, cookie: str, last_event_id: str | None = None) -> Listener:
        listener = await Listener(self.port, cookie, last_event_id).open()
        await listener.until(1, "hello")
        return listener

    async def tell(self, number: int) -> None:
        async with self.world.sessions.begin() as session:
            await tell(session, [self.topic], "list.changed", number=number)

    async def come_back(self) -> None:
        await self.close()
        self.listeners = [await self._open(x.cookie, x.last_event_id) for x in self.listeners]

    async def have(self, numbers: list[int]) -> None:
        await asyncio.gather(*(x.until(len(numbers)) for x in self.listeners))
        found = [[r.data["ids"]["number"] for r in x.messages] for x in self.listeners]
        assert found == [numbers] * STREAMS

    async def close(self) -> None:
        for listener in self.listeners:
            await listener.close()


async def test_api_stops_at_once_with_pages_open(world: World, system: RunningSystem) -> None:
    desk = Desk(world, system)
    await desk.prepare()
    await desk.tell(1)
    await desk.have([1])
    api = system.children["api"]

    began = time.perf_counter()
    api.ask_to_stop()
    await until(lambda: _ended(system))
    took_s = time.perf_counter() - began
    api.stop()
    await desk.tell(2)
    system.start_api()
    assert all(x.events("bye") == [{"reason": "restart"}] for x in desk.listeners)
    await desk.come_back()
    await desk.tell(3)

    assert took_s < 2
    await desk.have([2, 3])
    await desk.close()


async def _ended(system: RunningSystem) -> bool:
    return not system.children["api"].running


async def test_api_killed_with_pages_open(world: World, system: RunningSystem) -> None:
    desk = Desk(world, system)
    await desk.prepare()
    await desk.tell(1)
    await desk.have([1])

    system.children["api"].kill()
    await desk.tell(2)
    system.start_api()
    await desk.come_back()
    await desk.tell(3)

    await desk.have([2, 3])
    await desk.close()
