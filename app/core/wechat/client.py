"""What this system asks of WeChat's server API."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from app.core.clock import now
from app.core.settings import EnvVersion
from app.core.wechat.errors import WeChatTokenRefused
from app.core.wechat.replies import (
    CodeImage,
    TokenReply,
    WeChatSession,
    image_of,
    json_of,
    read_as,
)
from app.core.wechat.tokens import AccessTokens, Token, TokenStore
from app.core.wechat.transport import BACKOFF_S, DEADLINE_S, TIMEOUT, Call, Transport

STABLE_TOKEN = "/cgi-bin/stable_token"  # noqa: S105 a path
CODE_IMAGE = "/wxa/getwxacodeunlimit"


class WeChat:
    """Raises only WeChatTrouble. Never call it while a transaction is open."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        tokens: TokenStore,
        *,
        api_base: str,
        appid: str,
        secret: SecretStr,
        env_version: EnvVersion = "release",
        timeout: httpx.Timeout = TIMEOUT,
        deadline_s: float = DEADLINE_S,
        backoff_s: Sequence[float] = BACKOFF_S,
    ) -> None:
        self._transport = Transport(
            http, api_base, timeout=timeout, deadline_s=deadline_s, backoff_s=backoff_s
        )
        self._tokens = AccessTokens(tokens, self._fetch_token)
        self._appid = appid
        self._secret = secret
        self._env_version = env_version

    async def code_to_session(self, code: str) -> WeChatSession:
        """After WeChatBusy with `outcome_unknown` the code may be spent: ask for a new one."""
        query = {
            "appid": self._appid,
            "secret": self._secret.get_secret_value(),
            "js_code": code,
            "grant_type": "authorization_code",
        }
        call = Call("GET", "/sns/jscode2session", query)
        content = await self._transport.send(call)
        return read_as(WeChatSession, call.path, json_of(call.path, content))

    async def unlimited_code(self, scene: str, page: str, width: int = 430) -> CodeImage:
        body = {
            "scene": scene,
            "page": page,
            "width": width,
            "env_version": self._env_version,
            "check_path": self._env_version == "release",  # other versions have unreleased pages
        }
        content = await self._send_with_token("POST", CODE_IMAGE, {}, body)
        return image_of(CODE_IMAGE, content)

    async def _send_with_token(
        self, method: str, path: str, query: dict[str, str], body: dict[str, Any] | None
    ) -> bytes:
        """At most three calls: refused, refused with what another process fetched, one fetched."""
        token = await self._tokens.current()
        for _ in range(2):
            try:
                return await self._transport.send(_call_with(token, method, path, query, body))
            except WeChatTokenRefused:
                replacement = await self._tokens.replace(token)
                if replacement is None:
                    raise
            token = replacement.token
            if replacement.is_new:
                break
        return await self._transport.send(_call_with(token, method, path, query, body))

    async def _fetch_token(self, force: bool) -> Token:
        body = {
            "grant_type": "client_credential",
            "appid": self._appid,
            "secret": self._secret.get_secret_value(),
            "force_refresh": force,
        }
        content = await self._transport.send(Call("POST", STABLE_TOKEN, {}, body))
        reply = read_as(TokenReply, STABLE_TOKEN, json_of(STABLE_TOKEN, content))
        return Token(reply.access_token, now() + timedelta(seconds=reply.expires_in))


def _call_with(
    token: Token, method: str, path: str, query: dict[str, str], body: dict[str, Any] | None
) -> Call:
    return Call(
        method, path, {**query, "access_token": token.access_token.get_secret_value()}, body
    )
