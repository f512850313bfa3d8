"""Runs the Mini Program's tests, then pytest in two processes, then what must run alone."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.dev.paths import MINIPROGRAM, PYTHON, ROOT
from scripts.dev.surroundings import surroundings
from scripts.dev.terminal import run_script, say

PYTEST: list[str | Path] = [PYTHON, "-m", "pytest"]
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")  # a costly fixture of one file is made once
ALONE = "e2e or faults"  # the one measures time, the other kills processes

SUITES: tuple[tuple[str, Sequence[str | Path], Path], ...] = (
    ("the Mini Program's tests", ["npm", "run", "--silent", "test"], MINIPROGRAM),
    ("the tests of the built Mini Program", ["npm", "run", "--silent", "verify"], MINIPROGRAM),
    ("the tests", [*PYTEST, *SIDE_BY_SIDE, "-m", f"not ({ALONE})"], ROOT),
    ("the browser and fault tests", [*PYTEST, "-m", ALONE], ROOT),
)


def main() -> int:
    asked_for = sys.argv[1:]
    if asked_for:
        return _run([*PYTEST, *asked_for])
    failed = [name for name, command, cwd in SUITES if _run(command, cwd, name)]
    say(f"Failed: {', '.join(failed)}." if failed else "All tests passed.")
    return 1 if failed else 0


def _run(command: Sequence[str | Path], cwd: Path = ROOT, name: str | None = None) -> int:
    if name:
        say(f"Running {name}")
    return subprocess.run(command, cwd=cwd, env=surroundings(), check=False).returncode


if __name__ == "__main__":
    sys.exit(run_script("test", main))
