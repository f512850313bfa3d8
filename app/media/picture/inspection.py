"""Inspect a picture from outside: in a confined child, and waiting no longer than allowed."""

from dataclasses import asdict
from pathlib import Path

from app.media.children import ask_child, rejecting
from app.media.confinement import Bounds
from app.media.picture.problems import PictureProblem, PictureRejected
from app.media.picture.report import PictureLimits, PictureReport

_CHILD = "app.media.picture.child"


async def inspect_picture(source: Path, workdir: Path, limits: PictureLimits) -> PictureReport:
    """Raise PictureRejected for the picture's fault, ChildError for ours; results in `workdir`."""
    bounds = Bounds(
        memory_mb=limits.memory_mb,
        cpu_seconds=limits.cpu_seconds,
        wall_seconds=limits.wall_seconds,
        written_bytes=limits.max_bytes,
    )
    with rejecting(PictureRejected, PictureProblem):
        report = await ask_child(_CHILD, source, workdir, bounds, {"limits": asdict(limits)})
    return PictureReport(
        picture=Path(report["picture"]),
        thumbnail=Path(report["thumbnail"]),
        width=report["width"],
        height=report["height"],
    )
