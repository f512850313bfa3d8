"""The outside of a confined process: start it, wait no longer than allowed, read its answer."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.media.confinement import Bounds

_ROOT = Path(__file__).parents[2]
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


class ChildError(Exception):
    """Our side failed: what was sent is not to blame, and the job should be tried again."""


class ChildCrashed(Exception):  # noqa: N818  # what was sent brought it down
    """The decoder broke on what was sent."""


class ChildExhausted(Exception):  # noqa: N818
    """What was sent would have cost more than it may."""


class ChildRefused(Exception):  # noqa: N818
    """What was sent is at fault: `problem` says why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@contextmanager
def rejecting(rejected: Callable[[Any], Exception], problems: type[StrEnum]) -> Iterator[None]:
    """Raise what the child found as the rejection of its kind, with a problem of that kind.

    Each kind has `undecodable` and `processing_limit` beside what its child itself refuses.
    """
    try:
        yield
    except ChildRefused as refused:
        raise rejected(problems(refused.problem)) from None
    except ChildCrashed:
        raise rejected(problems("undecodable")) from None
    except ChildExhausted:
        raise rejected(problems("processing_limit")) from None


async def ask_child(
    module: str, source: Path, workdir: Path, bounds: Bounds, more: dict[str, Any]
) -> dict[str, Any]:
    """Run `module` on `source`; it writes into `workdir`. Return its report, or raise."""
    child = await _start(module, _task(source, workdir, bounds, more))
    try:
        async with asyncio.timeout(bounds.wall_seconds):
            answer = await _read(child)
            status = await child.wait()
    except TimeoutError:
        raise ChildExhausted from None
    finally:
        await _end(child)
    return understand(answer, status)


async def _start(module: str, task: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, task,
        stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, cwd=_ROOT, env=_ENVIRONMENT,
        start_new_session=True, limit=_LONGEST_ANSWER,
    )  # fmt: skip


def _task(source: Path, workdir: Path, bounds: Bounds, more: dict[str, Any]) -> str:
    """Write the order; the paths are absolute, so that none can read as a URL or an option."""
    paths = {"source": str(source.resolve()), "workdir": str(workdir.resolve())}
    return json.dumps({**paths, "bounds": asdict(bounds), **more})


async def _read(child: Process) -> bytes:
    assert child.stdout is not None  # noqa: S101  # it was asked for
    try:
        return await child.stdout.readline()
    except ValueError:
        raise ChildCrashed from None  # no answer of ours is so long


async def _end(child: Process) -> None:
    """Leave nothing running and no zombie, also when the worker itself is being stopped."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    await asyncio.shield(child.wait())


def understand(answer: bytes, status: int) -> dict[str, Any]:
    if -status in _CRASHES:
        raise ChildCrashed
    if -status in _EXHAUSTED:
        raise ChildExhausted
    try:
        reply: dict[str, Any] = json.loads(answer)
    except ValueError:
        raise ChildError(f"the child ended with status {status}") from None
    if "problem" in reply:
        raise ChildRefused(reply["problem"])
    if reply.get("exhausted"):
        raise ChildExhausted
    if "report" not in reply:
        raise ChildError(reply.get("failure", "the child gave no report"))
    report: dict[str, Any] = reply["report"]
    return report
