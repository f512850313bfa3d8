"""The process that opens pictures."""

import sys
from pathlib import Path
from typing import Any

from app.media.confinement import serve
from app.media.picture.report import PictureLimits


def examine(task: dict[str, Any]) -> dict[str, object]:
    from app.media.picture import pipeline  # noqa: PLC0415  # only once the limits hold

    limits = PictureLimits(**task["limits"])
    report = pipeline.examine(Path(task["source"]), Path(task["workdir"]), limits)
    return {
        "picture": str(report.picture),
        "thumbnail": str(report.thumbnail),
        "width": report.width,
        "height": report.height,
    }


if __name__ == "__main__":
    serve(sys.argv[1:], examine)
