"""Measure what an inspection costs, in a process of its own."""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_SCRIPT = """
import asyncio, resource, sys
from pathlib import Path
from app.media.video import VideoLimits, VideoRejected, inspect
try:
    asyncio.run(inspect(Path(sys.argv[1]), Path(sys.argv[2]), VideoLimits()))
except VideoRejected:
    pass
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_memory_mb(film: Path, workdir: Path) -> float:
    """Inspect the film and say how much memory the child held at most."""
    command = [sys.executable, "-c", _SCRIPT, str(film), str(workdir)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, check=True)  # noqa: S603  # ours
    return int(done.stdout) / 1024
