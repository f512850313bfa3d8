"""A stand-in on a real loopback port, in a thread, with a clock that a test can move."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from app.core import clock
from app.core.wechat import HeldToken, Token, TokenStore, WeChat
from scripts.wechat_standin.app import create_app
from scripts.wechat_standin.faults import Quotas
from scripts.wechat_standin.server import Config, Standin
from scripts.wechat_standin.state import State

APPID = "wxstandin0000test1"
SECRET = "secret-of-the-stand-in"
CONFIG = Config(appid=APPID, secret=SECRET, h5_base="http://127.0.0.1:8000/m/")
STABLE = "/cgi-bin/stable_token"
LOGIN = "/sns/jscode2session"
CODE_IMAGE = "/wxa/getwxacodeunlimit"
CHECK = "/wxa/checksession"
QUICK = httpx.Timeout(0.8)


@dataclass
class Watch:
    """The clock of the stand-in, ahead of the real one by as much as a test says."""

    ahead_s: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s

    @contextmanager
    def moved(self, by: timedelta) -> Iterator[None]:
        """Move both clocks, ours and WeChat's."""
        self.ahead_s += by.total_seconds()
        with clock.frozen(datetime.fromtimestamp(self(), UTC)):
            yield


@dataclass
class Running:
    """One stand-in as a test sees it: inside by its object, outside by HTTP."""

    standin: Standin
    watch: Watch
    base: str
    http: httpx.AsyncClient

    def reset(self) -> None:
        self.standin.config = CONFIG
        self.standin.state = State()
        self.standin.calls.clear()
        self.standin.faults.clear()
        self.standin.quotas = Quotas()
        self.watch.ahead_s = 0.0

    def calls(self, path: str) -> int:
        return self.standin.calls[path]

    async def control(self, name: str, **body: object) -> dict[str, Any]:
        reply = await self.http.post(f"{self.base}/standin/{name}", json=body)
        assert reply.is_success, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    async def login_code(self, user: str = "chen", **more: object) -> str:
        return str((await self.control("login-code", user=user, **more))["code"])

    async def phone_code(self, user: str = "chen", phone: str = "13800000001") -> str:
        return str((await self.control("phone-code", user=user, phone=phone))["code"])

    async def fault(self, path: str, **how: object) -> None:
        await self.control("faults", path=path, **how)

    async def token(self) -> str:
        return str((await self.stable_token())["access_token"])

    async def stable_token(self, **more: object) -> dict[str, Any]:
        account = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        reply = await self.http.post(self.base + STABLE, json={**account, **more})
        answer: dict[str, Any] = reply.json()
        return answer

    def wechat(self, store: TokenStore, **more: Any) -> WeChat:
        known: dict[str, Any] = {
            "api_base": self.base,
            "appid": APPID,
            "secret": SecretStr(SECRET),
            "backoff_s": (0.01, 0.01),
        }
        return WeChat(self.http, store, **(known | more))


@asynccontextmanager
async def running(state_file: Path | None = None) -> AsyncIterator[Running]:
    watch = Watch()
    standin = Standin(replace(CONFIG, state_file=state_file), watch)
    async with serving(create_app(standin)) as base, httpx.AsyncClient() as http:
        yield Running(standin, watch, base, http)


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Serve on a loopback port of its own, in a thread, and answer the address."""
    options = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off"
    )
    server = uvicorn.Server(options)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:  # noqa: ASYNC110 it runs in another thread
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await asyncio.to_thread(thread.join)


@dataclass
class MemoryTokens:
    """A TokenStore for tests that are not about the table; `forces` are what the guard grants."""

    token: Token | None = None
    forces: int = 1
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self) -> Token | None:
        return self.token

    async def write(self, token: Token) -> None:
        self.token = token

    async def take_force(self) -> bool:
        self.forces -= 1
        return self.forces >= 0

    @asynccontextmanager
    async def refreshing(self) -> AsyncIterator[HeldToken]:
        async with self._lock:
            yield self
