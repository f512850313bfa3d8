"""Install htmx, ECharts and Swagger UI from npm in app/static/vendor.

Nothing is pasted into the repo. `python -m scripts.dev.vendor [NPM]` does nothing when the
copies fit the lock file.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "app/static"
TARGET = STATIC / "vendor"
WORK = ROOT / ".weibu/vendor"
STAMP = TARGET / ".stamp"
PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")
FILES = (
    "htmx.org/dist/htmx.min.js",
    "echarts/dist/echarts.min.js",
    "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui.css",
)


def _fingerprint() -> str:
    made_from = "\n".join(FILES).encode() + (STATIC / "package-lock.json").read_bytes()
    return hashlib.sha256(made_from).hexdigest()


def is_current() -> bool:
    return STAMP.is_file() and STAMP.read_text() == _fingerprint()


def install_assets(npm: str = "npm") -> None:
    if is_current():
        return
    WORK.mkdir(parents=True, exist_ok=True)
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in PACKAGE_FILES:
        shutil.copy(STATIC / name, WORK / name)
    subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=WORK, check=True)
    for name in FILES:
        shutil.copy(WORK / "node_modules" / name, TARGET)
    STAMP.write_text(_fingerprint())


if __name__ == "__main__":
    install_assets(*sys.argv[1:2])
