"""The queue's schema in the database: what it must be for the library that is installed.

A new version of the library that changes its schema needs a numbered migration of ours that runs
the library's own, and a new digest here; until then a test is red and a release refuses to start.
"""

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

LIBRARY, LIBRARY_VERSION = "procrastinate", "3.10.0"
DIGEST = "1e1f48454794c17679a340789bae8bdeb3f1d2715bbb94b72ecab23435354c94"
# Everything by name and definition, nothing by number: two databases of one schema are equal.
_PARTS = text(
    r"""
    with of_queue as (
        select oid, relname, relkind from pg_class
        where relnamespace = current_schema()::regnamespace
          and relname like 'procrastinate\_%' and relkind in ('r', 'c')
    )
    select 'column', r.relname, a.attname, format_type(a.atttypid, a.atttypmod)
        || case when a.attnotnull then ' not null' else '' end
        || coalesce(' ' || pg_get_expr(d.adbin, d.adrelid), '') || a.attidentity::text
    from of_queue r
    join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
    union all
    select 'constraint', r.relname, c.conname, pg_get_constraintdef(c.oid)
    from of_queue r join pg_constraint c on c.conrelid = r.oid and c.contype <> 'n'
    union all
    select 'index', r.relname, i.indexrelid::regclass::text,
        replace(pg_get_indexdef(i.indexrelid), current_schema() || '.', '')
    from of_queue r join pg_index i on i.indrelid = r.oid
    union all
    select 'trigger', r.relname, t.tgname,
        replace(pg_get_triggerdef(t.oid), current_schema() || '.', '')
    from of_queue r join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
    union all
    select 'enum', t.typname, '', string_agg(e.enumlabel, ',' order by e.enumsortorder)
    from pg_type t join pg_enum e on e.enumtypid = t.oid
    where t.typnamespace = current_schema()::regnamespace and t.typname like 'procrastinate\_%'
    group by t.typname
    union all
    select 'function', p.proname, pg_get_function_arguments(p.oid),
        pg_get_function_result(p.oid) || ' ' || p.prosrc
    from pg_proc p
    where p.pronamespace = current_schema()::regnamespace and p.proname like 'procrastinate\_%'
    """
)


class QueueSchemaError(RuntimeError):
    """Library, database and this file do not agree."""


def digest_of(connection: Connection) -> str:
    parts = sorted("|".join(row) for row in connection.execute(_PARTS))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def library_migrations(after: str, until: str) -> Iterator[str]:
    """Yield the library's own migrations whose file names lie between, in their order.

    A migration of ours names both ends, so that it does the same whatever version is installed.
    """
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    if until not in {file.name for file in files}:
        raise QueueSchemaError(f"the installed {LIBRARY} has no {until}")
    for file in files:
        if after < file.name <= until:
            yield file.read_text(encoding="utf-8")


def check_library() -> None:
    installed = version(LIBRARY)
    if installed != LIBRARY_VERSION:
        raise QueueSchemaError(
            f"{LIBRARY} {installed} is installed, the migrations know {LIBRARY_VERSION}:"
            " write a migration that runs the library's own, and set version and digest here"
        )


def check_database(connection: Connection) -> None:
    if digest_of(connection) != DIGEST:
        raise QueueSchemaError(
            "the queue's tables and functions are not those of the migrations: run"
            " `python -m app.release`, or see who changed them"
        )
