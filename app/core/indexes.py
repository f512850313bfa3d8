"""Make an index on a table that is in use: for migrations."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql.elements import TextClause

# It waits for every transaction that was open before; meanwhile it is in nobody's way.
WAIT_FOR_OTHERS = "2h"
_INVALID = sa.text(
    "select exists (select from pg_index where indexrelid = to_regclass(:name) and not indisvalid)"
)
_TIMES = ("lock_timeout", "statement_timeout")


def create_index_concurrently(
    name: str,
    table: str,
    columns: Sequence[str | TextClause],
    *,
    ops: Mapping[str, str] | None = None,
    where: str | None = None,
    unique: bool = False,
) -> None:
    """Run it again as often as needed: what a cancelled or killed run left half made goes first.

    The limits on the time of statements do not bind here: on a large table it takes hours.
    """
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        before = {time: connection.scalar(sa.text(f"show {time}")) for time in _TIMES}
        _set(connection, {"lock_timeout": WAIT_FOR_OTHERS, "statement_timeout": "0"})
        if connection.scalar(_INVALID, {"name": name}):
            op.drop_index(name, postgresql_concurrently=True, if_exists=True)
        op.create_index(
            name,
            table,
            list(columns),
            unique=unique,
            postgresql_ops=dict(ops or {}),
            postgresql_where=sa.text(where) if where else None,
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        _set(connection, before)


def _set(connection: sa.Connection, times: dict[str, str | None]) -> None:
    for time, value in times.items():
        connection.execute(
            sa.text("select set_config(:time, :value, false)"), {"time": time, "value": value}
        )
