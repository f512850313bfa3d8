"""Packages of the operating system that no package registry carries: a browser, its fonts."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from scripts.dev.processes import SetupError
from scripts.dev.steps import run_step
from scripts.dev.surroundings import surroundings


def ensure_packages(what: str, packages: Sequence[str]) -> None:
    """Install them as root or by sudo without a password; else say which command does it."""
    by_hand = f"apt-get install {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise SetupError(f"{what} is missing; install it with this system's package manager.")
    if os.geteuid() != 0 and not _may_sudo():
        raise SetupError(f"{what} is missing; install it: sudo {by_hand}")
    apt = ["apt-get"] if os.geteuid() == 0 else ["sudo", "-n", "apt-get"]
    quiet = {**surroundings(), "DEBIAN_FRONTEND": "noninteractive"}
    run_step("Refreshing Debian's package lists", [*apt, "update"], log="apt-update", env=quiet)
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    run_step(f"Installing {what}", install, log="apt-install", env=quiet)


def _may_sudo() -> bool:
    if shutil.which("sudo") is None:
        return False
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return asked.returncode == 0


def ensure_browser() -> None:
    missing = [] if shutil.which("chromium") else ["chromium"]
    if not _has_chinese_font():
        missing += ["fonts-noto-cjk", "fontconfig"]
    if missing:
        ensure_packages("Chromium with Chinese fonts", missing)


def _has_chinese_font() -> bool:
    if shutil.which("fc-list") is None:
        return False
    found = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False)
    return bool(found.stdout.strip())
