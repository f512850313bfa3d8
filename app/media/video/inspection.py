"""Inspect a film from outside: start the confined child and wait no longer than allowed."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from base64 import b64decode
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.media.video.limits import VideoLimits
from app.media.video.problems import InspectionError, VideoFlag, VideoProblem, VideoRejected
from app.media.video.report import VideoReport

_ROOT = Path(__file__).parents[3]
_LONGEST_ANSWER = 256 * 1024
# Nothing of the worker's own environment: its secrets are none of a film's business.
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",  # every arena reserves address space, which is limited
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
}
_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}
_EXHAUSTED = {signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM, signal.SIGXFSZ}


async def inspect(source: Path, workdir: Path, limits: VideoLimits) -> VideoReport:
    """Raise VideoRejected for the film's fault, InspectionError for ours; results in `workdir`."""
    child = await _start(source, workdir, limits)
    try:
        async with asyncio.timeout(limits.wall_seconds):
            answer = await _read(child)
            status = await child.wait()
    except TimeoutError:
        raise VideoRejected(VideoProblem.PROCESSING_LIMIT) from None
    finally:
        await _end(child)
    return _report_of(understand(answer, status))


async def _start(source: Path, workdir: Path, limits: VideoLimits) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.media.video.child", _task(source, workdir, limits),
        stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, cwd=_ROOT, env=_ENVIRONMENT,
        start_new_session=True, limit=_LONGEST_ANSWER,
    )  # fmt: skip


def _task(source: Path, workdir: Path, limits: VideoLimits) -> str:
    """Write the order; the paths are absolute, so that none can read as a URL or an option."""
    paths = {"source": str(source.resolve()), "workdir": str(workdir.resolve())}
    return json.dumps({**paths, "limits": asdict(limits)})


async def _read(child: Process) -> bytes:
    assert child.stdout is not None  # noqa: S101  # it was asked for
    try:
        return await child.stdout.readline()
    except ValueError:
        raise VideoRejected(VideoProblem.UNDECODABLE) from None  # no answer of ours is so long


async def _end(child: Process) -> None:
    """Leave nothing running and no zombie, also when the worker itself is being stopped."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    await asyncio.shield(child.wait())


def understand(answer: bytes, status: int) -> dict[str, Any]:
    if -status in _CRASHES:
        raise VideoRejected(VideoProblem.UNDECODABLE)
    if -status in _EXHAUSTED:
        raise VideoRejected(VideoProblem.PROCESSING_LIMIT)
    try:
        told: dict[str, Any] = json.loads(answer)
    except ValueError:
        raise InspectionError(f"the child ended with status {status}") from None
    if "problem" in told:
        raise VideoRejected(VideoProblem(told["problem"]))
    if "report" not in told:
        raise InspectionError(told.get("failure", "the child gave no report"))
    report: dict[str, Any] = told["report"]
    return report


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
