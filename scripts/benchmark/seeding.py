"""Seed a database in minutes: rows without indexes and triggers first, then the indexes."""

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql

from app.core.crypto import keyring
from scripts.benchmark.world import DOCTORS
from scripts.dev.engines import PostgreSQL
from scripts.dev.paths import ROOT

STEPS = Path(__file__).with_name("seeding.sql")
BULKY = ("dose", "recording", "review", "media_object", "side_effect_report", "audit_event")
FAST = (
    "set session_replication_role = replica",  # no foreign key is asked for each row
    "set synchronous_commit = off",
    "set maintenance_work_mem = '1GB'",
    "set work_mem = '256MB'",
)
Say = Callable[[str], None]

CONSTRAINTS = """
select format('alter table %%s drop constraint %%I', c.conrelid::regclass, c.conname),
       format('alter table %%s add constraint %%I %%s', c.conrelid::regclass, c.conname,
              pg_get_constraintdef(c.oid))
from pg_constraint c where c.conrelid = any(%s::regclass[]) and c.contype = 'u'
"""
INDEXES = """
select format('drop index %%s', i.indexrelid::regclass),
       replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
from pg_index i where i.indrelid = any(%s::regclass[]) and not i.indisprimary
  and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
"""


def seed(postgresql: PostgreSQL, database: str, patients: int, doses: int, say: Say) -> bool:
    """Leave one that was seeded alike today as it is; answer whether it was seeded now.

    What it holds is told by a comment on it, written when it is whole.
    """
    content = f"{datetime.now(UTC).date()} {patients} {doses} {DOCTORS} {_layout()}"
    if postgresql.has_database(database):
        if _comment_of(postgresql, database) == content:
            return False
        postgresql.drop_database(database)
    _seed(postgresql, database, patients, doses, say)
    with psycopg.connect(postgresql.conninfo(database), autocommit=True) as connection:
        remark = sql.SQL("comment on database {} is {}")
        connection.execute(remark.format(sql.Identifier(database), sql.Literal(content)))
    return True


def _layout() -> str:
    """Answer a digest of all that shapes a seeded database: a migration may be edited, too."""
    digest = hashlib.sha256(STEPS.read_bytes())
    for path in sorted((ROOT / "migrations" / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _comment_of(postgresql: PostgreSQL, database: str) -> str | None:
    ask = "select shobj_description(oid, 'pg_database') from pg_database where datname = %s"
    with psycopg.connect(postgresql.conninfo(database)) as connection:
        row = connection.execute(ask, [database]).fetchone()
    return row[0] if row else None


def _migrate(url: str) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["configure_logging"] = False
    config.attributes["database_url"] = url
    command.upgrade(config, "head")


def _seed(postgresql: PostgreSQL, database: str, patients: int, doses: int, say: Say) -> None:
    postgresql.create_database(database)
    _migrate(postgresql.url(database))
    values = {
        "patients": patients,
        "doses": doses,
        "doctors": DOCTORS,
        "name": keyring().encrypt("张三", "patient.name"),
        "phone": keyring().encrypt("19000000000", "patient.phone"),
        "secret": keyring().encrypt("secret", "staff_account.totp_secret"),
    }
    with psycopg.connect(postgresql.conninfo(database), autocommit=True) as connection:
        _tune(connection)
        rebuild = _drop_indexes(connection)
        _fill(connection, database, values, say)
        for n, statement in enumerate(rebuild, start=1):
            _execute(connection, statement)
            if n % 5 == 0 or n == len(rebuild):
                say(f"{database}: {n} of {len(rebuild)} indexes made")
        say(f"{database}: vacuum analyze")
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")


def _tune(connection: psycopg.Connection[Any]) -> None:
    connection.execute("alter system set max_wal_size = '16GB'")
    connection.execute("alter system set checkpoint_timeout = '30min'")
    connection.execute("select pg_reload_conf()")
    for statement in FAST:
        _execute(connection, statement)


def _execute(connection: psycopg.Connection[Any], statement: str) -> None:
    connection.execute(statement)


def _drop_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    """Drop all but primary keys of the bulky tables; answer the statements that bring them back."""
    rebuild: list[str] = []
    for query in (CONSTRAINTS, INDEXES):
        for drop, make in connection.execute(query, [list(BULKY)]).fetchall():
            _execute(connection, drop)
            rebuild.append(make)
    return rebuild


def _fill(
    connection: psycopg.Connection[Any], database: str, values: dict[str, Any], say: Say
) -> None:
    with psycopg.ClientCursor(connection) as cursor:
        for step in STEPS.read_text().split("-- step: "):
            began = time.monotonic()
            name, _, body = step.partition("\n")
            cursor.execute(body, values)
            say(f"{database}: {name.strip('- ')[:60]} ({time.monotonic() - began:.0f} s)")
