"""A body is read before anything else, within bounds; what is beyond them gets a clear answer."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.core.bodies import LARGEST, BodyFirst, Larger

LARGE = Larger(frozenset({"POST"}), re.compile("^/large/[^/]+/new$"), 2 * LARGEST)


class Reader:
    """An application that notes that it was asked, and what it read."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b"".join([chunk async for chunk in Request(scope, receive).stream()])
        self.bodies.append(body)
        await Response(status_code=204)(scope, receive, send)


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
async def http(reader: Reader) -> AsyncIterator[httpx.AsyncClient]:
    app = BodyFirst(reader, larger=[LARGE], within_s=0.2)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://weibu.test"
    ) as made:
        yield made


@pytest.mark.parametrize("size", [0, 1, LARGEST])
async def test_body_within_the_bound_arrives_whole(
    http: httpx.AsyncClient, reader: Reader, size: int
) -> None:
    assert (await http.post("/", content=b"x" * size)).status_code == 204
    assert reader.bodies == [b"x" * size]


@pytest.mark.parametrize("path", ["/", "/large/1/new", "/large", "/large/1/new/x"])
async def test_body_beyond_the_bound_of_its_path_is_refused_unread(
    http: httpx.AsyncClient, reader: Reader, path: str
) -> None:
    largest = 2 * LARGEST if path == "/large/1/new" else LARGEST

    answer = await http.post(path, content=b"x" * (largest + 1))

    assert (answer.status_code, answer.json()["type"]) == (413, "body-too-large")
    assert answer.headers["connection"] == "close"
    assert reader.bodies == []
    assert (await http.post(path, content=b"x" * largest)).status_code == 204


async def test_length_that_is_not_told_does_not_help(
    http: httpx.AsyncClient, reader: Reader
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 4096

    async with asyncio.timeout(5):
        answer = await http.post("/", content=endless())

    assert answer.status_code == 413
    assert reader.bodies == []


async def test_body_that_does_not_come_is_not_waited_for(reader: Reader) -> None:
    app, sent = BodyFirst(reader, within_s=0.05), []

    async def silent() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    async with asyncio.timeout(5):
        await app(_scope(), silent, send)

    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["type"] == "body-too-slow"
    assert reader.bodies == []


async def test_sender_who_leaves_half_way_starts_nothing(reader: Reader) -> None:
    messages: Iterator[Message] = iter(
        [
            {"type": "http.request", "body": b"half", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    sent: list[Message] = []

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        sent.append(message)

    await BodyFirst(reader)(_scope(), receive, send)

    assert (reader.bodies, sent) == ([], [])


async def test_files_are_not_taken_by_forms(http: httpx.AsyncClient, reader: Reader) -> None:
    shouted = {"content-type": " Multipart/Form-Data; boundary=x"}
    answers = [
        await http.post("/", files={"file": b"not here"}),
        await http.post("/", content=b"--x", headers=shouted),
    ]

    assert [(a.status_code, a.json()["type"]) for a in answers] == [(415, "no-files-here")] * 2
    assert reader.bodies == []


async def test_the_application_bounds_every_route_of_its_own(
    client: httpx.AsyncClient,
) -> None:
    large = b'{"code": "' + b"x" * LARGEST + b'"}'

    answers = [
        await client.post("/api/auth/wechat", content=large),
        page := await client.post("/staff/login", content=large),
        await client.post("/api/treatment-templates", content=large * 11),
    ]

    assert [answer.status_code for answer in answers] == [413, 413, 413]
    assert "<h1>发送的内容太大" in page.text  # a person reads it
    assert (await client.post("/api/treatment-templates", content=large)).status_code == 401


async def test_only_its_own_method_gets_more(http: httpx.AsyncClient) -> None:
    assert (await http.put("/large/1/new", content=b"x" * (LARGEST + 1))).status_code == 413


def _scope() -> dict[str, Any]:
    return {"type": "http", "method": "POST", "path": "/", "headers": []}
