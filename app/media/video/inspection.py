"""Inspect a film from outside: in a confined child, and waiting no longer than allowed."""

from base64 import b64decode
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.media.children import ChildError, ask_child, rejecting
from app.media.confinement import Bounds
from app.media.video.limits import VideoLimits
from app.media.video.problems import InspectionError, VideoFlag, VideoProblem, VideoRejected
from app.media.video.report import VideoReport

_CHILD = "app.media.video.child"


async def inspect(source: Path, workdir: Path, limits: VideoLimits) -> VideoReport:
    """Raise VideoRejected for the film's fault, InspectionError for ours; results in `workdir`."""
    try:
        with rejecting(VideoRejected, VideoProblem):
            report = await ask_child(
                _CHILD, source, workdir, _bounds(limits), {"limits": asdict(limits)}
            )
    except ChildError as error:
        raise InspectionError(*error.args) from None
    return _report_of(report)


def _bounds(limits: VideoLimits) -> Bounds:
    return Bounds(
        memory_mb=limits.memory_mb,
        cpu_seconds=limits.cpu_seconds,
        wall_seconds=limits.wall_seconds,
        written_bytes=int(limits.max_bytes * limits.written_per_read),
    )


def _report_of(told: dict[str, Any]) -> VideoReport:
    return VideoReport(
        **told
        | {
            "playable": Path(told["playable"]),
            "poster": Path(told["poster"]),
            "sheet": Path(told["sheet"]),
            "flags": tuple(VideoFlag(flag) for flag in told["flags"]),
            "fingerprint": b64decode(told["fingerprint"]),
        }
    )
