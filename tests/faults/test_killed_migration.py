"""A migrating process that is killed with -9 midway: the next run ends where one run would have."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psutil import Process
from psycopg import IsolationLevel, sql

from scripts.dev.engines import Engines
from scripts.dev.processes import Child, wait_until
from scripts.dev.surroundings import surroundings
from tests.conftest import ROOT

PATIENCE_S = 60
_numbers = count(1)
BUILDS = "create_index_concurrently("
# In the middle of each of these, when it has just made the table.
TABLES = {
    "first_thread": "institution",
    "patient_record": "guardian",
    "alerts": "alert_event",
    "audit_append_only": "audit_event_default",
    "figures": "slipping_patient",
}
STOPS = """
create function stand_still() returns event_trigger language plpgsql as $$
begin
  if exists (select from pg_event_trigger_ddl_commands()
             where command_tag = 'CREATE TABLE' and object_identity = 'public.{table}') then
    perform pg_sleep(3600);
  end if;
end $$;
create event trigger stand_still on ddl_command_end execute function stand_still();
"""
GOES_ON = "drop event trigger stand_still; drop function stand_still;"
INVALID = "select indexrelid::regclass::text from pg_index where not indisvalid"
BUILDING = "select pid from pg_stat_progress_create_index where phase = 'waiting for old snapshots'"
ADVISORY_LOCKS = """
select objid from pg_locks where locktype = 'advisory'
and database = (select oid from pg_database where datname = current_database())
"""
STANDING = (
    "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
)
OF_TABLES = "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 2200"


class Database:
    """One that is migrated by processes of their own."""

    def __init__(self, engines: Engines, name: str, log: Path) -> None:
        engines.postgresql.create_database(name)
        self._postgresql, self._name = engines.postgresql, name
        self._log = log
        self.open_eyes()
        self.config = Config(str(ROOT / "alembic.ini"))
        self.config.attributes |= {
            "configure_logging": False,
            "database_url": engines.postgresql.url(name),
        }

    def open_eyes(self) -> None:
        """Connect as an onlooker: again where the server was gone."""
        self._eyes = psycopg.connect(self._postgresql.conninfo(self._name), autocommit=True)

    def recovered(self) -> None:
        """Wait until the server is there again."""
        self._eyes.close()
        ends = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self.open_eyes()
            except psycopg.OperationalError:
                assert time.monotonic() < ends
                time.sleep(0.1)

    def ask(self, statement: Any) -> set[Any]:
        cursor = self._eyes.execute(statement)
        return {row[0] for row in cursor} if cursor.description else set()

    def until(self, statement: str, *, found: bool = True) -> None:
        ends = time.monotonic() + PATIENCE_S
        while bool(self.ask(statement)) is not found:
            assert time.monotonic() < ends, statement
            time.sleep(0.1)

    @property
    def revision(self) -> str | None:
        there = self.ask("select to_regclass('public.alembic_version')::text") - {None}
        return (
            next(iter(self.ask("select version_num from alembic_version")), None) if there else None
        )

    def shape(self) -> str:
        """Describe everything but the rows."""
        dump, conninfo = self._postgresql.program("pg_dump"), self._postgresql.conninfo(self._name)
        said = subprocess.check_output([dump, "--schema-only", conninfo], text=True)  # noqa: S603 ours
        # pg_dump writes a random word into lines of its own.
        return "\n".join(line for line in said.splitlines() if not line.startswith("\\"))

    def counts(self) -> dict[str, int]:
        """Count the rows of each table: migrations write some."""
        count = sql.SQL("select count(*) from {}")
        tables = sorted(self.ask(OF_TABLES))
        return {t: next(iter(self.ask(count.format(sql.Identifier(t))))) for t in tables}

    def start(self) -> Child:
        """Migrate to the head in a process of its own."""
        child = Child(
            "alembic",
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            log=self._log,
            env=surroundings() | {"DATABASE_URL": self._postgresql.url(self._name)},
            cwd=ROOT,
        )
        child.start()
        return child

    @contextmanager
    def old_snapshot(self) -> Iterator[None]:
        """Keep an index from being finished: this transaction might still look for its rows."""
        with psycopg.connect(self._postgresql.conninfo(self._name)) as other:
            other.isolation_level = IsolationLevel.REPEATABLE_READ
            other.execute("select 1")
            yield
            with suppress(psycopg.OperationalError):  # its server may be gone
                other.rollback()

    @contextmanager
    def standing_at(self, table: str) -> Iterator[None]:
        self.ask(STOPS.format(table=table))
        yield
        self.ask(GOES_ON)

    def close(self) -> None:
        self._eyes.close()


@pytest.fixture
def databases(own_engines: Engines, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    log = tmp_path / "alembic.log"
    killed, whole = (
        Database(own_engines, f"weibu_{n}_{next(_numbers)}", log) for n in ("killed", "not_killed")
    )
    yield killed, whole
    for database in (killed, whole):
        database.close()


def kill_when(database: Database, stands: str) -> None:
    """Begin to migrate, kill it when it stands there, and see that its connection goes, too."""
    process = database.start()
    try:
        database.until(stands)
        assert process.running
    finally:
        process.kill()
    database.until(ADVISORY_LOCKS, found=False)


def moments() -> Iterator[tuple[str, str | None, str | None]]:
    """List revision, the one before, and the table in whose making it is killed, or None: index."""
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    for script in reversed([*scripts.walk_revisions()]):
        before = script.down_revision
        assert before is None or isinstance(before, str)
        if BUILDS in Path(script.path).read_text():
            yield script.revision, before, None
        if script.revision in TABLES:
            yield script.revision, before, TABLES[script.revision]


def test_migrating_that_is_killed_again_and_again_ends_as_if_it_never_was(
    databases: tuple[Database, Database],
) -> None:
    killed, whole = databases
    command.upgrade(whole.config, "head")
    met = set()

    for revision, before, table in moments():
        command.upgrade(killed.config, before or "base")
        tables = killed.ask(OF_TABLES)
        if table is None:
            with killed.old_snapshot():
                kill_when(
                    killed,
                    "select pid from pg_stat_progress_create_index"
                    " where phase = 'waiting for old snapshots'",
                )
            assert len(killed.ask(INVALID)) == 1, revision
        else:
            with killed.standing_at(table):
                kill_when(killed, STANDING)
            assert killed.ask(INVALID) == set(), revision
        assert killed.revision == before
        assert killed.ask(OF_TABLES) == tables, revision
        met.add((revision, table))
    last = killed.start()
    wait_until(lambda: not last.running, within_s=PATIENCE_S, child=last)
    code = last.exit_code
    last.stop()
    assert code == 0, last.last_lines()

    assert {table for _, table in met} == {*TABLES.values(), None}
    assert len(met) >= 12
    assert killed.revision == whole.revision
    assert killed.ask(INVALID) == set()
    assert killed.shape() == whole.shape()
    assert killed.counts() == whole.counts()


def test_a_build_whose_server_process_is_killed_is_begun_again(
    databases: tuple[Database, Database],
) -> None:
    """As the kernel does when memory is short: PostgreSQL ends everybody and recovers."""
    killed, whole = databases
    command.upgrade(whole.config, "head")
    command.upgrade(killed.config, "standard_templates")

    with killed.old_snapshot():
        process = killed.start()
        killed.until(BUILDING)
        killed.ask("checkpoint")  # a throw-away server writes nothing by itself in this moment
        Process(killed.ask(BUILDING).pop()).kill()
        wait_until(lambda: not process.running, within_s=PATIENCE_S, child=process)
        code = process.exit_code
        process.stop()
    for database in databases:
        database.recovered()
    broken = killed.ask(INVALID)
    command.upgrade(killed.config, "head")

    assert code
    assert broken == {"ix_dose_moved_to_id"}
    assert killed.ask(INVALID) == set()
    assert killed.shape() == whole.shape()
