"""A browser's end of an event stream: bytes in, messages with the moment they came out."""

import asyncio
import json
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Received:
    """`event` is "message" for what was told; `at` is `time.perf_counter()`."""

    event: str
    data: dict[str, Any]
    at: float


@dataclass
class Listener:
    """Open with `await Listener(…).open()`; `received` grows until the server ends it."""

    port: int
    cookie: str
    last_event_id: str | None = None
    receive_buffer: int | None = None  # bytes; small for a reader that is slow
    status: int = 0
    received: list[Received] = field(default_factory=list)
    pings: int = 0
    ended: bool = False
    _reading: "asyncio.Task[None] | None" = None
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, *, reading: bool = True) -> Self:
        link = socket.socket()
        link.setblocking(False)
        if self.receive_buffer:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        await asyncio.get_running_loop().sock_connect(link, (HOST, self.port))
        # A small limit: what is not read stays in the socket, and is felt by the server.
        self._reader, self._writer = await asyncio.open_connection(sock=link, limit=2**12)
        self._writer.write(self._request())
        head = await self._reader.readuntil(b"\r\n\r\n")
        self.status = int(head[9:12])
        if self.status == 200 and reading:
            self.read()
        return self

    def read(self) -> None:
        self._reading = asyncio.create_task(self._read())

    def _request(self) -> bytes:
        lines = ["GET /staff/stream HTTP/1.1", "Host: bench", f"Cookie: weibu_staff={self.cookie}"]
        lines += [f"Last-Event-ID: {self.last_event_id}"] if self.last_event_id else []
        return "\r\n".join([*lines, "", ""]).encode()

    async def _read(self) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            lines: list[str] = []
            rest = b""
            while chunk := await self._chunk():
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    if line:
                        lines.append(line.decode())
                    else:
                        self._take(lines)
                        lines = []
        self.ended = True
        self._arrived.set()

    async def _chunk(self) -> bytes:
        size = int(await self._reader.readuntil(b"\r\n"), 16)
        return (await self._reader.readexactly(size + 2))[:-2]

    def _take(self, lines: list[str]) -> None:
        """As the standard says: an id without data is remembered and nothing is dispatched."""
        self.pings += lines == [": ping"] or ": ping" in lines
        fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
        self.last_event_id = fields.get("id", self.last_event_id)
        if "data" in fields:
            event = fields.get("event", "message")
            self.received.append(Received(event, json.loads(fields["data"]), time.perf_counter()))
            self._arrived.set()

    @property
    def messages(self) -> list[Received]:
        return [r for r in self.received if r.event == "message"]

    def events(self, event: str) -> list[dict[str, Any]]:
        return [r.data for r in self.received if r.event == event]

    async def until(self, count: int, event: str = "message", within_s: float = 30) -> None:
        """Wait for so many of an event; raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while len(self.events(event)) < count:
                self._arrived.clear()
                await self._arrived.wait()

    async def until_ended(self, within_s: float = 20) -> None:
        async with asyncio.timeout(within_s):
            while not self.ended:
                self._arrived.clear()
                await self._arrived.wait()

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
        self._writer.transport.abort()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
