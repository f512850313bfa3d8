"""A PC that shows a code, and the phone that reads it."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import StaffAccount
from app.core import clock
from tests.accounts.conftest import PASSWORD
from tests.accounts.factories import wechat_client
from tests.fake_wechat import FakeWeChat

CODE = "/staff/login/code"
CLAIM = "/staff/login/code/claim"
LINK = "/staff/account/wechat"
HTMX = {"hx-request": "true"}
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/150.0 Safari/537.36 Edg/150.0"


@dataclass(frozen=True)
class Shown:
    """What stands on the PC: `code` in the picture, `number` for a log-in beside it."""

    code: str
    number: str


async def show(client: httpx.AsyncClient, wechat: FakeWeChat, address: str = CODE) -> Shown:
    answer = await client.post(
        address, headers=HTMX | {"user-agent": WINDOWS}, data={"link_password": PASSWORD}
    )
    assert answer.status_code == 200
    scene, page = wechat.drawn[-1]
    assert page == "packages/staff/staff-scan/index"
    assert scene.startswith("s=")
    assert len(scene) <= 32
    number = re.search(r"data-scan-number>(\d\d)<", answer.text)
    return Shown(scene.removeprefix("s="), number[1] if number else "")


@dataclass
class Handset:
    client: httpx.AsyncClient

    async def look_up(self, code: str) -> httpx.Response:
        return await self.client.post("/api/staff-scans/lookup", json={"code": code})

    async def confirm(self, shown: Shown, number: str | None = None) -> httpx.Response:
        """Pick the right number, if no other is said."""
        picked = shown.number or None if number is None else number
        body: dict[str, Any] = {"code": shown.code, "number": picked}
        return await self.client.post("/api/staff-scans/confirm", json=body)


def handset(app: FastAPI, wechat_account_id: UUID, address: str = "127.0.0.1") -> Handset:
    client = wechat_client(app, wechat_account_id)
    client._transport = httpx.ASGITransport(app, client=(address, 1))  # noqa: SLF001 its network
    client.headers["user-agent"] = "Mozilla/5.0 (Linux; Android 13) MicroMessenger/8.0"
    return Handset(client)


async def link(session: AsyncSession, account_id: UUID, wechat_account_id: UUID) -> None:
    account = await session.get_one(StaffAccount, account_id)
    account.wechat_account_id, account.wechat_linked_at = wechat_account_id, clock.now()
    await session.flush()
