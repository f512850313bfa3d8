"""The process that opens films: limited in memory, time and file size before it opens one."""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
import traceback
from base64 import b64encode
from dataclasses import asdict
from pathlib import Path

from app.media.video.limits import VideoLimits
from app.media.video.problems import VideoProblem, VideoRejected

_NICENESS = 10
_GRACE_SECONDS = 5
_OUT_OF_BOUNDS = {errno.ENOMEM, errno.EAGAIN, errno.EFBIG}  # memory, threads, file size
_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Answer one JSON line: a report, a problem of the film, or a failure of ours."""
    task = json.loads(arguments[0])
    limits = VideoLimits(**task["limits"])
    _confine(limits)
    print(json.dumps(_answer(Path(task["source"]), Path(task["workdir"]), limits)))  # noqa: T201


def _confine(limits: VideoLimits) -> None:
    os.nice(_NICENESS)
    os.umask(0o077)
    _limit(resource.RLIMIT_AS, limits.memory_mb * 1024 * 1024)
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds)
    _limit(resource.RLIMIT_FSIZE, int(limits.max_bytes * limits.written_per_read))
    _limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # die with the worker
    signal.alarm(int(limits.wall_seconds) + _GRACE_SECONDS)  # should the worker forget us


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (ceiling, ceiling))


def _answer(source: Path, workdir: Path, limits: VideoLimits) -> dict[str, object]:
    try:
        return {"report": _examine(source, workdir, limits)}
    except VideoRejected as rejected:
        return {"problem": rejected.problem}
    except MemoryError:
        return {"problem": VideoProblem.PROCESSING_LIMIT}
    except OSError as error:
        if error.errno in _OUT_OF_BOUNDS:
            return {"problem": VideoProblem.PROCESSING_LIMIT}
        return {"failure": traceback.format_exc()[-2000:]}
    except Exception:  # noqa: BLE001  # told to the worker, which raises it again
        return {"failure": traceback.format_exc()[-2000:]}


def _examine(source: Path, workdir: Path, limits: VideoLimits) -> dict[str, object]:
    import av.logging  # noqa: PLC0415  # decoders are loaded only once the limits hold

    from app.media.video.pipeline import examine  # noqa: PLC0415

    av.logging.set_level(None)
    found = asdict(examine(source, workdir, limits))
    return found | {
        "playable": str(found["playable"]),
        "poster": str(found["poster"]),
        "sheet": str(found["sheet"]),
        "fingerprint": b64encode(found["fingerprint"]).decode(),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
