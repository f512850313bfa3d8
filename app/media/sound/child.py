"""The process that opens recordings of speech."""

import sys
from pathlib import Path
from typing import Any

from app.media.confinement import serve
from app.media.sound.report import SoundLimits


def examine(task: dict[str, Any]) -> dict[str, object]:
    import av.logging  # noqa: PLC0415  # decoders are loaded only once the limits hold

    from app.media.sound import pipeline  # noqa: PLC0415

    av.logging.set_level(None)
    limits = SoundLimits(**task["limits"])
    report = pipeline.examine(Path(task["source"]), Path(task["workdir"]), limits)
    return {"sound": str(report.sound), "duration_ms": report.duration_ms}


if __name__ == "__main__":
    serve(sys.argv[1:], examine)
