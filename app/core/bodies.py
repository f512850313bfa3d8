"""Read a request's body before anything else is done, within bounds of size and time.

A handler that awaits the body may hold a connection of the database by then, and the sender
decides for how long. Large files never come this way: they go to the object storage by form.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends as Dependency
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.problems import Problem
from app.core.refusal import refuse

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


class _Bound:
    """Does nothing when called: it marks the route that depends on it."""

    def __init__(self, largest: int) -> None:
        self.largest = largest

    async def __call__(self) -> None:
        return None


def body_up_to(largest: int) -> Dependency:
    """For a route that takes more than others: `dependencies=[body_up_to(256 * 1024)]`, bytes."""
    bound: Dependency = Depends(_Bound(largest))
    return bound


class Larger(NamedTuple):
    """A route that said so, and how many bytes it takes."""

    methods: frozenset[str]
    path: re.Pattern[str]
    largest: int


def larger_bodies(app: FastAPI) -> list[Larger]:
    """Find the routes marked by `body_up_to`; call it once all of them are included."""
    return [
        Larger(frozenset(context.methods or ()), compile_path(str(context.path))[0], bound.largest)
        for context in iter_route_contexts(app.routes)
        for bound in _bounds(getattr(context, "dependant", None))
    ]


def _bounds(dependant: Dependant | None) -> Iterator[_Bound]:
    for dependency in dependant.dependencies if dependant else ():
        if isinstance(dependency.call, _Bound):
            yield dependency.call


class BodyFirst:
    """`larger`: the few routes that may take more than LARGEST."""

    def __init__(
        self, app: ASGIApp, larger: Iterable[Larger] = (), within_s: float = WITHIN_S
    ) -> None:
        self.app = app
        self._larger: Sequence[Larger] = list(larger)
        self._within_s = within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in WITHOUT_BODY:
            await self.app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except Problem as problem:
            await refuse(scope, send, problem, close=True)  # what is left would come next
        except Left:
            return
        else:
            await self.app(scope, _replay(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        headers, largest = Headers(scope=scope), self._largest(scope)
        if headers.get("content-type", "").strip().lower().startswith("multipart/"):
            raise NoFilesHere
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > largest:
            raise BodyTooLarge
        try:
            async with asyncio.timeout(self._within_s):
                return await _collect(receive, largest)
        except TimeoutError:
            raise BodyTooSlow from None

    def _largest(self, scope: Scope) -> int:
        found = (
            route.largest
            for route in self._larger
            if scope["method"] in route.methods and route.path.match(scope["path"])
        )
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
