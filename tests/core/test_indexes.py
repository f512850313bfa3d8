"""A concurrent index that did not come to its end is made whole by the next run, and nothing else.

Each test runs real migrations, of a directory of its own, through the project's `env.py`.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from psycopg import IsolationLevel
from psycopg.rows import namedtuple_row
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from app.core import indexes
from scripts.dev.engines import Engines
from tests.conftest import ROOT

PATIENCE_S = 20
GIVEN_BACK_S = 5
PATIENT = "-c statement_timeout=10s"
NAME = "ix_thing_place"
ADVISORY_LOCKS = """
select objid from pg_locks where locktype = 'advisory'
and database = (select oid from pg_database where datname = current_database())
"""
TABLES = """
create table thing (id int primary key, place int, name text);
insert into thing select n, n % 7, n::text from generate_series(1, 500) n;
create table thing_else (id int, place int);
create index ix_thing_place_2 on thing (place);
create index ix_thing_name on thing (name);
create schema postgres;  -- named as the user: names are looked for here first
create table postgres.another (place int);
create index ix_thing_place on postgres.another (place);
create index ix_thing_place_2 on postgres.another (place);
"""
# Broken by somebody else, and no business of this migration.
BROKEN = (
    "update pg_index set indisvalid = false where indexrelid in"
    " ('ix_thing_name'::regclass, 'postgres.ix_thing_place'::regclass)"
)
BUILD = f'create_index_concurrently("{NAME}", "thing", ["place"], where="place > 0")'
MADE = f"CREATE INDEX {NAME} ON public.thing USING btree (place) WHERE (place > 0)"
UNIQUE = MADE.replace("INDEX", "UNIQUE INDEX")
LIMITS = (
    "create table limits as select current_setting('lock_timeout'),"
    " current_setting('statement_timeout') as of_statement"
)
UNLIMITED = """
create function unlimited(place int) returns int immutable language plpgsql as $$
begin
  if current_setting('statement_timeout') <> '0' or current_setting('lock_timeout') <> '2h' then
    raise 'a limit of time binds';
  end if;
  return place;
end $$;
"""
INDEX = """
from alembic import op
from app.core.indexes import create_index_concurrently, drop_index_concurrently

revision, down_revision = "built", "tables"

def upgrade():
    {acts}
"""
START = """
from alembic import op

revision, down_revision = "tables", None

def upgrade():
    op.execute({statements!r})
"""
_numbers = count(1)


class Database:
    """A database of its own with a migration that builds an index, and eyes on its catalogue."""

    def __init__(self, engines: Engines, place: Path) -> None:
        name = f"weibu_indexes_{next(_numbers)}_test"
        engines.postgresql.create_database(name)
        self._conninfo = engines.postgresql.conninfo(name)
        self._place = place
        self._config = Config(str(ROOT / "alembic.ini"))
        self._config.set_main_option("version_locations", str(place))
        self._config.attributes |= {
            "configure_logging": False,
            "database_url": engines.postgresql.url(name),
        }
        self._eyes = psycopg.connect(
            self._conninfo,
            autocommit=True,
            row_factory=namedtuple_row,
            options=PATIENT,
        )
        (place / "tables.py").write_text(START.format(statements=TABLES))
        self.write(BUILD, f"op.execute({LIMITS!r})")
        self.upgrade("tables")
        self.ask(BROKEN)

    def write(self, *acts: str) -> None:
        """Put the acts of the second migration."""
        (self._place / "built.py").write_text(INDEX.format(acts="\n    ".join(acts)))

    def upgrade(self, to: str = "head") -> None:
        """Whoever ran before has given the lock back: else this would wait for an hour."""
        self.until_none(ADVISORY_LOCKS)
        command.upgrade(self._config, to)

    def stamp(self, revision: str) -> None:
        command.stamp(self._config, revision)

    def ask(self, statement: str, **values: object) -> list[Any]:
        cursor = self._eyes.execute(statement, values)
        return cursor.fetchall() if cursor.description else []

    def index(self, name: str = f"public.{NAME}") -> Any:
        found = self.ask(
            "select i.indisvalid as valid, i.indislive as live, i.indexrelid as oid, c.relfilenode,"
            " pg_get_indexdef(i.indexrelid) as made"
            " from pg_index i join pg_class c on c.oid = i.indexrelid"
            " where i.indexrelid = to_regclass(%(name)s)",
            name=name,
        )
        return found[0] if found else None

    def set_valid(self, valid: bool) -> None:
        index = "update pg_index set indisvalid = %(valid)s where indexrelid = %(name)s::regclass"
        self.ask(index, valid=valid, name=f"public.{NAME}")

    def neighbours(self) -> list[Any]:
        return [
            self.index(name)
            for name in (
                "public.ix_thing_place_2", "ix_thing_name", "thing_pkey",
                "postgres.ix_thing_place", "postgres.ix_thing_place_2",
            )
        ]  # fmt: skip

    @property
    def at_head(self) -> bool:
        return [r.version_num for r in self.ask("select * from alembic_version")] == ["built"]

    @contextmanager
    def open(
        self, statement: str, level: IsolationLevel = IsolationLevel.READ_COMMITTED
    ) -> Iterator[psycopg.Connection]:
        """Hold a transaction open in which this was asked."""
        with psycopg.connect(self._conninfo, options=PATIENT) as connection:
            connection.isolation_level = level
            connection.execute(statement)
            yield connection
            connection.rollback()

    def wait_for(self, phase: str) -> int:
        """Wait until the build stands still in this phase; answer the process of the server."""
        asked = (
            "select a.pid from pg_stat_activity a"
            " left join pg_stat_progress_create_index p on p.pid = a.pid"
            " where a.wait_event_type = 'Lock' and a.datname = current_database()"
            " and strpos(coalesce(p.phase, a.query), %(phase)s) > 0"
        )
        pid: int = self.until(asked, phase=phase)[0].pid
        return pid

    def until(self, asked: str, **values: object) -> list[Any]:
        """Ask until there is a row."""
        ends = time.monotonic() + PATIENCE_S
        while not (rows := self.ask(asked, **values)):
            assert time.monotonic() < ends, asked
            time.sleep(0.05)
        return rows

    def until_none(self, asked: str) -> None:
        """Ask until there is no row: the server ends a session a moment after its client left."""
        ends = time.monotonic() + GIVEN_BACK_S
        while rows := self.ask(asked):
            assert time.monotonic() < ends, (asked, rows)
            time.sleep(0.05)

    def close(self) -> None:
        self._eyes.close()


@pytest.fixture
def database(engines: Engines, tmp_path: Path) -> Iterator[Database]:
    made = Database(engines, tmp_path)
    yield made
    made.close()


BEFORE, BETWEEN, AFTER = (
    "waiting for writers before build",
    "waiting for writers before validation",
    "waiting for old snapshots",
)
WRITES = "update thing set name = 'new' where id = {}"


@contextmanager
def standing(database: Database, phase: str) -> Iterator[tuple[Future[None], int]]:
    """Run the migrations beside the test; hold them in this phase until the block is left."""
    with ThreadPoolExecutor(1) as pool, ExitStack() as others:
        at = IsolationLevel.REPEATABLE_READ if phase == AFTER else IsolationLevel.READ_COMMITTED
        asks = "select count(*) from thing_else" if phase == AFTER else WRITES.format(1)
        first = others.enter_context(database.open(asks, at))
        run = pool.submit(database.upgrade)
        if phase == BETWEEN:
            database.wait_for(BEFORE)
            others.enter_context(database.open(WRITES.format(2)))
            first.rollback()
        yield run, database.wait_for(phase)


def cancel(database: Database, pid: int) -> None:
    assert database.ask(f"select pg_cancel_backend({pid})")


def terminate(database: Database, pid: int) -> None:
    assert database.ask(f"select pg_terminate_backend({pid})")


def give_up(_: Database, __: int) -> None:
    """Let it end by itself: it has waited long enough."""


@pytest.mark.parametrize(
    ("phase", "end", "said"),
    [
        (BEFORE, cancel, "user request"),
        (BETWEEN, cancel, "user request"),
        (AFTER, cancel, "user request"),
        (BETWEEN, terminate, "reconnect"),
        (AFTER, terminate, "reconnect"),
        (AFTER, give_up, "lock timeout"),
    ],
)
def test_a_build_that_was_ended_is_begun_again_and_no_other_index_changes(
    phase: str,
    end: Callable[[Database, int], None],
    said: str,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = database.neighbours()
    monkeypatch.setattr(indexes, "WAIT_FOR_OTHERS", "3s" if end is give_up else "2h")

    with standing(database, phase) as (run, pid):
        end(database, pid)
        with pytest.raises(SQLAlchemyError, match=said):
            run.result(30)
    left, at_head = database.index(), database.at_head
    database.upgrade()
    made = database.index()

    assert (left.valid, at_head) == (False, False)
    assert (made.valid, made.live, database.at_head) == (True, True, True)
    assert made.made == MADE
    assert made.oid != left.oid
    assert database.neighbours() == before


@pytest.mark.parametrize("live", [True, False])
def test_a_clearing_up_that_was_ended_is_begun_again(live: bool, database: Database) -> None:
    """Dropping what a first run left is cancelled, too: before and after it was declared dead."""
    before = database.neighbours()
    database.ask(f"create index {NAME} on thing (place)")
    database.set_valid(False)

    reads = "select * from thing limit 1"
    with ThreadPoolExecutor(1) as pool, database.open(reads) as first, ExitStack() as others:
        run = pool.submit(database.upgrade)
        pid = database.wait_for("DROP INDEX")
        if not live:
            others.enter_context(database.open(reads))
            first.rollback()
            database.until("select 1 from pg_index where not indislive")
        cancel(database, pid)
        with pytest.raises(DBAPIError, match="user request"):
            run.result(30)
    left = database.index()
    database.upgrade()

    assert (left.valid, left.live) == (False, live)
    assert (database.index().valid, database.index().made) == (True, MADE)
    assert database.neighbours() == before


def test_a_unique_index_that_found_two_alike_is_begun_again(database: Database) -> None:
    database.write(BUILD.replace(")", ", unique=True)"))
    with pytest.raises(IntegrityError):
        database.upgrade()
    left = database.index()

    database.ask("delete from thing where id > 7")
    database.upgrade()

    assert left.valid is False
    assert (database.index().valid, database.index().made) == (True, UNIQUE)


def test_a_whole_index_is_not_built_again(database: Database) -> None:
    """The run was ended after the build and before its revision was written down."""
    database.upgrade()
    before = database.index()
    database.ask("drop table limits")
    database.stamp("tables")

    database.upgrade()

    assert database.at_head
    assert before.valid
    assert database.index() == before


@pytest.mark.parametrize("valid", [True, False])
def test_an_index_of_this_name_on_another_table_is_refused_and_kept(
    valid: bool, database: Database
) -> None:
    """Neither dropped as if it were ours, nor taken for ours: then ours would never be made."""
    database.ask(f"create index {NAME} on thing_else (place)")
    database.set_valid(valid)
    before = database.index()

    with pytest.raises(RuntimeError, match=f"{NAME} .* thing_else"):
        database.upgrade()

    assert database.index() == before
    assert not database.at_head


def test_no_limit_of_time_binds_a_build(database: Database) -> None:
    database.ask(UNLIMITED)
    database.write(
        "from sqlalchemy import text", BUILD.replace('"place"', 'text("unlimited(place)")')
    )

    database.upgrade()

    assert "unlimited(place)" in database.index().made


def test_what_follows_has_its_limits_of_time_again(database: Database) -> None:
    database.upgrade()

    assert [tuple(row) for row in database.ask("select * from limits")] == [("5s", "10min")]


def test_an_index_after_other_changes_is_refused(database: Database) -> None:
    """They would be committed when the build begins, and in the way of the run after a cancel."""
    database.write('op.execute("alter table thing add column late int")', BUILD)

    with pytest.raises(RuntimeError, match="first"):
        database.upgrade()

    columns = "select 1 from information_schema.columns where column_name = 'late'"
    assert database.ask(columns) == []
    assert database.index() is None


def test_a_replaced_index_goes_without_stopping_anybody(database: Database) -> None:
    """Cancelled while it waits for a reader, too; and one of the same name elsewhere stays."""
    database.write('drop_index_concurrently("ix_thing_place_2", "thing")')
    before = database.neighbours()

    with ThreadPoolExecutor(1) as pool, database.open("select * from thing limit 1"):
        run = pool.submit(database.upgrade)
        pid = database.wait_for("DROP INDEX")
        database.ask("insert into thing values (0, 0, 'nobody waits')")
        cancel(database, pid)
        with pytest.raises(DBAPIError, match="user request"):
            run.result(30)
    database.upgrade()

    assert database.at_head
    assert database.neighbours() == [None, *before[1:]]
