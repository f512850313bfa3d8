"""Whoever makes an index on a table that is there already makes it beside the others' work."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text

from app.core import indexes
from app.core.settings import Settings
from scripts.dev.engines import Engines
from tests.conftest import alembic_config

VERSIONS = sorted((Path(__file__).parent.parent / "migrations/versions").glob("*.py"))
REWRITTEN = "the migration writes every row of the table anyway; released before any was large"
SMALL = "a table of some dozens or hundreds of rows"
# Indexes on tables older than they, made in the way of others; nothing is added but with a reason.
IN_THE_WAY = {
    ("media_kinds", "ix_media_object_presigned"): REWRITTEN,
    ("media_kinds", "ix_media_object_delete_at"): REWRITTEN,
    ("open_vocabularies", "uq_consent_open"): "made anew with its column's type; few rows a person",
    ("patient_record", "ix_patient_merged_into_id"): "of a column that is new: it has no entry",
    ("alerts", "uq_alert_patient_id_kind_episode"): REWRITTEN,
    ("alerts", "ix_alert_team_waiting"): REWRITTEN,
    ("alerts", "ix_alert_team_handled"): REWRITTEN,
    ("alerts", "ix_alert_handled_at"): REWRITTEN,
    ("alerts", "ix_alert_escalate_at"): REWRITTEN,
    ("alerts", "ix_alert_subject_id"): REWRITTEN,
    ("alerts", "ix_alert_patient_id_raised_at"): REWRITTEN,
    ("scan_log_in", "ix_scan_code_staff_account_id_open"): "its rows live for minutes",
    ("template_owner", "uq_treatment_template_name"): SMALL,
    ("audit_append_only", "pk_audit_event_before"): "built beside others under another name",
    (
        "severe_stop",
        "uq_dose_hold_undecided",
    ): "of rows without an end, which are new",
    ("figures_by_condition", "pk_adherence_day"): "figures of a night, which are made anew",
    ("figures_by_condition", "pk_slipping_patient"): "figures of a night, which are made anew",
    ("treatment_versions", "uq_treatment_change_corrects_id"): "of a column that is new: no entry",
}
_INDEXES = text(
    "select indexrelid as id, indexrelid::regclass::text as name, indrelid as of_table"
    " from pg_index join pg_class on oid = indrelid"
    " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
)
_BUILD = indexes.create_index_concurrently
_TABLES = text("select oid from pg_class where relkind in ('r', 'p')")


def _concurrent_by_itself(tree: ast.Module) -> Iterator[str]:
    """Find statements of a migration's own that build or drop an index concurrently."""
    comments = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        said = str(node.value) if isinstance(node, ast.Constant) else ""
        if id(node) not in comments and "concurrently" in said.lower():
            yield said
        if isinstance(node, ast.keyword) and node.arg == "postgresql_concurrently":
            yield ast.unparse(node)


def test_only_the_helper_builds_or_drops_concurrently() -> None:
    found = {path.name: [*_concurrent_by_itself(ast.parse(path.read_text()))] for path in VERSIONS}

    assert len(found) > 20
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize(
    "line",
    [
        'op.execute("create index concurrently a on b (c)")',
        'op.execute(f"CREATE INDEX CONCURRENTLY {a} on b (c)")',
        'op.create_index("a", "b", ["c"], postgresql_concurrently=True)',
    ],
)
def test_one_that_does_it_by_itself_is_found(line: str) -> None:
    assert [*_concurrent_by_itself(ast.parse(f"'Build concurrently.'\n{line}"))]


class Watch:
    """Runs one migration after the other and notes which indexes came with which."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.by_helper: set[str] = set()
        self.in_the_way: set[tuple[str, str]] = set()

    def build(self, name: str, *given: Any, **options: Any) -> None:
        self.by_helper.add(name)
        _BUILD(name, *given, **options)

    def _ask(self, statement: Any) -> list[Any]:
        return [*self._connection.execute(statement)]

    def run(self, revision: str, upgrade: Any) -> None:
        tables = {row.oid for row in self._ask(_TABLES)}
        before = {row.id for row in self._ask(_INDEXES)}
        self._connection.commit()  # its snapshot would hold up a concurrent build for ever
        upgrade(revision)
        self.in_the_way |= {
            (revision, row.name)
            for row in self._ask(_INDEXES)
            if row.of_table in tables and row.id not in before and row.name not in self.by_helper
        }
        self._connection.commit()


@pytest.fixture(scope="module")
def engine_of_empty(engines: Engines, settings: Settings) -> Iterator[Engine]:
    engines.postgresql.create_database("weibu_one_by_one_test")
    url = settings.database_url.get_secret_value().replace("weibu_test", "weibu_one_by_one_test")
    made = create_engine(url)
    yield made
    made.dispose()


def test_an_index_on_a_table_that_is_there_stops_nobody(
    engine_of_empty: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = alembic_config(settings)
    config.attributes["database_url"] = engine_of_empty.url.render_as_string(hide_password=False)
    revisions = [r.revision for r in ScriptDirectory.from_config(config).walk_revisions()]

    with engine_of_empty.connect() as connection:
        watch = Watch(connection)
        monkeypatch.setattr(indexes, "create_index_concurrently", watch.build)
        for revision in reversed(revisions):
            watch.run(revision, lambda to: command.upgrade(config, to))

    assert {"ix_dose_severe", "ix_alert_handled"} <= watch.by_helper
    assert watch.in_the_way == IN_THE_WAY.keys()
