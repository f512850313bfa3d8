"""The way into every script: set the machine up with plain Python, then go on in the venv.

`python3 -m scripts.dev.setup PROFILE MODULE …` needs nothing but the standard library.
"""

import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Thread

from scripts.dev.debian import ensure_browser
from scripts.dev.node_packages import build, ensure_node, has_node, install_node_packages
from scripts.dev.paths import PYTHON, ROOT, STAMPS, STATE
from scripts.dev.processes import SetupError
from scripts.dev.python_packages import install_python_packages
from scripts.dev.surroundings import is_writable, surroundings
from scripts.dev.terminal import run_script, say

BUILDS = {
    "run": ["h5"],
    "test": ["h5", "weapp"],
    "bench": [],
    "check": [],
    "openapi": [],
    "mutate": [],
}
NEEDED_BYTES = 3_000_000_000


def set_up(profile: str) -> None:
    _check_place()
    with _one_at_a_time():
        if profile == "test":
            ensure_browser()
        if has_node():
            _side_by_side(install_python_packages, install_node_packages)
        else:
            install_python_packages()
            ensure_node()
            install_node_packages()
        for target in BUILDS.get(profile, []):
            build(target)


def _check_place() -> None:
    inside = list(STATE.glob("*/")) if is_writable(STATE) else []
    for place in (ROOT, STATE, *inside):
        if place.exists() and not is_writable(place):
            raise SetupError(
                f"{place} cannot be written by this user; "
                f"run as its owner, or give it to this user: sudo chown -R $(id -un) '{STATE}'"
            )
    if not (STAMPS / "python").exists() and shutil.disk_usage(ROOT).free < NEEDED_BYTES:
        raise SetupError("The disk is too full: the first start needs 3 GB; free some space.")
    (STATE / "home").mkdir(parents=True, exist_ok=True)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (STATE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another script is setting up; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _side_by_side(*steps: Callable[[], None]) -> None:
    """Two cores: one downloads while the other unpacks. The first failure ends both."""
    outcomes: Queue[BaseException | None] = Queue()

    def run(step: Callable[[], None]) -> None:
        try:
            step()
        except BaseException as error:  # noqa: BLE001 handed to the thread that waits
            outcomes.put(error)
        else:
            outcomes.put(None)

    for step in steps:
        Thread(target=run, args=[step], daemon=True).start()
    for _ in steps:
        if error := outcomes.get():
            raise error


def main() -> int:
    profile, module, *arguments = sys.argv[1:]
    set_up(profile)
    os.execve(PYTHON, [str(PYTHON), "-m", module, *arguments], surroundings())


if __name__ == "__main__":
    sys.exit(run_script(sys.argv[1], main))
