"""The process that opens films."""

import sys
from base64 import b64encode
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.media.confinement import serve
from app.media.video.limits import VideoLimits


def examine(task: dict[str, Any]) -> dict[str, object]:
    import av.logging  # noqa: PLC0415  # decoders are loaded only once the limits hold

    from app.media.video import pipeline  # noqa: PLC0415

    av.logging.set_level(None)
    limits = VideoLimits(**task["limits"])
    report = asdict(pipeline.examine(Path(task["source"]), Path(task["workdir"]), limits))
    return report | {
        "playable": str(report["playable"]),
        "poster": str(report["poster"]),
        "sheet": str(report["sheet"]),
        "fingerprint": b64encode(report["fingerprint"]).decode(),
    }


if __name__ == "__main__":
    serve(sys.argv[1:], examine)
