"""Directories on a worker's disk in which an object is worked on."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "weibu-media-"
# No object takes so long: what is older was left by a worker that was killed.
LEFT_BEHIND_S = 3600


@contextmanager
def working_place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as place:
        yield Path(place)


def remove_left_places(parent: Path) -> None:
    """Nobody cleans up after a kill: what patients sent must not pile up on a worker's disk."""
    for left in parent.glob(f"{_PREFIX}*"):
        if left.stat().st_mtime < time.time() - LEFT_BEHIND_S:
            shutil.rmtree(left, ignore_errors=True)
