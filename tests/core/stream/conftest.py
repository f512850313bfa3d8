"""A real server on loopback, with a pool of its own and real commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import Sessionmaker
from app.core.server import Server
from app.core.settings import Settings
from app.core.stream import Hub, tell
from app.institutions.models import StaffMember, Team
from app.main import create_app
from scripts.benchmark.listening import Listener
from tests.accounts.factories import staff_cookie
from tests.institutions.factories import make_staff, make_team


@dataclass
class Served:
    """One process's worth: can be stopped and started again on the same database."""

    settings: Settings
    sessions: Sessionmaker
    app: FastAPI = field(init=False)
    port: int = 0
    _server: Server | None = None
    _serving: "asyncio.Task[None] | None" = None
    listeners: list[Listener] = field(default_factory=list)

    @property
    def hub(self) -> Hub:
        hub: Hub = self.app.state.stream
        return hub

    @property
    def connections_in_use(self) -> int:
        return int(self.app.state.engine.pool.checkedout())

    async def start(self) -> None:
        self.app = create_app(self.settings)
        config = uvicorn.Config(
            self.app,
            host="127.0.0.1",
            port=self.port,
            log_config=None,
            access_log=False,
            proxy_headers=True,
            timeout_graceful_shutdown=10,
        )
        self._server = Server(config, self.hub)
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started or self.hub.position is None:  # noqa: ASYNC110 no event tells
            await asyncio.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
            self._server = None

    async def browser(self, staff_id: UUID) -> str:
        async with self.sessions.begin() as session:
            return await staff_cookie(session, staff_id)

    async def listen(self, cookie: str, *, reading: bool = True, **more: Any) -> Listener:
        """Open a stream; when it is let in and reads, it has said hello."""
        listener = Listener(self.port, cookie, **more)
        self.listeners.append(listener)
        await listener.open(reading=reading)
        if listener.status == 200 and reading:
            await listener.until(1, "hello")
        return listener

    async def close(self) -> None:
        for listener in self.listeners:
            await listener.close()
        await self.stop()

    async def tell(self, team: Team, number: int, **more: str) -> None:
        async with self.sessions.begin() as session:
            await tell(session, [f"team:{team.id}"], "list.changed", number=number, **more)


def numbers(listener: Listener) -> list[int]:
    return [r.data["ids"]["number"] for r in listener.messages]


@dataclass(frozen=True)
class People:
    """Two teams of one institution, a doctor in each."""

    team: Team
    doctor: StaffMember
    other_team: Team
    other_doctor: StaffMember


@pytest.fixture
async def people(committed_database: Sessionmaker) -> People:
    async with committed_database.begin() as session:
        team = await make_team(session)
        doctor = await make_staff(session, team=team)
        other_team = await make_team(session)
        other_doctor = await make_staff(session, team=other_team)
    return People(team, doctor, other_team, other_doctor)


@pytest.fixture
async def served(settings: Settings, committed_database: Sessionmaker) -> AsyncIterator[Served]:
    """Two connections only: whoever held one would be noticed."""
    made = Served(settings.model_copy(update={"database_pool_size": 2}), committed_database)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(made.close)
        await made.start()
        yield made


async def end_listening_connection(sessions: Sessionmaker) -> int:
    """Kill the server's side of every hub; answers how many there were."""
    async with sessions.begin() as session:
        killed = await session.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'weibu stream' and datname = current_database()"
            )
        )
        return len(killed.all())
