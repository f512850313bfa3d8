"""The stand-in's server: its settings, state and clock, and how a call is answered."""

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from scripts.wechat_standin.faults import Fault, Quota, Quotas
from scripts.wechat_standin.state import State, forget_codes, load, save

PAGES = frozenset({"pages/today/index", "pages/bind/index", "packages/staff/staff-scan/index"})


class Refused(Exception):  # noqa: N818 it is an answer, not a failure of ours
    """An answer with an errcode."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errcode, errmsg)
        self.errcode = errcode
        self.errmsg = errmsg


@dataclass(frozen=True)
class PushTarget:
    """Where messages and events are pushed, and the keys that the backend knows, too."""

    url: str
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    patience_s: float = 5.0


@dataclass(frozen=True)
class Config:
    appid: str
    secret: str = field(repr=False)
    h5_base: str = "http://127.0.0.1:8000/m/"
    pages: frozenset[str] = PAGES
    state_file: Path | None = None
    accounts_file: Path | None = None
    push: PushTarget | None = None


Answer = Callable[["Standin", Request], Awaitable[Response]]


class Standin:
    """One appid. `now` is seconds since 1970 and may be moved by a test."""

    def __init__(self, config: Config, now: Callable[[], float] = time.time) -> None:
        self.config = config
        self.now = now
        self.state: State = load(config.state_file)
        self.calls: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.quotas = Quotas()

    def save(self) -> None:
        forget_codes(self.state, self.now())
        save(self.state, self.config.state_file)

    async def answer(self, path: str, answer: Answer, request: Request) -> Response:
        self.calls[path] += 1
        fault = self._take_fault(path)
        if fault and fault.timeout_before is not None:
            await _hold(request, fault.timeout_before)
            return Response(status_code=504)
        if fault and fault.http500:
            return Response("<html>502 Bad Gateway</html>", 500, media_type="text/html")
        response = await self._answer_or_refuse(path, answer, request, fault)
        self.save()
        if fault and fault.timeout_after is not None:
            await _hold(request, fault.timeout_after)
        return response

    async def _answer_or_refuse(
        self, path: str, answer: Answer, request: Request, fault: Fault | None
    ) -> Response:
        try:
            if fault and fault.errcode is not None:
                raise Refused(fault.errcode, "injected fault")
            errcode = self.quotas.spend(path, self.now())
            if errcode:
                raise Refused(errcode, "reach max api limit")
            return await answer(self, request)
        except Refused as refused:
            return _refusal(refused)

    def _take_fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.path == path and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def set_quota(self, quota: Quota) -> None:
        self.quotas.limits[quota.path] = quota


async def json_body(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        raise Refused(43002, "require POST method")
    content = await request.body()
    if not content:
        raise Refused(44002, "empty post data")
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(47001, "data format error")
    return body


def _refusal(refused: Refused) -> Response:
    rid = "-".join(secrets.token_hex(4) for _ in range(3))
    return JSONResponse({"errcode": refused.errcode, "errmsg": f"{refused.errmsg} rid: {rid}"})


async def _hold(request: Request, seconds: float) -> None:
    """Keep the caller waiting, but no longer than it wants to."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
