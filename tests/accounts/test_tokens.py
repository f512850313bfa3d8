"""The patient's access token: ours, fresh, and about somebody; anything else is 401."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import tokens
from app.core import clock
from app.core.ids import uuid7
from app.core.settings import Settings
from tests.accounts.factories import make_wechat_account, wechat_client


def token(settings: Settings, key: str | None = None, **changes: Any) -> str:
    claims = {
        "sub": str(uuid7()),
        "aud": tokens.AUDIENCE,
        "exp": clock.now() + timedelta(hours=1),
    }
    claims = {k: v for k, v in (claims | changes).items() if v is not None}
    return jwt.encode(claims, key or settings.token_key.get_secret_value(), "HS256")


async def test_own_token_opens_and_ends_after_two_hours(
    app: FastAPI, session: AsyncSession
) -> None:
    phone = wechat_client(app, (await make_wechat_account(session)).id)

    now = await phone.get("/api/consents")
    phone.headers["authorization"] = f"Bearer {token(app.state.settings, exp=1)}"
    later = await phone.get("/api/consents")

    assert (now.status_code, later.status_code) == (200, 401)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic abc", "Bearer not.a.token"],
)
async def test_header_without_a_token_is_refused(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/api/consents", headers={"authorization": header})

    assert (answer.status_code, answer.json()["type"]) == (401, "not-logged-in")


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "another key of at least thirty-two bytes"},
        {"aud": "somebody-else"},
        {"sub": "no uuid"},
        {"sub": None},
        {"exp": None},
    ],
)
async def test_forged_token_is_refused(
    client: httpx.AsyncClient, settings: Settings, wrong: dict[str, Any]
) -> None:
    headers = {"authorization": f"Bearer {token(settings, **wrong)}"}

    answer = await client.get("/api/consents", headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize(("algorithm", "digest"), [("none", None), ("HS512", "sha512")])
async def test_token_of_another_algorithm_is_refused(
    client: httpx.AsyncClient, settings: Settings, algorithm: str, digest: str | None
) -> None:
    claims = token(settings).split(".")[1]
    head = _without_padding(json.dumps({"typ": "JWT", "alg": algorithm}).encode())
    key = settings.token_key.get_secret_value().encode()
    signed = hmac.digest(key, f"{head}.{claims}".encode(), digest) if digest else b""
    forged = f"{head}.{claims}.{_without_padding(signed)}"

    answer = await client.get("/api/consents", headers={"authorization": f"Bearer {forged}"})

    assert answer.status_code == 401


def _without_padding(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
