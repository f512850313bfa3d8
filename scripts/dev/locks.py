"""Keeps the lock files of Python and npm in step with what the project declares.

Without arguments it only compares, asking no registry; `python -m scripts.dev.locks compile` writes
both Python ones (add --upgrade for the newest versions). An npm lock is completed by
`npm install --package-lock-only` in a directory that holds package.json, package-lock.json and
.npmrc but no node_modules: beside installed packages npm leaves out those of other platforms.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.dev.paths import ROOT, VENV
from scripts.dev.processes import SetupError
from scripts.dev.surroundings import surroundings
from scripts.dev.terminal import run_script

NPM_LOCKS = ("miniprogram/package-lock.json", "app/static/package-lock.json")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def main() -> int:
    match sys.argv[1:]:
        case []:
            _compare()
        case ["compile", *options]:
            _compile("requirements.txt", *options)
            _compile("requirements-dev.txt", "--extra", "dev", "-c", "requirements.txt", *options)
        case unknown:
            raise SetupError(f"Unknown: {' '.join(unknown)}; use compile, or nothing.")
    return 0


def _compile(target: str, *options: str) -> None:
    fixed = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header")
    command: list[str | Path] = [
        VENV / "bin/uv",
        "pip",
        "compile",
        *fixed,
        "--no-annotate",
        "--quiet",
    ]
    subprocess.run(
        [*command, *options, "pyproject.toml", "-o", target],
        cwd=ROOT,
        env=surroundings(),
        check=True,
    )


def _compare() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runtime = project["dependencies"]
    _require(runtime, "requirements.txt")
    _require(runtime + project["optional-dependencies"]["dev"], "requirements-dev.txt")
    for lock in NPM_LOCKS:
        if faults := faults_of_npm_lock((ROOT / lock).read_text()):
            raise SetupError(f"{lock}: {'; '.join(faults)}.")


def _require(wanted: list[str], lock: str) -> None:
    pinned: dict[str, set[str]] = {}
    for name, version in PINNED.findall((ROOT / lock).read_text()):
        pinned.setdefault(canonicalize_name(name), set()).add(version)
    for requirement in map(Requirement, wanted):
        versions = pinned.get(canonicalize_name(requirement.name), set())
        if not versions or not all(requirement.specifier.contains(v) for v in versions):
            raise SetupError(f"{lock} does not fit '{requirement}' of pyproject.toml; compile it.")


def faults_of_npm_lock(text: str) -> list[str]:
    """Name what would make `npm ci` fail on another platform or bind it to one registry."""
    packages: dict[str, dict[str, Any]] = json.loads(text)["packages"]
    missing = {
        f"{name} of {place or 'package.json'} is missing"
        for place, package in packages.items()
        for kind in ("dependencies", "devDependencies", "optionalDependencies")
        for name in package.get(kind, {})
        if not any(inside in packages for inside in _places(place, name))
    }
    bound = {
        f"{place} has an address" for place, package in packages.items() if "resolved" in package
    }
    return sorted(missing | bound)


def _places(place: str, name: str) -> Iterator[str]:
    """List where Node looks for a package: inside the one that asks, then outwards."""
    parts = place.split("/node_modules/") if place else []
    for depth in range(len(parts), -1, -1):
        yield "/node_modules/".join([*parts[:depth], name]) if depth else f"node_modules/{name}"


if __name__ == "__main__":
    sys.exit(run_script("check", main))
