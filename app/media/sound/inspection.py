"""Inspect a recording from outside: in a confined child, and waiting no longer than allowed."""

from dataclasses import asdict
from pathlib import Path

from app.media.children import ask_child, rejecting
from app.media.confinement import Bounds
from app.media.sound.problems import SoundProblem, SoundRejected
from app.media.sound.report import SoundLimits, SoundReport

_CHILD = "app.media.sound.child"


async def inspect_sound(source: Path, workdir: Path, limits: SoundLimits) -> SoundReport:
    """Raise SoundRejected for the recording's fault, ChildError for ours; result in `workdir`."""
    bounds = Bounds(
        memory_mb=limits.memory_mb,
        cpu_seconds=limits.cpu_seconds,
        wall_seconds=limits.wall_seconds,
        written_bytes=limits.max_bytes,
    )
    with rejecting(SoundRejected, SoundProblem):
        report = await ask_child(_CHILD, source, workdir, bounds, {"limits": asdict(limits)})
    return SoundReport(sound=Path(report["sound"]), duration_ms=report["duration_ms"])
