"""The application's own sources, as the tests of its walls read them."""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.models import Base

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"
DOMAINS = frozenset(path.parent.name for path in APP.glob("*/feature.py")) - {"core"}


@dataclass(frozen=True)
class Source:
    """One module of a package under app/; `package` is "core" or a domain."""

    path: Path
    package: str
    tree: ast.Module


@cache
def sources() -> tuple[Source, ...]:
    return tuple(source_of(p) for d in sorted(DOMAINS | {"core"}) for p in (APP / d).rglob("*.py"))


def source_of(path: Path, text: str | None = None) -> Source:
    """Read a module; `text` in place of what the file holds, for tests of these tests."""
    package = path.relative_to(APP).parts[0]
    return Source(path, package, ast.parse(path.read_text() if text is None else text))


def imported(source: Source) -> Iterator[str]:
    """Name everything imported, dotted; `from a.b import c` is a.b.c."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def floors() -> list[list[str]]:
    """Read the layers of pyproject.toml, highest first; one floor may hold several packages."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(c for c in contracts["contracts"] if c.get("containers") == ["app"])["layers"]
    return [[name.strip() for name in line.replace(":", "|").split("|")] for line in layers]


def inner_containers() -> set[str]:
    """Name the domains whose inner order is held."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    inner = next(c for c in contracts["contracts"] if c["name"].startswith("Inside a domain"))
    assert inner["exhaustive"]
    return {container.removeprefix("app.") for container in inner["containers"]}


@cache
def owners() -> Mapping[str, str]:
    """Map the full name of every model to the package that owns it."""
    classes = [mapper.class_ for mapper in Base.registry.mappers]
    return {f"{c.__module__}.{c.__qualname__}": c.__module__.split(".")[1] for c in classes}
