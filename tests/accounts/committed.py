"""Real commits: an application on the committed database, and a doctor with their phone in it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.accounts.models import WechatAccount
from app.core.db import Sessionmaker
from app.core.settings import Settings
from app.main import create_app, dispose_engines
from tests.accounts.conftest import Known, make_known
from tests.accounts.factories import make_wechat_account
from tests.accounts.scanning import link
from tests.conftest import ORIGIN
from tests.fake_wechat import FakeWeChat


@pytest.fixture
async def app(settings: Settings, committed_database: Sessionmaker) -> AsyncIterator[FastAPI]:  # noqa: ARG001 it is emptied afterwards
    made = create_app(settings.model_copy(update={"database_pool_size": 3}))
    made.state.wechat = FakeWeChat()
    yield made
    await made.state.http.aclose()
    await dispose_engines(made)


@dataclass
class Linked:
    """A doctor and their phone, as committed rows."""

    doctor: Known
    phone: WechatAccount

    @property
    def id(self) -> UUID:
        return self.doctor.id


@pytest.fixture
async def linked(committed_database: Sessionmaker) -> Linked:
    async with committed_database.begin() as session:
        doctor = await make_known(session)
        phone = await make_wechat_account(session)
        await link(session, doctor.id, phone.id)
    return Linked(doctor, phone)


def browser_at(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN})


async def until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came true")


def still(tasks: Iterable["asyncio.Task[Any]"]) -> int:
    return sum(not task.done() for task in tasks)
