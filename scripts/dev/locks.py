"""Keeps requirements.txt and requirements-dev.txt in step with pyproject.toml.

Without arguments it only compares, asking no registry; `python -m scripts.dev.locks compile` writes
both (add --upgrade for the newest versions).
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.dev.paths import ROOT, VENV
from scripts.dev.processes import SetupError
from scripts.dev.surroundings import surroundings
from scripts.dev.terminal import hold_to_a_sentence

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


def _require(wanted: list[str], lock: str) -> None:
    pinned: dict[str, set[str]] = {}
    for name, version in PINNED.findall((ROOT / lock).read_text()):
        pinned.setdefault(canonicalize_name(name), set()).add(version)
    for requirement in map(Requirement, wanted):
        versions = pinned.get(canonicalize_name(requirement.name), set())
        if not versions or not all(requirement.specifier.contains(v) for v in versions):
            raise SetupError(f"{lock} does not fit '{requirement}' of pyproject.toml; compile it.")


if __name__ == "__main__":
    sys.exit(hold_to_a_sentence("check", main))
