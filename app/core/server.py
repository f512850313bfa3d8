"""uvicorn, told that open streams are not requests worth waiting for, and that time is short."""

import asyncio
import socket
import time

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.core.problems import MEDIA_TYPE, BadRequest
from app.core.refusal import crowded, json_of
from app.core.stream import Hub

BYE_WITHIN_S = 1.0
# From the first byte of a request (or from the connection) to the end of its headers.
HEADERS_WITHIN_S = 10.0
# Of all of a request that is no body: head, framing, trailers. One read of a socket is up to
# 256 KB, and before it is parsed nobody knows how much of it is a body.
LARGEST_HEAD = 320 * 1024
# How long somebody may not read what is sent to them.
READ_WITHIN_S = 60.0


class BoundedProtocol(HttpToolsProtocol):
    """Closes connections whose headers do not come or do not end, or whose answer nobody takes.

    uvicorn bounds none of it: thousands of half-sent requests would stay for ever, and two headers
    or trailers without end would take the whole process, which joins their parts again and again.
    """

    _received = 0
    _most: int | None = None
    _unheard: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # uvicorn would answer in plain text, beside middleware, log and all our clients.
        self._most, self.limit_concurrency = self.limit_concurrency, None
        self._await_headers()

    def _await_headers(self) -> None:
        self._stop_waiting()
        self._unheard = self.loop.call_later(HEADERS_WITHIN_S, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._unheard is not None:
            self._unheard.cancel()
            self._unheard = None

    @override
    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > LARGEST_HEAD:
            self.transport.abort()
            return
        super().data_received(data)

    @override
    def on_body(self, body: bytes) -> None:
        self._received -= len(body)  # bounded by who reads it: `core/bodies.py`
        super().on_body(body)

    @override
    def on_message_begin(self) -> None:
        self._received = 0
        self._await_headers()
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self.app = crowded if self._is_crowded() else self.config.loaded_app
        super().on_headers_complete()

    def _is_crowded(self) -> bool:
        """Count as uvicorn does: this connection is among them."""
        busy = max(len(self.connections), len(self.tasks))
        return self._most is not None and busy >= self._most

    @override
    def send_400_response(self, msg: str) -> None:
        """Tell of what is no HTTP: there is no path yet, so as to a program."""
        body = json_of(BadRequest())
        head = [
            f"content-type: {MEDIA_TYPE}",
            f"content-length: {len(body)}",
            "connection: close",
        ]
        self.transport.write("\r\n".join(["HTTP/1.1 400 Bad Request", *head, "", ""]).encode())
        self.transport.write(body)
        self.transport.close()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(READ_WITHIN_S, self.transport.abort)

    @override
    def resume_writing(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._unread is not None:
            self._unread.cancel()
        super().connection_lost(exc)


class Server(uvicorn.Server):
    """Ends all streams before it waits for requests, else they would use up its whole patience."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.say_bye()
        end = time.monotonic() + BYE_WITHIN_S
        while self._hub.open_streams and time.monotonic() < end:  # noqa: ASYNC110 as uvicorn does
            await asyncio.sleep(0.02)
        self._abort_unread_streams()
        await super().shutdown(sockets)

    def _abort_unread_streams(self) -> None:
        """Whoever does not read (a closed laptop) would keep the connection open to the end."""
        for connection in list(self.server_state.connections):
            scope = getattr(connection, "scope", None) or {}
            stream = scope.get("state", {}).get("stream")
            if stream is not None and self._hub.holds(stream):
                connection.transport.abort()
