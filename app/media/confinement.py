"""The inside of a process that opens what strangers sent: bounded before it opens anything."""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_NICENESS = 10
_GRACE_SECONDS = 5
_OUT_OF_BOUNDS = {errno.ENOMEM, errno.EAGAIN, errno.EFBIG}  # memory, threads, file size
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the process may use: address space, processor and wall time, bytes of one new file."""

    memory_mb: int
    cpu_seconds: int
    wall_seconds: float
    written_bytes: int


class Rejected(Exception):  # noqa: N818  # a verdict on what was sent, not a fault of ours
    """What was sent is itself at fault; trying again cannot help."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.code = str(problem)


def serve(arguments: list[str], examine: Callable[[dict[str, Any]], dict[str, object]]) -> None:
    """Write one JSON line: a report, a problem of what was sent, or a failure of ours."""
    task = json.loads(arguments[0])
    _confine(Bounds(**task["bounds"]))
    print(json.dumps(_answer(task, examine)))  # noqa: T201


def _confine(bounds: Bounds) -> None:
    os.nice(_NICENESS)
    os.umask(0o077)
    _limit(resource.RLIMIT_AS, bounds.memory_mb * 1024 * 1024)
    _limit(resource.RLIMIT_CPU, bounds.cpu_seconds)
    _limit(resource.RLIMIT_FSIZE, bounds.written_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        _leave_the_network()  # first: it takes the next line back
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # die with the worker
    signal.alarm(int(bounds.wall_seconds) + _GRACE_SECONDS)  # should the worker forget us


def _leave_the_network() -> None:
    """Take a network of its own, which leads nowhere. Not every machine lets us: then all stays."""
    ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (ceiling, ceiling))


def _answer(
    task: dict[str, Any], examine: Callable[[dict[str, Any]], dict[str, object]]
) -> dict[str, object]:
    try:
        return {"report": examine(task)}
    except Rejected as rejected:
        return {"problem": rejected.code}
    except MemoryError:
        return {"exhausted": True}
    except OSError as error:
        if error.errno in _OUT_OF_BOUNDS:
            return {"exhausted": True}
        return {"failure": traceback.format_exc()[-2000:]}
    except Exception:  # noqa: BLE001  # told to the worker, which raises it again
        return {"failure": traceback.format_exc()[-2000:]}
