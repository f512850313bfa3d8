"""Several callers at once, each in a transaction of its own on a committed database.

A lock, a unique index or a conditional update without a test of this form is not tested: every
other test has one caller.
"""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessionmaker
from app.core.problems import Problem, of_integrity_error

Work = Callable[[AsyncSession], Awaitable[object]]
WHILE_UNCOMMITTED_S = 0.05


async def outcome(sessions: Sessionmaker, work: Work, start: asyncio.Barrier | None = None) -> str:
    """Answer the problem's slug, or "ok". All begin together and stay open for a moment."""
    try:
        async with sessions.begin() as session:
            if start is not None:
                await (await session.connection()).scalar(select(1))  # the transaction has begun
                await start.wait()
            await work(session)
            await asyncio.sleep(WHILE_UNCOMMITTED_S)
    except IntegrityError as error:
        return of_integrity_error(error).type
    except Problem as problem:
        return problem.type
    return "ok"


async def together(sessions: Sessionmaker, *works: Work) -> list[str]:
    """Run all at once and answer their outcomes, sorted: who comes first is left to chance."""
    start = asyncio.Barrier(len(works))
    return sorted(await asyncio.gather(*(outcome(sessions, work, start) for work in works)))


async def somebody_waits(sessions: Sessionmaker) -> bool:
    """Tell whether a transaction of this database waits for the lock of another."""
    waiting = (
        "select count(*) from pg_stat_activity"
        " where wait_event_type = 'Lock' and datname = current_database()"
    )
    async with sessions() as session:
        return bool(await session.scalar(text(waiting)))
