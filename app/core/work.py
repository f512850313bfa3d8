"""One transaction for a request, on one connection, taken when the first statement needs it.

A session may use it as ever; a hot statement (`core/hot.py`) sends its text over the same
connection, without the session's machinery, which costs more than most statements.
"""

from contextlib import AbstractAsyncContextManager
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.util import await_only, greenlet_spawn
from typing_extensions import override

_WORK = "core.work"


class Work:
    """The connection of one request.

    Until something is written or locked it has no transaction: what is only read sees in READ
    COMMITTED the same with and without one, and two round trips are spared.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._taken: Any = None  # the pool's own handle
        self._driver: AsyncConnection[Any] | None = None
        self._connection: Connection | None = None
        self._is_open = False

    async def driver(self, *, in_transaction: bool) -> AsyncConnection[Any]:
        """Hand out the connection; for anything but a read in the request's transaction."""
        driver = self._driver
        if driver is None:
            driver = await greenlet_spawn(self._take)
        if in_transaction and not self._is_open:
            await self._open(driver)
        return driver

    def connection(self) -> Connection:
        """Hand it to the session, which calls this from within its greenlet."""
        driver = self._driver
        if driver is None:
            driver = self._take()
        if not self._is_open:
            await_only(self._open(driver))
        if self._connection is None:
            self._connection = Connection(self.engine, self._taken)
        return self._connection

    def _take(self) -> AsyncConnection[Any]:
        self._taken = self.engine.pool.connect()
        driver: AsyncConnection[Any] = self._taken.driver_connection
        self._driver = driver  # from now on `release` gives its place back, whatever happens
        if not _at_once(driver, autocommit=True):
            await_only(driver.set_autocommit(True))
        return driver

    async def _open(self, driver: AsyncConnection[Any]) -> None:
        await driver.set_autocommit(False)
        self._is_open = True

    async def commit(self) -> None:
        """Commit what the session has not committed already."""
        driver = self._driver
        if driver is not None and driver.info.transaction_status is not TransactionStatus.IDLE:
            await driver.commit()

    async def release(self) -> None:
        """Give the connection back, without a transaction; a broken one is thrown away."""
        driver, taken, was_open = self._driver, self._taken, self._is_open
        self._driver = self._taken = self._connection = None
        self._is_open = False
        if driver is None:
            return
        try:
            if driver.info.transaction_status is not TransactionStatus.IDLE:
                await driver.rollback()
            if not was_open and not _at_once(driver, autocommit=False):
                await driver.set_autocommit(False)
        except BaseException as error:
            if taken.is_valid:
                await greenlet_spawn(taken.invalidate)
            if isinstance(error, psycopg.Error):
                return  # what broke the connection has been told already
            raise
        taken._close_special(transaction_reset=True)  # noqa: SLF001  # as Connection.close() does


def _at_once(driver: AsyncConnection[Any], *, autocommit: bool) -> bool:
    """Do what the driver's `set_autocommit` does, without its way around the event loop.

    Tell whether that was possible; where it was not, the driver itself says why.
    """
    if driver.pgconn.transaction_status != TransactionStatus.IDLE:
        return False
    driver._autocommit = autocommit  # noqa: SLF001
    return True


class WorkSession(SyncSession):
    """A session whose connection is that of the request's work."""

    @override
    def get_bind(self, *arguments: Any, **named: Any) -> Engine | Connection:
        work: Work | None = self.info.get(_WORK)
        return super().get_bind(*arguments, **named) if work is None else work.connection()


def work_of(session: AsyncSession) -> Work | None:
    """Find the work of a session from `transaction`; None where a test lends one connection."""
    work: Work | None = session.sync_session.info.get(_WORK)
    return work


def transaction(
    sessions: async_sessionmaker[AsyncSession],
) -> AbstractAsyncContextManager[AsyncSession]:
    """Open a session; commit at the end, roll back on any exception."""
    bind = sessions.kw["bind"]
    if isinstance(bind, AsyncEngine):
        return _Transaction(sessions, Work(bind.sync_engine))
    return sessions.begin()


class _Transaction(AbstractAsyncContextManager[AsyncSession]):
    """A class, since each request opens one: a generator takes three times as long."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], work: Work) -> None:
        self._work = work
        self._session = sessions(sync_session_class=WorkSession)
        self._session.sync_session.info[_WORK] = work

    @override
    async def __aenter__(self) -> AsyncSession:
        return self._session

    @override
    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        session = self._session
        try:
            try:
                if kind is None:
                    if session.in_transaction():
                        await session.commit()
                    await self._work.commit()
            finally:
                if session.sync_session.identity_map or session.in_transaction():
                    await session.close()
        finally:
            await self._work.release()
