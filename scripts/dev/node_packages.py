"""Node, the Mini Program's packages and builds, and the assets of the PC pages."""

import shutil
import subprocess
import sys

from scripts.dev import vendor
from scripts.dev.paths import MINIPROGRAM
from scripts.dev.python_packages import install_bundled_node
from scripts.dev.steps import Stamp, run_step
from scripts.dev.surroundings import find_program, surroundings

OLDEST_NODE = 20
SOURCES = (
    "src",
    "config",
    "types",
    "checks",
    "package.json",
    "package-lock.json",
    "babel.config.js",
    "tsconfig.json",
)
# The preview is served by the API itself; the one that ships needs a whole address, here a test's.
API_OF = {"h5": {"API_BASE": ""}, "weapp": {"API_BASE": "https://weibu.test"}}
LAST_BUILT = {"h5": "index.html", "weapp": "app.json"}


def has_node() -> bool:
    return _is_new_enough(find_program("node")) and find_program("npm") is not None


def ensure_node() -> None:
    if not has_node():
        install_bundled_node()


def install_node_packages() -> None:
    """Without install scripts: none is needed, and some fetch from elsewhere."""
    manifest = [MINIPROGRAM / "package.json", MINIPROGRAM / "package-lock.json"]
    stamp = Stamp("npm", [*manifest, str(find_program("node"))])
    if not (stamp.fits() and (MINIPROGRAM / "node_modules/.bin/taro").exists()):
        stamp.clear()
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        run_step("Installing the Mini Program's packages", command, log="npm", cwd=MINIPROGRAM)
        stamp.write()
    if not vendor.is_current():
        run_step(
            "Fetching the assets of the doctor's pages",
            [sys.executable, "-m", "scripts.dev.vendor"],
            log="vendor",
        )


def build(target: str) -> None:
    """`h5` for preview and browser tests, `weapp` as it ships."""
    stamp = Stamp(f"build-{target}", [MINIPROGRAM / source for source in SOURCES])
    if stamp.fits() and (MINIPROGRAM / "dist" / target / LAST_BUILT[target]).exists():
        return
    stamp.clear()
    shutil.rmtree(MINIPROGRAM / "dist" / target, ignore_errors=True)
    run_step(
        f"Building the Mini Program ({target})",
        ["npm", "run", f"build:{target}"],
        log=target,
        cwd=MINIPROGRAM,
        env=surroundings() | API_OF[target],
    )
    stamp.write()


def _is_new_enough(node: str | None) -> bool:
    if node is None:
        return False
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = asked.stdout.strip().removeprefix("v").split(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE
