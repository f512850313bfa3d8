"""The token cache in PostgreSQL: one row an appid, refreshed under an advisory lock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.crypto import Encrypted
from app.core.db import Base
from app.core.wechat.errors import WeChatBusy
from app.core.wechat.tokens import BETWEEN_FORCES, FORCES_A_DAY, Token

LOCK_WAIT_MS = 30_000
WECHAT_ZONE = ZoneInfo("Asia/Shanghai")  # where WeChat's day begins, and its daily counts with it
QUERY_CANCELED = "57014"
LOCK_WAIT = "token lock"


class WechatToken(Base):
    __tablename__ = "wechat_token"

    appid: Mapped[str] = mapped_column(primary_key=True)
    access_token: Mapped[str] = mapped_column(Encrypted("wechat_token.access_token"))
    expires_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    forced_at: Mapped[datetime | None]
    forced_on: Mapped[date | None]
    forced_count: Mapped[int] = mapped_column(default=0, server_default="0")


@dataclass(frozen=True)
class HeldRow:
    """The row through the connection that holds the lock, each statement committed at once."""

    connection: AsyncConnection
    appid: str

    async def read(self) -> Token | None:
        return await _read(self.connection, self.appid)

    async def write(self, token: Token) -> None:
        fresh = {
            "access_token": token.access_token.get_secret_value(),
            "expires_at": token.expires_at,
            "updated_at": now(),
        }
        await self.connection.execute(
            insert(WechatToken)
            .values(appid=self.appid, **fresh)
            .on_conflict_do_update(index_elements=[WechatToken.appid], set_=fresh)
        )

    async def take_force(self) -> bool:
        """Booked before the call, so that one which dies half-way counts too."""
        booking = await _next_force(self.connection, self.appid)
        if booking is None:
            return False
        mine = WechatToken.appid == self.appid
        await self.connection.execute(update(WechatToken).where(mine).values(**booking))
        return True


class TokenTable:
    """The TokenStore of production.

    The lock sits on a connection of its own, outside any transaction, and that connection is
    closed afterwards: whatever goes wrong, the server frees the lock with it. One waiter a process
    (the asyncio lock) keeps a rush from taking every connection of the pool.
    """

    def __init__(self, engine: AsyncEngine, appid: str, lock_wait_ms: int = LOCK_WAIT_MS) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._appid = appid
        self._lock_wait_ms = lock_wait_ms
        self._one_waiter = asyncio.Lock()

    async def read(self) -> Token | None:
        async with self._engine.connect() as connection:
            return await _read(connection, self._appid)

    @asynccontextmanager
    async def refreshing(self) -> AsyncIterator[HeldRow]:
        async with self._one_waiter, self._engine.connect() as connection:
            try:
                await _lock(connection, self._appid, self._lock_wait_ms)
                yield HeldRow(connection, self._appid)
            finally:
                await connection.invalidate()


async def _lock(connection: AsyncConnection, appid: str, wait_ms: int) -> None:
    await connection.execute(select(func.set_config("statement_timeout", str(wait_ms), False)))
    key = func.hashtextextended(f"wechat_token:{appid}", 0)
    try:
        await connection.execute(select(func.pg_advisory_lock(key)))
    except DBAPIError as refused:
        if getattr(refused.orig, "sqlstate", None) == QUERY_CANCELED:
            raise WeChatBusy(LOCK_WAIT) from None
        raise


async def _read(connection: AsyncConnection, appid: str) -> Token | None:
    columns = select(WechatToken.access_token, WechatToken.expires_at)
    row = (await connection.execute(columns.where(WechatToken.appid == appid))).one_or_none()
    return row and Token(SecretStr(row.access_token), row.expires_at)


async def _next_force(connection: AsyncConnection, appid: str) -> dict[str, Any] | None:
    columns = select(WechatToken.forced_at, WechatToken.forced_on, WechatToken.forced_count)
    last = (await connection.execute(columns.where(WechatToken.appid == appid))).one_or_none()
    at = now()
    today = at.astimezone(WECHAT_ZONE).date()
    if last is None or (last.forced_at and at - last.forced_at < BETWEEN_FORCES):
        return None
    count = last.forced_count if last.forced_on == today else 0
    if count >= FORCES_A_DAY:
        return None
    return {"forced_at": at, "forced_on": today, "forced_count": count + 1}
