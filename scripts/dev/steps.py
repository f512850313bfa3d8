"""One step of the set-up: quiet, into a log, with a sign of life and, if it fails, a reason."""

import hashlib
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from scripts.dev.paths import LOGS, ROOT, STAMPS
from scripts.dev.processes import Child, SetupError, tail
from scripts.dev.surroundings import surroundings
from scripts.dev.terminal import say

SIGN_OF_LIFE_S = 15
REASONS = {
    r"No space left on device|ENOSPC|Disk quota exceeded": (
        "The disk is full; free some space (3 GB are needed) and start again."
    ),
    r"invalid peer certificate|CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER": (
        "The package registry's certificate is not trusted on this machine; "
        "add the proxy's authority to the system's certificates and start again."
    ),
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|NewConnectionError"
    r"|[Nn]ame resolution|dns error|error sending request|tcp connect error": (
        "The package registry cannot be reached; check the network or the proxy and start again."
    ),
}


def run_step(
    doing: str,
    command: Sequence[str | Path],
    *,
    log: str,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> None:
    """`doing` reads on from "still": installing …, building …."""
    path = LOGS / f"{log}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    began = time.monotonic()
    child = Child(doing, command, log=path, cwd=cwd, env=env or surroundings(), grace_s=1)
    say(f"{doing} …")
    child.start()
    try:
        _wait(child, began)
    finally:
        child.stop()
    if child.exit_code:
        raise SetupError(_reason(doing, path))
    say(f"{doing}: done in {time.monotonic() - began:.0f} s")


def _wait(child: Child, began: float) -> None:
    told = began
    while child.running:
        time.sleep(0.05)
        if time.monotonic() - told > SIGN_OF_LIFE_S:
            told = time.monotonic()
            say(f"… still {child.name[0].lower()}{child.name[1:]}")


def _reason(doing: str, log: Path) -> str:
    text = log.read_text(errors="replace")
    for pattern, sentence in REASONS.items():
        if re.search(pattern, text):
            return f"{doing} failed. {sentence} (log: {log})"
    return f"{doing} failed; its log, {log}, ends with:\n{tail(log)}"


class Stamp:
    """Remembers what a step was done from, so that a warm start skips it."""

    def __init__(self, name: str, made_from: Iterable[Path | str]) -> None:
        self._path = STAMPS / name
        self._fingerprint = _fingerprint(made_from)

    def fits(self) -> bool:
        return self._path.is_file() and self._path.read_text() == self._fingerprint

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)

    def write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(self._fingerprint)


def _fingerprint(made_from: Iterable[Path | str]) -> str:
    """Over the text of strings and the names and contents of files, directories walked."""
    digest = hashlib.sha256()
    for part in made_from:
        if isinstance(part, str):
            digest.update(part.encode())
            continue
        for path in sorted(part.rglob("*")) if part.is_dir() else [part]:
            if path.is_file():
                digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
