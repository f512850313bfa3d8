"""After a new FIELD_KEY_ID: bring every encrypted column to the current key, batch by batch.

`python -m app.rekey` may be stopped and started again; when it is done, the old key may go.
"""

import asyncio
import logging
import sys
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, Text, func, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import Encrypted, install_keyring, keyring, keyring_from
from app.core.db import Sessionmaker, for_update, make_engine, make_sessions
from app.core.logging import configure
from app.core.settings import load_settings
from app.models import Base

log = logging.getLogger("app.rekey")
BATCH = 500
# A row is in use for a moment; what is held longer is for the next run.
WAITS_S = (1, 5, 15, 30)


def encrypted_columns() -> Iterator[tuple[Table, Column[Any]]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Encrypted):
                yield table, column


def _on_another_key(column: Column[Any]) -> ColumnElement[bool]:
    raw = type_coerce(column, Text)
    return raw.is_not(None) & ~raw.startswith(f"{keyring().current}:", autoescape=True)


async def rekey_batch(session: AsyncSession, table: Table, column: Column[Any]) -> int:
    """Leave rows that somebody else is writing for the next round."""
    key = [*table.primary_key.columns]
    result = await session.execute(
        for_update(
            select(*key, column).where(_on_another_key(column)).limit(BATCH),
            skip_locked=True,
        )
    )
    rows = result.all()
    for row in rows:
        here = [k == row[i] for i, k in enumerate(key)]
        await session.execute(update(table).where(*here).values({column.name: row[-1]}))
    return len(rows)


async def rekey(sessions: Sessionmaker) -> int:
    """Return how many values were moved; `count_left` says whether that was all."""
    total = 0
    for table, column in encrypted_columns():
        done = BATCH
        while done:
            async with sessions.begin() as session:
                done = await rekey_batch(session, table, column)
            total += done
        log.info("rekeyed", extra={"column": f"{table.name}.{column.name}"})
    return total


async def count_left(sessions: Sessionmaker) -> int:
    """Count what is on another key still, also in rows that somebody holds locked."""
    left = 0
    async with sessions() as session:
        for table, column in encrypted_columns():
            counting = select(func.count()).select_from(table).where(_on_another_key(column))
            left += await session.scalar(counting) or 0
    return left


async def rekey_all(sessions: Sessionmaker) -> int:
    """Try again what was in use; return how many values are left on another key."""
    left = None
    for wait_s in (0, *WAITS_S):
        await asyncio.sleep(wait_s)
        await rekey(sessions)
        left = await count_left(sessions)
        if left == 0:
            break
        log.warning("rows in use keep another key", extra={"left": left})
    return left or 0


async def run() -> int:
    settings = load_settings()
    configure(settings.log_level)
    install_keyring(keyring_from(settings))
    engine = make_engine(settings)
    left = await rekey_all(make_sessions(engine))
    await engine.dispose()
    return left


def main() -> None:
    if left := asyncio.run(run()):
        sys.exit(f"{left} values are still on an old key: run this again, and keep the old key.")
    log.info("all columns on the current key")


if __name__ == "__main__":
    main()
