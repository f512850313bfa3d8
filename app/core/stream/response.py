"""The answer that stays open: messages, a sign of life, and a look whether it may go on."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from random import uniform
from time import monotonic

from fastapi import Response
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from app.core import clock
from app.core.db import Sessionmaker
from app.core.stream.events import REPLAY_FOR_S
from app.core.stream.hub import Hub
from app.core.stream.position import Position
from app.core.stream.streams import Stream

PING_S = 15.0
RECHECK_S = 60.0
TRY_AGAIN_S = 2.0  # after the database did not answer
RETRY_MS = (1000, 4000)  # a browser comes back after one of these: not all at the same moment
PING = b": ping\n"
HELLO = b"event: hello\ndata: {}\n"
BYE = 'event: bye\ndata: {{"reason": "{}"}}\n\n'

# Topics of whoever listens, or None when their session has ended. Opens a session of its own.
Recheck = Callable[[], Awaitable[frozenset[str] | None]]


class StreamResponse(Response):
    """Holds no database connection while it waits. Raises TooManyStreams before it begins.

    Sends `hello` first, then messages (`data: {"name": …, "ids": {…}}`), `resync` when the page
    should ask again for all, and `bye` with `reason` `restart` (come back) or `ended` (do not).
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        hub: Hub,
        sessions: Sessionmaker,
        *,
        owner: Hashable,
        topics: frozenset[str],
        last_event_id: str | None,
        recheck: Recheck,
    ) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._hub, self._sessions, self._recheck = hub, sessions, recheck
        self._stream = Stream(owner, topics, _position_of(last_event_id))
        self._stream.missed = bool(last_event_id) and self._stream.position is None
        self._check_at = monotonic() + uniform(0.8, 1) * RECHECK_S  # noqa: S311 spreads the load

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._hub.joined(self._stream):
            scope.setdefault("state", {})["stream"] = self._stream
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            gone = asyncio.create_task(self._watch(receive))
            try:
                reason = await self._write(send)
            finally:
                gone.cancel()
            await send({"type": "http.response.body", "body": BYE.format(reason).encode()})

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stream.close()

    async def _write(self, send: Send) -> str:
        """Write until somebody leaves; answers the reason that `bye` gives."""
        chunk = f"retry: {round(uniform(*RETRY_MS))}\n\n".encode()  # noqa: S311 spreads the load
        greeted = False
        while not self._stream.closing:
            if chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if self._stream.behind and not await self._hub.catch_up(self._stream, self._sessions):
                await self._sleep(TRY_AGAIN_S)
                chunk = PING + b"\n"
            elif not greeted:
                chunk, greeted = self._greeting(), True
            else:
                chunk = await self._next()
            if monotonic() >= self._check_at and not await self._may_go_on():
                return "ended"
        return "restart"

    def _greeting(self) -> bytes:
        """Send the id now, or with the last of the messages that were missed."""
        missed = self._stream.take(self._hub.position)
        if missed:
            return HELLO + b"\n" + missed
        return HELLO + self._stream.id_line(self._hub.position) + b"\n"

    async def _next(self) -> bytes:
        """Wait `PING_S` at most; empty when woken for something else than messages."""
        stream = self._stream
        chunk = stream.take(self._hub.position)
        if chunk:
            return chunk
        woken = await self._sleep(PING_S)
        chunk = stream.take(self._hub.position)
        if chunk or woken:
            return chunk
        return PING + stream.id_line(self._hub.position) + b"\n"

    async def _sleep(self, seconds: float) -> bool:
        """Return True when woken before the time is over."""
        try:
            async with asyncio.timeout(seconds):
                await self._stream.wake.wait()
        except TimeoutError:
            return False
        self._stream.wake.clear()
        return True

    async def _may_go_on(self) -> bool:
        """When the database does not answer: yes for now, for then nothing is told either."""
        self._check_at = monotonic() + RECHECK_S
        try:
            topics = await self._recheck()
        except (SQLAlchemyError, NoConnection, OSError):
            self._check_at = monotonic() + PING_S
            return True
        if topics is not None:
            self._hub.change_topics(self._stream, topics)
        return topics is not None


def _position_of(last_event_id: str | None) -> Position | None:
    """Return None for what is not ours or lies before what the table surely still has."""
    position = Position.parse(last_event_id or "")
    if position is None:
        return None
    age_s = clock.now().timestamp() - position.at_s
    return position if -60 <= age_s < REPLAY_FOR_S else None
