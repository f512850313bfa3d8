"""uvicorn, told that open streams are not requests worth waiting for."""

import asyncio
import socket
import time

import uvicorn
from typing_extensions import override

from app.core.stream import Hub

BYE_WITHIN_S = 1.0


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
