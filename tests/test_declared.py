"""What the code imports stands in pyproject.toml: not only below a package that stands there."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = {"app", "migrations", "scripts", "tests"}
# Packages of types, named by what brings them.
BROUGHT = {"mypy-boto3-s3": "boto3-stubs"}


def _declared(*lists: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for lines in lists for line in lines}


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def _types_only(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _imports(node)


def _imported(folders: tuple[str, ...], *, at_run_time: bool) -> set[str]:
    """Name the distributions that the modules of these folders import."""
    known = packages_distributions()
    names: set[str] = set()
    for path in (p for folder in folders for p in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text())
        left_out = set(_types_only(tree)) if at_run_time else set()
        names |= {name.partition(".")[0] for name in set(_imports(tree)) - left_out}
    foreign = names - OURS - sys.stdlib_module_names
    return {canonicalize_name(known[name][0]) for name in foreign}


def test_what_the_application_imports_is_declared() -> None:
    imported = _imported(("app", "migrations"), at_run_time=True)

    assert {"anyio", "urllib3", "pillow"} <= imported
    assert imported - _declared(PROJECT["dependencies"]) == set()


def test_what_scripts_and_tests_import_is_declared() -> None:
    imported = _imported(("app", "migrations", "scripts", "tests"), at_run_time=False)
    declared = _declared(PROJECT["dependencies"], PROJECT["optional-dependencies"]["dev"])

    assert "pytest" in imported
    assert {BROUGHT.get(name, name) for name in imported} - declared == set()
