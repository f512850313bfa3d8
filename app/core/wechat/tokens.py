"""The access_token of one appid: one cache and one refresh lock for all processes."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from pydantic import AwareDatetime, SecretStr

from app.core.clock import now
from app.core.wechat.errors import WeChatBusy

MARGIN = timedelta(minutes=5)  # WeChat hands out the next token only when less than this remains
FORCES_A_DAY = 20
BETWEEN_FORCES = timedelta(seconds=30)


@dataclass(frozen=True)
class Token:
    access_token: SecretStr
    expires_at: AwareDatetime

    def is_fresh(self) -> bool:
        return self.expires_at - now() >= MARGIN

    def is_alive(self) -> bool:
        return self.expires_at > now()


class HeldToken(Protocol):
    """The cache as its lock's holder sees it: only a holder may write."""

    async def read(self) -> Token | None: ...

    async def write(self, token: Token) -> None: ...

    async def take_force(self) -> bool:
        """Book one forced refresh, or say that it comes too soon or too often."""
        ...


class TokenStore(Protocol):
    async def read(self) -> Token | None: ...

    def refreshing(self) -> AbstractAsyncContextManager[HeldToken]:
        """Wait for the one refresh lock of this appid, across processes."""
        ...


@dataclass(frozen=True)
class Replacement:
    token: Token
    is_new: bool


class AccessTokens:
    """When to trust the cache, when to fetch, when to force (WeChat's own rules for many servers).

    `fetch(force)` asks WeChat; it is only ever called by the holder of the lock.
    """

    def __init__(self, store: TokenStore, fetch: Callable[[bool], Awaitable[Token]]) -> None:
        self._store = store
        self._fetch = fetch

    async def current(self) -> Token:
        token = await self._store.read()
        if token and token.is_fresh():
            return token
        async with self._store.refreshing() as held:
            token = await held.read()
            if token and token.is_fresh():
                return token
            return await self._renew(held, token)

    async def _renew(self, held: HeldToken, old: Token | None) -> Token:
        try:
            token = await self._fetch(False)
        except WeChatBusy:
            if old and old.is_alive():
                return old
            raise
        await held.write(token)
        return token

    async def replace(self, refused: Token) -> Replacement | None:
        """Find what to try instead of a refused token; None when nothing is left to try."""
        async with self._store.refreshing() as held:
            cached = await held.read()
            if cached and cached.access_token != refused.access_token and cached.is_fresh():
                return Replacement(cached, is_new=False)
            token = await self._fetch(False)
            if token.access_token == refused.access_token:
                if not await held.take_force():
                    return None
                token = await self._fetch(True)
            if token.access_token == refused.access_token:
                return None
            await held.write(token)
            return Replacement(token, is_new=True)
