"""What fails inside the Mini Program becomes a line of the log that names nobody."""

import logging
from typing import Any

import httpx
import pytest

from app.accounts.limits import ALL_CLIENT_ERRORS, CLIENT_ERRORS
from app.accounts.routes.client_errors import without_persons

ERROR = {
    "kind": "render",
    "message": "TypeError: x is undefined",
    "stack": ["at DoseCardView (app.js:1:2345)"],
    "page": "pages/today/index",
    "version": "1.2.0",
    "base_library": "3.4.1",
}


async def report(client: httpx.AsyncClient, **changed: Any) -> int:
    return (await client.post("/api/client-errors", json=ERROR | changed)).status_code


async def test_it_is_a_line_of_the_log_and_needs_no_log_in(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "app.client"):
        assert await report(client) == 204

    (line,) = [r for r in caplog.records if r.name == "app.client"]
    assert line.__dict__["said"] == "TypeError: x is undefined"
    assert line.__dict__["page"] == "pages/today/index"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("GET https://a.cn/b?dose_id=7 failed", "GET https://a.cn/b failed"),
        ("of 0198c1f2-1111-7abc-8def-0123456789ab", "of <id>"),
        ("李桂英 13800001234", "… <number>"),
        ("token " + "a1" * 20, "token <secret>"),
    ],
)
def test_nothing_of_a_person_is_kept(said: str, kept: str) -> None:
    assert without_persons(said) == kept


@pytest.mark.parametrize(
    "changed",
    [
        {"message": "x" * 301},
        {"stack": ["x"] * 9},
        {"page": "pages/dose/index?dose_id=1"},
        {"kind": "anything"},
        {"patient": "x"},
    ],
)
async def test_what_is_not_of_its_shape_is_refused(
    client: httpx.AsyncClient, changed: dict[str, Any]
) -> None:
    assert await report(client, **changed) == 422


async def test_a_large_body_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    assert await report(client, message="x" * 20_000) == 413


async def test_an_address_and_all_together_have_a_limit(client: httpx.AsyncClient) -> None:
    answers = [await report(client) for _ in range(CLIENT_ERRORS.most + 1)]

    assert (answers[0], answers[-1]) == (204, 429)
    assert CLIENT_ERRORS.most < ALL_CLIENT_ERRORS.most
