"""Read a request's body before anything else is done, within bounds of size and time.

A handler that awaits the body may hold a connection of the database by then, and the sender
decides for how long. Large files never come this way: they go to the object storage by form.
"""

import asyncio
import json
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.problems import MEDIA_TYPE, Problem

LARGEST = 64 * 1024
WITHIN_S = 10.0
WITHOUT_BODY = {"GET", "HEAD", "OPTIONS"}


class BodyTooLarge(Problem):
    type, title, status = "body-too-large", "发送的内容太大，请缩短后再试。", 413


class BodyTooSlow(Problem):
    type, title, status = "body-too-slow", "网络太慢，内容没有收完整，请再试一次。", 408


class NoFilesHere(Problem):
    type, title, status = "no-files-here", "这里不接收文件。", 415


class Left(Exception):  # noqa: N818 the sender has gone: nobody is to be told
    """The connection ended before the whole body came."""


class BodyFirst:
    """`larger`: the bytes allowed where a path begins so, for the few routes that need more."""

    def __init__(
        self, app: ASGIApp, larger: Mapping[str, int] | None = None, within_s: float = WITHIN_S
    ) -> None:
        self.app = app
        self._larger = dict(larger or {})
        self._within_s = within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in WITHOUT_BODY:
            await self.app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except Problem as problem:
            await _refuse(send, problem)
        except Left:
            return
        else:
            await self.app(scope, _replay(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        headers, largest = Headers(scope=scope), self._largest(scope["path"])
        if headers.get("content-type", "").startswith("multipart/"):
            raise NoFilesHere
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > largest:
            raise BodyTooLarge
        try:
            async with asyncio.timeout(self._within_s):
                return await _collect(receive, largest)
        except TimeoutError:
            raise BodyTooSlow from None

    def _largest(self, path: str) -> int:
        found = [size for beginning, size in self._larger.items() if path.startswith(beginning)]
        return max(found, default=LARGEST)


async def _collect(receive: Receive, largest: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Left
        body += message.get("body", b"")
        if len(body) > largest:
            raise BodyTooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the whole body once; what comes after it is the sender's leaving."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _refuse(send: Send, problem: Problem) -> None:
    """Close the connection, too: what is left of the body would come next."""
    body = json.dumps(problem.body(), ensure_ascii=False).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
