"""The faults that are put into the code: each changes one place, and the rest stays Python."""

import ast
from pathlib import Path

import pytest

from scripts.dev.paths import ROOT
from scripts.mutation.__main__ import draw
from scripts.mutation.faults import Fault, faults_of, line_is_built_once

MODULE = '''"""Words that nobody changes: 1 < 2."""
LIMIT = 3


async def close(session, rows, at):
    statement = select(Row).where(Row.id == 1, Row.at < at).order_by(Row.at.desc())
    row = await get_locked(session, Row, rows[0])
    if not row.open and at > row.at:
        raise Late
    row.closed_at = at
    await tell(session)
    return row


@Prepared
def _rows(*, at):
    return select(Row).where(_is_due(at))


def _is_due(at) -> ColumnElement[bool]:
    return Row.due_at <= at
'''


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "module.py"
    path.write_text(MODULE)
    return path


def _changed(faults: list[Fault], kind: str) -> list[str]:
    return [fault.described() for fault in faults if fault.kind == kind]


@pytest.mark.parametrize(
    ("kind", "sought"),
    [
        ("compare", "'<' -> '<='"),
        ("constant", "'3' -> '4'"),
        ("condition dropped", "'select(Row).where(Row.id == 1, Row.at < at)' -> "),
        ("order", "'Row.at.desc()' -> 'Row.at'"),
        ("lock", "-> 'session.get_one(Row, rows[0])'"),
        ("not dropped", "'not row.open' -> 'row.open'"),
        ("and/or", "'and' -> 'or'"),
        ("raise dropped", "'raise Late' -> 'pass'"),
        ("write dropped", "'row.closed_at = at' -> 'pass'"),
        ("call dropped", "'await tell(session)' -> 'pass'"),
        ("return", "'return row' -> 'return None'"),
    ],
)
def test_every_kind_is_found(module: Path, kind: str, sought: str) -> None:
    assert any(sought in text for text in _changed(faults_of(module), kind))


def test_a_fault_changes_the_code_and_leaves_it_python(module: Path) -> None:
    whole = module.read_bytes()

    for fault in faults_of(module):
        assert fault.applied_to(whole) != whole
        ast.parse(fault.applied_to(whole))
    assert not any(fault.line == 1 for fault in faults_of(module))


def test_what_is_built_once_is_seen_by_every_test_of_the_module(module: Path) -> None:
    assert line_is_built_once(module, 2)
    assert line_is_built_once(module, 17)
    assert line_is_built_once(module, 21)
    assert not line_is_built_once(module, 8)


def test_the_faults_of_one_line_are_drawn_where_it_is_named() -> None:
    sought = draw(1, 1, ["accounts/rules.py"])[0]
    named = f"{sought.path.relative_to(ROOT / 'app')}:{sought.line}"

    drawn = draw(1, 99, [named])

    assert sought in drawn
    assert {(fault.path, fault.line) for fault in drawn} == {(sought.path, sought.line)}
