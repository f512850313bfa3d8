"""What domains may do with each other, beyond the import contracts of pyproject.toml."""

import ast
from collections.abc import Iterator

from tests.sources import (
    APP,
    DOMAINS,
    Source,
    imported,
    inner_containers,
    owners,
    source_of,
    sources,
)

EDGES = {"routes", "pages", "jobs"}
WRITES = {"insert", "update", "delete"}


def test_the_inner_order_holds_in_every_domain() -> None:
    assert inner_containers() == DOMAINS


def edges_of_others(source: Source) -> list[str]:
    """List what a module imports of another domain's routes, pages and jobs."""
    return [
        name
        for name in imported(source)
        if name.startswith("app.") and name.split(".")[1] in DOMAINS - {source.package}
        if set(name.split(".")[2:3]) & EDGES
    ]


def test_nobody_imports_the_edge_of_another_domain() -> None:
    found = {s.path: edges for s in sources() if (edges := edges_of_others(s))}

    assert found == {}


def test_an_imported_edge_is_found() -> None:
    text = "from app.patients.pages import record\nfrom app.patients import jobs, reach\n"

    source = source_of(APP / "alerts/pages.py", text)

    assert edges_of_others(source) == ["app.patients.pages.record", "app.patients.jobs"]


def names_of_models(source: Source) -> dict[str, str]:
    """Map local names of other domains' models (`Patient`, `models.Patient`) to their owners."""
    names = {
        f"{local}.{model}" if model else local: owner
        for full, local in bound(source)
        for model, owner in named_by(full)
    }
    return {name: owner for name, owner in names.items() if owner != source.package}


def bound(source: Source) -> Iterator[tuple[str, str]]:
    """Yield what `from … import` binds: the full name, and the local one."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield f"{node.module}.{alias.name}", alias.asname or alias.name


def named_by(full: str) -> Iterator[tuple[str, str]]:
    """Yield the models that an imported name is or holds: ("", owner) where it is one itself."""
    package, _, last = full.rpartition(".")
    for model, owner in owners().items():
        module, _, name = model.rpartition(".")
        if last == name and f"{module}.".startswith(f"{package}."):
            yield "", owner
        elif module == full or module.startswith(f"{full}."):
            yield name, owner


def writes_of_others(source: Source) -> list[str]:
    """List calls that write another domain's rows: `update(X)`, or a new `X(…)`."""
    names = names_of_models(source)
    found: list[str] = []
    for call in (node for node in ast.walk(source.tree) if isinstance(node, ast.Call)):
        function = ast.unparse(call.func)
        target = ast.unparse(call.args[0]) if call.args else ""
        if function in names or (function.split(".")[-1] in WRITES and target in names):
            found.append(f"{call.lineno}: {ast.unparse(call)}")
    return found


def test_nobody_writes_the_rows_of_another_domain() -> None:
    found = {s.path: writes for s in sources() if (writes := writes_of_others(s))}

    assert found == {}


def test_a_write_into_another_domain_is_found() -> None:
    text = """
from sqlalchemy import select, update
from app.alerts.models import Alert
from app.patients import models as patients
from app.patients.models import Patient as P

select(P)
update(P)
session.add(patients.Patient(sex="f"))
Alert()
"""
    found = writes_of_others(source_of(APP / "alerts/pages.py", text))

    assert found == ["8: update(P)", "9: patients.Patient(sex='f')"]
