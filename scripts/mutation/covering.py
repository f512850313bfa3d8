"""Which tests execute a line: from one run of all tests, kept until it is asked for anew."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from coverage import CoverageData

from scripts.dev.paths import PYTHON, ROOT, STATE
from scripts.dev.surroundings import surroundings
from scripts.dev.terminal import say
from scripts.mutation.faults import Fault, line_is_built_once

DATA = STATE / "mutation" / "coverage"
LEFT_OUT = "not (e2e or faults)"


def run_all() -> None:
    """Run every test once and note who executes what (some fifteen minutes)."""
    say("Running all tests once, to see which of them executes which line")
    DATA.parent.mkdir(parents=True, exist_ok=True)
    DATA.unlink(missing_ok=True)
    command: list[str | Path] = [
        PYTHON,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadfile",
        "-m",
        LEFT_OUT,
    ]
    command += ["--cov=app", "--cov-context=test", "--cov-report="]
    environment = surroundings() | {"COVERAGE_FILE": str(DATA)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        raise SystemExit("a test is red before any fault: mend it first")


class Covering:
    def __init__(self) -> None:
        self._data = CoverageData(str(DATA))
        self._data.read()
        self._lines: dict[Path, Mapping[int, list[str]]] = {}

    def tests_of(self, fault: Fault) -> list[str]:
        """The tests of the fault's own domain first: they are the likeliest to notice."""
        lines = self._contexts(fault.path)
        contexts = lines.get(fault.line, [])
        if line_is_built_once(fault.path, fault.line):
            contexts = [context for listed in lines.values() for context in listed]
        tests = {context.partition("|")[0] for context in contexts if context}
        domain = fault.path.relative_to(ROOT / "app").parts[0]
        return sorted(tests, key=lambda test: (not test.startswith(f"tests/{domain}/"), test))

    def _contexts(self, path: Path) -> Mapping[int, list[str]]:
        if path not in self._lines:
            self._lines[path] = self._data.contexts_by_lineno(str(path))
        return self._lines[path]
