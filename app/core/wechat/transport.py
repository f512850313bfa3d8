"""One HTTP call to WeChat: explicit timeouts, bounded retries of -1, errcodes as exceptions."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from typing_extensions import override

from app.core.waiting import about_to_wait
from app.core.wechat.errors import WeChatBusy, WeChatFailed, trouble_of
from app.core.wechat.replies import find_json

TIMEOUT = httpx.Timeout(5.0, connect=3.0)
DEADLINE_S = 10.0
BACKOFF_S = (0.2, 0.8)  # waits after a -1: three calls in all
BUSY = -1


class _HideQuery(logging.Filter):
    """httpx logs whole URLs, and WeChat wants secret, code and access_token in the query."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                arg.copy_with(query=None) if isinstance(arg, httpx.URL) else arg
                for arg in record.args
            )
        return True


_HIDE_QUERY = _HideQuery()


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: dict[str, str] = field(repr=False)
    body: dict[str, Any] | None = field(default=None, repr=False)


class Transport:
    """`http` is kept alive and closed by its owner."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        api_base: str,
        *,
        timeout: httpx.Timeout = TIMEOUT,
        deadline_s: float = DEADLINE_S,
        backoff_s: Sequence[float] = BACKOFF_S,
    ) -> None:
        self._http = http
        self._api_base = api_base.rstrip("/")
        self._timeout = timeout
        self._deadline_s = deadline_s
        self._backoff_s = backoff_s
        logging.getLogger("httpx").addFilter(_HIDE_QUERY)

    async def send(self, call: Call) -> bytes:
        """-1 says that nothing happened, so it is retried; a timeout says nothing, so it is not."""
        for pause_s in self._backoff_s:
            try:
                return await self._once(call)
            except WeChatBusy as busy:
                if busy.errcode != BUSY:
                    raise
            await asyncio.sleep(pause_s)
        return await self._once(call)

    async def _once(self, call: Call) -> bytes:
        response = await self._exchange(call)
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise WeChatBusy(call.path)
        if response.status_code != httpx.codes.OK:
            raise WeChatFailed(call.path)
        _refuse_errcode(call.path, response.content)
        return response.content

    async def _exchange(self, call: Call) -> httpx.Response:
        about_to_wait()
        body = None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._http.request(
                    call.method,
                    self._api_base + call.path,
                    params=call.query,
                    content=body,
                    headers=headers,
                    timeout=self._timeout,
                    follow_redirects=False,
                )
        except (httpx.HTTPError, TimeoutError):
            raise WeChatBusy(call.path) from None  # its request holds the URL, so the secrets


def _refuse_errcode(path: str, content: bytes) -> None:
    """Failures are JSON under HTTP 200, also where success is an image."""
    reply = find_json(content) or {}
    errcode = reply.get("errcode", 0)
    if errcode not in (0, "0"):
        raise trouble_of(path, _number(errcode), str(reply.get("errmsg", "")))


def _number(errcode: object) -> int:
    try:
        return int(str(errcode))
    except ValueError:
        return 0
