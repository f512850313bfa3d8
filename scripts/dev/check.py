"""Runs every check, shows what each of the failing ones said, and sums up."""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.dev.paths import MINIPROGRAM, PYTHON, ROOT, VENV
from scripts.dev.surroundings import surroundings
from scripts.dev.terminal import run_script, say

BIN = VENV / "bin"
TEXTS = ("app", "migrations", "miniprogram/src", "scripts", "tests", "README.md", "pyproject.toml")


@dataclass(frozen=True)
class Check:
    name: str
    command: Sequence[str | Path]
    cwd: Path = ROOT


CHECKS = (
    Check("types in Python (mypy)", [BIN / "mypy"]),
    Check("the Mini Program (tsc, biome)", ["npm", "run", "--silent", "check"], MINIPROGRAM),
    Check("lint (ruff check)", [BIN / "ruff", "check", "."]),
    Check("format (ruff format)", [BIN / "ruff", "format", "--check", "."]),
    Check("import contracts (import-linter)", [BIN / "lint-imports"]),
    Check("templates (djlint)", [BIN / "djlint", "--lint", "--quiet", "app/templates"]),
    Check("spelling (codespell)", [BIN / "codespell", *TEXTS]),
    Check("migrations in step with models", [PYTHON, "-m", "scripts.dev.migrations"]),
    Check("API types in step", [PYTHON, "-m", "scripts.dev.openapi", "--check"]),
    Check("colours and sizes in step", [PYTHON, "-m", "scripts.dev.tokens", "--check"]),
    Check("lock files in step", [PYTHON, "-m", "scripts.dev.locks"]),
)


def main() -> int:
    with ThreadPoolExecutor(max_workers=2) as pool:
        failed = [name for name, passed in pool.map(_run, CHECKS) if not passed]
    if failed:
        say(f"Failed: {'; '.join(failed)}.")
        return 1
    say(f"All {len(CHECKS)} checks passed.")
    return 0


def _run(check: Check) -> tuple[str, bool]:
    began = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=check.cwd,
        env=surroundings(),
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    passed = done.returncode == 0
    said = "" if passed else f"\n{done.stdout.rstrip()}"
    say(f"{'ok  ' if passed else 'FAIL'}  {check.name} ({time.monotonic() - began:.0f} s){said}")
    return check.name, passed


if __name__ == "__main__":
    sys.exit(run_script("check", main))
