"""Walk rows in a job: one that fails never stops its neighbours, and is never silent.

    async with each_item() as items:
        async for ids in pages(context.sessions, _due):
            await items.write(context.sessions, ids, _settle)

`_due(session, last)` lists the keys of the next page after `last` in a fixed order, so that what
fails at the head of that order is passed by; `_settle(session, ids)` does them in one transaction.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import Sessionmaker

log = logging.getLogger("app.items")
PAGE = 5000
T = TypeVar("T")
Found = tuple[Any, ...]
Act = Callable[[AsyncSession, Sequence[T]], Awaitable[object]]
Read = Callable[[AsyncSession, T | None], Awaitable[Sequence[T]]]


class ItemsFailedError(RuntimeError):
    """Raised when all others are done, so that the job is seen as failed; the log names each."""


class Items:
    """Counts what failed in one run of a job."""

    def __init__(self) -> None:
        self.failed = 0

    async def write(self, sessions: Sessionmaker, batch: Sequence[T], act: Act[T]) -> None:
        """Do a batch in one transaction; where that fails do its halves, down to the bad item."""
        if not batch:
            return
        try:
            async with sessions.begin() as session:
                await act(session, batch)
        except Exception:
            await _answers(sessions)
            if len(batch) == 1:
                log.exception("item failed", extra={"item": _name(batch[0])})
                self.failed += 1
                return
            middle = len(batch) // 2
            await self.write(sessions, batch[:middle], act)
            await self.write(sessions, batch[middle:], act)

    @asynccontextmanager
    async def alone(
        self, item: object, works: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[None]:
        """One item that calls another system; raise when `works` says that all of it is away."""
        try:
            yield
        except Exception:
            if not await works():
                raise
            log.exception("item failed", extra={"item": _name(item)})
            self.failed += 1

    @asynccontextmanager
    async def savepoint(self, session: AsyncSession, item: object) -> AsyncIterator[None]:
        """One item of a transaction whose rows have to stay locked together."""
        try:
            async with session.begin_nested():
                yield
        except Exception:
            log.exception("item failed", extra={"item": _name(item)})
            self.failed += 1


@asynccontextmanager
async def each_item() -> AsyncIterator[Items]:
    items = Items()
    yield items
    if items.failed:
        raise ItemsFailedError(f"{items.failed} failed")


async def pages(sessions: Sessionmaker, read: Read[T]) -> AsyncIterator[Sequence[T]]:
    """Read page after page, none of it in a transaction that stays open meanwhile."""
    last: T | None = None
    while True:
        async with sessions() as session:
            page = await read(session, last)
        if not page:
            return
        yield page
        last = page[-1]


async def forget_rows(
    sessions: Sessionmaker,
    items: Items,
    key: Sequence[InstrumentedAttribute[Any]],
    at: InstrumentedAttribute[Any],
    before: object,
    batch: int = PAGE,
) -> None:
    """Delete rows of before, a batch a transaction; `key` is their primary key."""

    async def old(session: AsyncSession, last: Found | None) -> Sequence[Found]:
        statement = select(at, *key).where(at < before).order_by(at, *key).limit(batch)
        if last is not None:
            statement = statement.where(tuple_(at, *key) > last)
        return [tuple(row) for row in await session.execute(statement)]

    async def remove(session: AsyncSession, rows: Sequence[Found]) -> None:
        keys = [row[1:] for row in rows]
        await session.execute(
            delete(key[0].class_)
            .where(tuple_(*key).in_(keys))
            .execution_options(synchronize_session=False)
        )

    async for rows in pages(sessions, old):
        await items.write(sessions, rows, remove)


async def _answers(sessions: Sessionmaker) -> None:
    """Raise when it is the database that is away, and no item's fault."""
    async with sessions() as session:
        await session.execute(text("select 1"))


def _name(item: object) -> str:
    """Name an item by its id: rows of keys have it last."""
    return str(item[-1] if isinstance(item, tuple) and item else item)
