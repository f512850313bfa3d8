"""A copy of the house with the toy domain in it: its package, and one line in each list.

The lists are those that README names under "Add a domain".
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TOY = Path(__file__).parent
COPIED = ("app", "migrations", "scripts", "tests")
FILES = ("pyproject.toml", "alembic.ini", "README.md")
NOT_COPIED = shutil.ignore_patterns("vendor", "e2e", "faults", "toy", "__pycache__", "demo")


@dataclass(frozen=True)
class Line:
    """`new` is put in behind the first place of `after` in the file at `path`."""

    path: str
    after: str
    new: str


FEATURES, MODELS, PARTS = "app/features.py", "app/models.py", "app/today/parts.py"
SECTIONS, LINES_OF_DESK = "app/patient_page/sections.py", "app/desk/lines.py"
# What a person adds to the lists, besides the package, its templates and its migration.
LINES = (
    Line(FEATURES, "app.today.feature import FEATURE as TODAY\n", "from app.toy import feature\n"),
    Line(FEATURES, "    MEDICATION,\n", "    feature.FEATURE,\n"),
    Line(
        MODELS,
        "from app.patients import models as patients\n",
        "from app.toy import models as toy\n",
    ),
    Line(MODELS, '    "patients",\n', '    "toy",\n'),
    Line(PARTS, "loaders import OwnRecord\n", "from app.toy import schemas, today as toy\n"),
    Line(PARTS, "medication.items),", " Part(schemas.CupsItem, toy.items),"),
    Line(SECTIONS, "schemas import PatientOfPage\n", "from app.toy import patient_page as toy\n"),
    Line(SECTIONS, "medication.sections),\n", "    Part(toy.COLUMNS, toy.sections),\n"),
    Line(LINES_OF_DESK, "import desk as patients\n", "from app.toy import desk as toy\n"),
    Line(LINES_OF_DESK, "medication.lines, ", "toy.lines, "),
    Line("pyproject.toml", '    "medication', " | toy"),
    Line("pyproject.toml", '"app.today",', ' "app.toy",'),
)


def build(place: Path) -> Path:
    """Copy the house and move the toy in."""
    for name in COPIED:
        shutil.copytree(ROOT / name, place / name, ignore=NOT_COPIED)
    for name in FILES:
        shutil.copy(ROOT / name, place / name)
    (place / "app/static/vendor").mkdir()
    for asset in (ROOT / "app/static/vendor").iterdir():
        (place / "app/static/vendor" / asset.name).symlink_to(asset)
    shutil.copytree(TOY / "domain", place / "app/toy", ignore=NOT_COPIED)
    shutil.copytree(TOY / "templates", place / "app/templates/toy")
    shutil.copy(TOY / "checks.py", place / "tests/test_toy_in_the_house.py")
    _add_migration(place / "migrations/versions")
    for line in LINES:
        add(place, line)
    _add_routes(place / "tests/access_matrix.txt")
    return place


def _add_migration(versions: Path) -> None:
    texts = [path.read_text() for path in versions.glob("*.py")]
    made = {m for text in texts for m in re.findall(r'^revision = "(\w+)"', text, re.MULTILINE)}
    followed = {m for t in texts for m in re.findall(r'^down_revision = "(\w+)"', t, re.MULTILINE)}
    (head,) = made - followed
    text = (TOY / "migration.py").read_text()
    (versions / "20990101_0000_toy.py").write_text(text.replace('"HEAD"', f'"{head}"'))


def add(place: Path, line: Line) -> None:
    path = place / line.path
    before, found, after = path.read_text().partition(line.after)
    assert found, f"{line.path} has no {line.after!r}"
    path.write_text(before + found + line.new + after)


def _add_routes(matrix: Path) -> None:
    """By address and method, as the test writes it."""
    lines = [*matrix.read_text().splitlines(), *(TOY / "matrix.txt").read_text().splitlines()]
    ordered = sorted(lines, key=lambda line: (line.split()[1], line.split()[0]))
    matrix.write_text("".join(f"{line}\n" for line in ordered))


def run(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 our own programs
        [sys.executable, *command], cwd=place, capture_output=True, text=True, check=False
    )


def run_tests(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(place, "-m", "pytest", "-q", "-rfE", *arguments)


def run_contracts(place: Path) -> subprocess.CompletedProcess[str]:
    """import-linter, as `scripts/check` runs it."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return run(place, "-c", program, "--no-cache")
