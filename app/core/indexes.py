"""Make an index on a table that is in use, or drop it: for migrations."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql.elements import TextClause

# It waits for every transaction that was open before; meanwhile it is in nobody's way.
WAIT_FOR_OTHERS = "2h"
_TIMES = ("lock_timeout", "statement_timeout")
_CHANGED = sa.text("select pg_current_xact_id_if_assigned() is not null")
# Only of the schema that the table is in: elsewhere the same name is another index.
_FOUND = sa.text("""
select n.nspname as schema, found.relname as name, of_table.relname as of_table,
       i.indisvalid as whole
from pg_class wanted
join pg_namespace n on n.oid = wanted.relnamespace
join pg_class found on found.relnamespace = n.oid and found.relname = :name
left join pg_index i on i.indexrelid = found.oid
left join pg_class of_table on of_table.oid = i.indrelid
where wanted.oid = cast(:table as regclass)
""")


def create_index_concurrently(
    name: str,
    table: str,
    columns: Sequence[str | TextClause],
    *,
    ops: Mapping[str, str] | None = None,
    include: Sequence[str] = (),
    where: str | None = None,
    unique: bool = False,
) -> None:
    """Run it again as often as needed: what a cancelled or killed run left half made goes first.

    It stands before all other changes of its migration, which its beginning would commit. An index
    of this name that is whole stays as it is; one of another table is RuntimeError. The limits on
    the time of statements do not bind here: on a large table it takes hours.
    """
    with _beside_others() as connection:
        found = _find(connection, name, table)
        if found is not None and found.whole:
            return
        if found is not None:
            _drop(found)
        op.create_index(
            name,
            table,
            list(columns),
            unique=unique,
            postgresql_ops=dict(ops or {}),
            postgresql_include=list(include),
            postgresql_where=sa.text(where) if where else None,
            postgresql_concurrently=True,
        )


def drop_index_concurrently(name: str, table: str) -> None:
    """Drop an index that is not needed any more, if it is still there; as often as needed."""
    with _beside_others() as connection:
        found = _find(connection, name, table)
        if found is not None:
            _drop(found)


@contextmanager
def _beside_others() -> Iterator[sa.Connection]:
    """Leave the migration's transaction, and its limits of time, for as long as this takes."""
    if op.get_bind().scalar(_CHANGED):
        raise RuntimeError("A concurrent index comes first in its migration, or in one of its own.")
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        before = {time: connection.scalar(sa.text(f"show {time}")) for time in _TIMES}
        _set(connection, {"lock_timeout": WAIT_FOR_OTHERS, "statement_timeout": "0"})
        yield connection
        _set(connection, before)


def _find(connection: sa.Connection, name: str, table: str) -> sa.Row[Any] | None:
    found = connection.execute(_FOUND, {"name": name, "table": table}).one_or_none()
    if found is not None and found.of_table != table:
        raise RuntimeError(f"{name} is there already, of {found.of_table or 'no table'}.")
    return found


def _drop(found: sa.Row[Any]) -> None:
    op.drop_index(found.name, schema=found.schema, postgresql_concurrently=True)


def _set(connection: sa.Connection, times: Mapping[str, str | None]) -> None:
    for time, value in times.items():
        connection.execute(
            sa.text("select set_config(:time, :value, false)"), {"time": time, "value": value}
        )
