"""The shell's environment, read in this one place."""

import os
import shutil
import ssl
import time
from pathlib import Path

from scripts.dev.paths import STATE, VENV

LOOPBACK_NAMES = "127.0.0.1,localhost,::1"
BUNDLED_NODE = STATE / "node/bin"


def surroundings() -> dict[str, str]:
    """Make the environment of our children: our programs first, a home they can write to."""
    environment = dict(os.environ)  # noqa: TID251 the settings of tools, not of the application
    environment["PATH"] = os.pathsep.join(
        [str(VENV / "bin"), str(BUNDLED_NODE), environment.get("PATH", os.defpath)]
    )
    for name in ("no_proxy", "NO_PROXY"):  # what runs here is never reached by way of elsewhere
        environment[name] = ",".join(filter(None, [environment.get(name), LOOPBACK_NAMES]))
    environment["PYTHONUNBUFFERED"] = "1"
    if authorities := ssl.get_default_verify_paths().cafile:  # a proxy's own one is among them
        environment.setdefault("UV_SYSTEM_CERTS", "true")
        environment.setdefault("NODE_EXTRA_CA_CERTS", authorities)
    if not os.access(environment.get("HOME", ""), os.W_OK):
        environment["HOME"] = str(STATE / "home")
    return environment


def option(name: str, default: str) -> str:
    """Read what stood in front of the command, as in PORT=8010 scripts/run."""
    return surroundings().get(name) or default


def find_program(name: str) -> str | None:
    return shutil.which(name, path=surroundings()["PATH"])


def started_at() -> float:
    """When the script began, in seconds since the epoch: set-up and start are two processes."""
    return float(option("WEIBU_STARTED_AT", str(time.time())))


def is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK | os.X_OK)
