"""The project's rules that a test can check."""

import ast
import re
from pathlib import Path
from statistics import median, quantiles

from alembic import command
from alembic.script import ScriptDirectory
from fastapi import FastAPI
from sqlalchemy import Enum, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.settings import Settings
from app.features import FEATURES
from app.models import Base
from tests.conftest import alembic_config
from tests.routes import json_contexts

ROOT = Path(__file__).parent.parent
APP = sorted((ROOT / "app").rglob("*.py"))
OURS = [p for d in ("app", "scripts", "tests") for p in sorted((ROOT / d).rglob("*.py"))]
SHORT_LISTS = {  # fixed by the code, or one person's own
    "/api/consents", "/api/consents/documents", "/api/consents/{purpose}/withdraw",
    "/api/doses/symptoms", "/api/admin/treatment-templates",
}  # fmt: skip
# Variables: their values are constants called …_JOB, or stand in a MediaKind.
NAMES_OF_JOBS = {"announce_job", "deleted_job"}


def lines_with(pattern: str) -> list[tuple[Path, str]]:
    lines = [(path, line) for path in APP for line in path.read_text().splitlines()]
    return [(path, line) for path, line in lines if re.search(pattern, line)]


def test_only_the_edge_commits() -> None:
    assert {path for path, _ in lines_with(r"\.(commit|rollback)\(")} <= {ROOT / "app/core/db.py"}


def test_every_flush_says_why() -> None:
    assert [found for found in lines_with(r"\.flush\(") if " # " not in found[1]] == []


def test_digits_are_asked_for_by_name() -> None:
    r"""`\d` in a pattern takes the digits of all scripts, and later code expects ours."""
    assert lines_with(r"(pattern=|re\.\w+\()r[\"'].*\\d") == []


def test_every_relationship_refuses_to_load_by_itself() -> None:
    relationships = [r for mapper in Base.registry.mappers for r in mapper.relationships]

    assert relationships
    assert [str(r) for r in relationships if r.lazy != "raise"] == []


async def test_database_checks_the_enums_of_the_models(session: AsyncSession) -> None:
    """Alembic does not see a changed CHECK."""
    found = await session.execute(
        text("select conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'c'")
    )
    checks: dict[str, str] = dict(found.all())
    columns = [c for t in Base.metadata.tables.values() for c in t.columns]
    enums = [(c.table, c.type) for c in columns if isinstance(c.type, Enum)]

    assert enums
    for table, kind in enums:
        allowed = re.findall(r"'([^']*)'", checks[f"ck_{table.name}_{kind.name}"])
        assert sorted(allowed) == sorted(kind.enums), (table.name, kind.name)


def test_no_file_is_long() -> None:
    assert {p: n for p in OURS if (n := len(p.read_text().splitlines())) > 400} == {}


def test_bodies_of_functions_are_short() -> None:
    lengths = [
        (node.end_lineno or 0) - body[0].lineno + 1
        for path in APP
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (body := node.body[1:] if ast.get_docstring(node) else node.body)
    ]

    assert median(lengths) <= 8
    assert quantiles(lengths, n=10)[-1] <= 30


def job_constants() -> dict[str, str]:
    """Read the constants called `…_JOB`: their values are enqueued, here or a floor below."""
    statements = [node for path in APP for node in ast.parse(path.read_text()).body]
    return {
        target.id: str(node.value.value)
        for node in statements
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.endswith("_JOB")
        if re.fullmatch(r"\w+\.\w+", str(node.value.value))
    }


def enqueued_jobs() -> set[str]:
    """Read the name out of every `enqueue(session, name, …)`: a literal or a constant."""
    constants = job_constants()
    names = set(constants.values())
    for path in APP:
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("enqueue"):
                name = call.args[1]
                if isinstance(name, ast.Constant):
                    names.add(str(name.value))
                else:
                    assert ast.unparse(name).split(".")[-1] in constants.keys() | NAMES_OF_JOBS, (
                        path
                    )
    return names


def test_every_job_enqueued_is_declared() -> None:
    names = enqueued_jobs()

    assert names
    assert names - FEATURES.jobs.keys() == set()


def test_every_kind_of_object_names_declared_jobs() -> None:
    kinds = FEATURES.media_kinds.values()

    assert kinds
    assert {k.announce_job for k in kinds} <= FEATURES.jobs.keys()
    assert {k.deleted_job for k in kinds if k.deleted_job} <= FEATURES.jobs.keys()


def test_lists_are_pages(app: FastAPI) -> None:
    lists = {c.path for c in json_contexts(app) if str(c.response_model).startswith("list")}

    assert lists == SHORT_LISTS


async def test_migrations_are_one_line_and_in_step_with_the_models(settings: Settings) -> None:
    config = alembic_config(settings)

    assert len(ScriptDirectory.from_config(config).get_heads()) == 1
    command.check(config)
