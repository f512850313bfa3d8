"""PostgreSQL refuses to run as root: there it runs as a user who may pass through directories."""

import os
import pwd
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.dev.processes import SetupError

# The first we hold lets that user pass directories such as /root; files it could not write before
# stay closed to it, for it holds `read_search` wherever the machine grants it.
PASSES = {2: "dac_read_search", 1: "dac_override"}


@dataclass(frozen=True)
class Owner:
    uid: int
    gid: int


def owner_for(path: Path) -> Owner:
    """Ourselves; as root, whoever owns the directory already, else nobody."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid())
    if path.exists() and path.stat().st_uid != 0:
        return Owner(path.stat().st_uid, path.stat().st_gid)
    nobody = pwd.getpwnam("nobody")
    return Owner(nobody.pw_uid, nobody.pw_gid)


def as_owner_of(owner: Owner, command: Sequence[str | Path]) -> list[str | Path]:
    """Leave nothing of root's to the command but the way through directories."""
    if owner.uid == os.geteuid():
        return list(command)
    if shutil.which("setpriv") is None:
        raise SetupError("As root, PostgreSQL needs setpriv (package util-linux); install it.")
    switch = [f"--reuid={owner.uid}", f"--regid={owner.gid}", "--clear-groups"]
    return ["setpriv", *switch, *_way_through(), "--", *command]


def _way_through() -> list[str]:
    held = _capabilities()
    for bit, name in PASSES.items():
        if held >> bit & 1:
            keep = f"+{name}"
            fixup = "--securebits=+no_setuid_fixup"  # else access(2) ignores the capability
            return [fixup, f"--inh-caps={keep}", f"--ambient-caps={keep}"]
    return []


def _capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0
