"""One error shape, security headers, same origin, request ids, health."""

import asyncio
import logging
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import HttpUrl
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.types import Message

from app.core.access import PUBLIC
from app.core.db import make_sessions
from app.core.http import SecurityHeaders
from app.core.routing import index_routes
from app.core.settings import Environment, Settings
from app.core.storage import Storage

UNREACHABLE = "postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=1"


async def test_an_unknown_address_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/nowhere")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "not-found"


@pytest.mark.parametrize("method", ["DELETE", "TRACE"])
async def test_a_wrong_method_is_a_problem_and_says_which_are_right(
    client: httpx.AsyncClient, method: str
) -> None:
    answer = await client.request(method, "/api/today")

    assert (answer.status_code, answer.json()["type"]) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


async def test_a_fault_of_ours_says_nothing_of_itself(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    async def fail() -> None:
        raise KeyError("李桂英 13800001234")

    app.add_api_route("/api/broken", fail, dependencies=[PUBLIC])
    index_routes(app)

    answer = await client.get("/api/broken")

    assert (answer.status_code, answer.json()["type"]) == (500, "internal-error")
    assert "13800001234" not in answer.text


async def test_requests_are_told_to_no_exporter_that_the_environment_set_up(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be told what was asked, and the texts of errors."""
    asked: list[str] = []

    class Provider:
        def get_tracer(self, name: str, *_: object, **__: object) -> None:
            asked.append(name)

    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", Provider)

    assert (await client.get("/healthz")).status_code == 200
    assert asked == []


async def test_broken_json_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/api/auth/wechat", content=b"{", headers={"content-type": "application/json"}
    )

    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")


async def test_every_answer_wears_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/api/nowhere", "/staff/login"):
        headers = (await client.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] in {"no-referrer", "same-origin"}
    assert (await client.get("/api/nowhere")).headers["cache-control"] == "no-store"


def test_production_asks_for_https_for_a_year(settings: Settings) -> None:
    async def nothing(*_: object) -> None: ...

    def header(environment: Environment) -> bytes | None:
        of = settings.model_copy(update={"environment": environment})
        return dict(SecurityHeaders(nothing, of).headers).get(b"strict-transport-security")

    assert header(Environment.PRODUCTION) == b"max-age=31536000; includeSubDomains"
    assert header(Environment.DEVELOPMENT) is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.test", "cookie": "weibu_staff=x"}, 403),
        ({"origin": "null", "cookie": "weibu_staff=x"}, 403),
        ({"cookie": "weibu_staff=x"}, 403),
        ({"cookie": "weibu_staff=x", "sec-fetch-site": "cross-site"}, 403),
        ({"cookie": "weibu_staff=x", "sec-fetch-site": "same-origin"}, 401),
        ({"origin": "http://weibu.test", "cookie": "weibu_staff=x"}, 401),
        ({"origin": "http://evil.test"}, 401),  # no cookie: nothing to forge with
    ],
)
async def test_our_cookie_from_another_site_is_refused(
    headers: dict[str, str], status: int, app: FastAPI
) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://weibu.test") as browser:
        answer = await browser.post("/api/reviews/release", json={}, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_request_gets_an_id_of_ours_and_its_path_stays_out_of_the_log(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    given = "01900000-0000-7000-8000-00000000abcd"
    with caplog.at_level(logging.INFO, "app.request"):
        kept = await client.get("/api/doses/calendar/SECRETCODE12", headers={"x-request-id": given})
        made = await client.get("/healthz", headers={"x-request-id": "not an id"})

    assert UUID(kept.headers["x-request-id"]).version == 7
    assert kept.headers["x-request-id"] != given
    assert UUID(made.headers["x-request-id"]).version == 7
    told = [vars(record) for record in caplog.records if record.name == "app.request"]
    assert told[0]["route"] == "/api/doses/calendar/{month}"
    assert told[0]["status"] == 401
    assert told[0]["client_request_id"] == given
    assert "client_request_id" not in told[1]
    assert not any("SECRETCODE12" in str(record) for record in told)


async def test_nobody_is_led_to_the_host_that_the_sender_named(client: httpx.AsyncClient) -> None:
    answer = await client.get("/staff/patients/", headers={"host": "evil.example"})

    assert answer.status_code == 404
    assert "location" not in answer.headers


async def test_a_proxy_that_is_not_trusted_is_told_once(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    """Its address would be counted for everybody behind it."""
    transport = httpx.ASGITransport(app, client=("10.0.0.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://weibu.test") as http:
        for seen in ("203.0.113.7", "203.0.113.8"):
            await http.get("/healthz", headers={"x-forwarded-for": seen})
        await http.get("/healthz", headers={"x-forwarded-for": "203.0.113.7, 10.0.0.9"})

    told = [record for record in caplog.records if "FORWARDED_ALLOW_IPS" in record.getMessage()]
    assert len(told) == 1
    assert "203.0.113.7" not in caplog.text


async def test_ready_when_both_engines_answer(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ready"}


class CountingStorage:
    """Notes how often it is asked, and takes its time."""

    def __init__(self) -> None:
        self.asked = 0

    async def ready(self) -> bool:
        self.asked += 1
        await asyncio.sleep(0.05)
        return self.asked % 2 == 1


async def test_fifty_strangers_at_once_are_one_question(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.state.storage = storage = CountingStorage()

    answers = await asyncio.gather(*(client.get("/readyz") for _ in range(50)))
    later = await client.get("/readyz")
    told = {answer.status_code for answer in [*answers, later]}
    kept = storage.asked
    monkeypatch.setattr(app.state.readiness, "_kept_until", 0.0)
    anew = await client.get("/readyz")

    assert (told, kept) == ({200}, 1)
    assert (anew.status_code, storage.asked) == (503, 2)


async def test_who_leaves_takes_the_answer_from_nobody(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    app.state.storage = storage = CountingStorage()

    first = asyncio.create_task(client.get("/readyz"))
    await asyncio.sleep(0.02)
    second = asyncio.create_task(client.get("/readyz"))
    await asyncio.sleep(0)
    first.cancel()

    assert ((await second).status_code, storage.asked) == (200, 1)


async def test_not_ready_without_the_storage(app: FastAPI, client: httpx.AsyncClient) -> None:
    away = app.state.settings.model_copy(update={"s3_endpoint": HttpUrl("http://127.0.0.1:9")})
    app.state.storage = Storage(away)

    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")
    assert (answer.json()["database"], answer.json()["storage"]) == (True, False)


async def test_not_ready_without_the_database(app: FastAPI, client: httpx.AsyncClient) -> None:
    engine = create_async_engine(UNREACHABLE)
    app.state.sessions = make_sessions(engine)

    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()["database"]) == (503, False)
    assert (await client.get("/healthz")).status_code == 200
    await engine.dispose()


async def test_a_sender_who_leaves_half_way_is_no_fault_of_ours(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    messages: Iterator[Message] = iter(
        [
            {"type": "http.request", "body": b'{"code": ', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    sent: list[Message] = []

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/auth/wechat",
        "headers": [(b"content-length", b"40")],
    }
    with caplog.at_level(logging.INFO):
        await app(scope, receive, send)

    (line,) = [record for record in caplog.records if record.name == "app.request"]
    assert (vars(line)["status"], line.levelno, line.exc_info) == (499, logging.INFO, None)
    assert max(record.levelno for record in caplog.records) == logging.INFO
    assert sent == []
