"""Looks at every page of the Mini Program's preview: `python -m scripts.dev.pages --to DIR`.

In Chromium, in the three type sizes, on a usual and on the smallest phone: measures each page and
keeps its picture. Needs what scripts/test needs, and takes minutes; CI takes two of the six.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from scripts.dev.paths import PYTHON, ROOT
from scripts.dev.surroundings import surroundings

TEST = "tests/e2e/test_every_page.py"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--to", type=Path, required=True, help="the folder for the pictures")
    place: Path = arguments.parse_args().to.resolve()
    place.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [PYTHON, "-m", "pytest", "-q", TEST]
    env = surroundings() | {"WEIBU_PICTURES": str(place)}
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
