"""After a new FIELD_KEY_ID: bring every encrypted column to the current key, batch by batch.

`python -m app.rekey` may be stopped and started again; when it is done, the old key may go.
"""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Table, Text, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import Encrypted, install_keyring, keyring, keyring_from
from app.core.db import Sessionmaker, for_update, make_engine, make_sessions
from app.core.logging import configure
from app.core.settings import load_settings
from app.models import Base

log = logging.getLogger("app.rekey")
BATCH = 500


def encrypted_columns() -> Iterator[tuple[Table, Column[Any]]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Encrypted):
                yield table, column


async def rekey_batch(session: AsyncSession, table: Table, column: Column[Any]) -> int:
    """Leave rows that somebody else is writing for the next round."""
    raw = type_coerce(column, Text)
    key = [*table.primary_key.columns]
    result = await session.execute(
        for_update(
            select(*key, column)
            .where(raw.is_not(None), ~raw.startswith(f"{keyring().current}:", autoescape=True))
            .limit(BATCH),
            skip_locked=True,
        )
    )
    rows = result.all()
    for row in rows:
        here = [k == row[i] for i, k in enumerate(key)]
        await session.execute(update(table).where(*here).values({column.name: row[-1]}))
    return len(rows)


async def rekey(sessions: Sessionmaker) -> int:
    total = 0
    for table, column in encrypted_columns():
        done = BATCH
        while done:
            async with sessions.begin() as session:
                done = await rekey_batch(session, table, column)
            total += done
        log.info("rekeyed", extra={"column": f"{table.name}.{column.name}"})
    return total


async def run() -> None:
    settings = load_settings()
    configure(settings.log_level)
    install_keyring(keyring_from(settings))
    engine = make_engine(settings)
    count = await rekey(make_sessions(engine))
    log.info("all columns on the current key", extra={"values": count})
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(run())
