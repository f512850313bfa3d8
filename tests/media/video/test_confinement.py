"""A film can cost what the limits say and no more, and the child leaves nothing behind."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.media.children import (
    ChildCrashed,
    ChildError,
    ChildExhausted,
    ChildRefused,
    understand,
)
from app.media.video import (
    InspectionError,
    VideoLimits,
    VideoProblem,
    VideoRejected,
    inspect,
    inspection,
)
from tests.media.video.films import Recipe, write_bomb, write_film

ROOT = Path(__file__).parents[3]
# One thread: only a process without others may leave the network.
AS_THE_CHILD = {"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bomb(tmp_path_factory.mktemp("bomb") / "film.mp4", frames=11_000)


def _children() -> list[int]:
    """Find this process's inspecting children, dead ones not yet waited for included."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if int(parent) == os.getpid() and (state == "Z" or b"app.media.video.child" in command):
            found.append(int(process.name))
    return found


async def test_slow_film_is_killed_in_time(bomb: Path, tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(VideoRejected) as caught:
        await inspect(bomb, tmp_path, VideoLimits(wall_seconds=1))

    assert caught.value.problem is VideoProblem.PROCESSING_LIMIT
    assert time.monotonic() - started < 3
    assert not _children()


async def test_busy_film_runs_out_of_processor_time(bomb: Path, tmp_path: Path) -> None:
    with pytest.raises(VideoRejected) as caught:
        await inspect(bomb, tmp_path, VideoLimits(cpu_seconds=1))

    assert caught.value.problem is VideoProblem.PROCESSING_LIMIT


async def test_too_many_frames_are_refused_by_the_header(bomb: Path, tmp_path: Path) -> None:
    with pytest.raises(VideoRejected) as caught:
        await inspect(bomb, tmp_path, VideoLimits(max_frames=10_000))

    assert caught.value.problem is VideoProblem.PROCESSING_LIMIT


async def test_greedy_film_runs_out_of_memory(tmp_path: Path) -> None:
    recipe = Recipe(width=4096, height=2304, rate=3, seconds=3, audio=None)
    film = write_film(tmp_path / "film.mp4", recipe)

    with pytest.raises(VideoRejected) as caught:
        await inspect(film, tmp_path, VideoLimits(memory_mb=320))

    assert caught.value.problem is VideoProblem.PROCESSING_LIMIT


async def test_new_film_cannot_fill_the_disk(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.webm", Recipe(codec="libvpx", audio=None))
    size = film.stat().st_size

    with pytest.raises(VideoRejected) as caught:
        await inspect(film, tmp_path, VideoLimits(max_bytes=size, written_per_read=0.01))

    assert caught.value.problem is VideoProblem.PROCESSING_LIMIT


async def test_stopped_worker_takes_the_child_along(
    bomb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELD_KEYS", "nobody's business")
    task = asyncio.create_task(inspect(bomb, tmp_path, VideoLimits()))
    await asyncio.sleep(0.5)
    running = _children()
    environment = Path(f"/proc/{running[0]}/environ").read_bytes()  # noqa: ASYNC240  # of memory

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert b"FIELD_KEYS" not in environment
    assert not _children()


@pytest.mark.parametrize(
    ("ended_by", "fault"),
    [
        (signal.SIGSEGV, ChildCrashed),
        (signal.SIGABRT, ChildCrashed),
        (signal.SIGKILL, ChildExhausted),
        (signal.SIGXCPU, ChildExhausted),
    ],
)
def test_crash_of_the_child_is_the_fault_of_what_was_sent(
    ended_by: signal.Signals, fault: type[Exception]
) -> None:
    with pytest.raises(fault):
        understand(b"", -ended_by)


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (ChildCrashed(), VideoProblem.UNDECODABLE),
        (ChildExhausted(), VideoProblem.PROCESSING_LIMIT),
        (ChildRefused("truncated"), VideoProblem.TRUNCATED),
    ],
)
async def test_fault_of_a_film_is_named(
    fault: Exception, problem: VideoProblem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(inspection, "ask_child", fail)  # no film can be trusted to crash a decoder
    with pytest.raises(VideoRejected) as caught:
        await inspect(tmp_path / "film.mp4", tmp_path, VideoLimits())

    assert caught.value.problem is problem


@pytest.mark.parametrize("status", [1, -signal.SIGTERM])
def test_our_own_failure_is_not_the_films_fault(status: int) -> None:
    with pytest.raises(ChildError):
        understand(b"", status)


async def test_missing_film_is_our_failure(tmp_path: Path) -> None:
    with pytest.raises(InspectionError, match="FileNotFoundError"):
        await inspect(tmp_path / "nowhere.mp4", tmp_path, VideoLimits())


def _run(code: str) -> str:
    """Run Python as the children of the worker run: in a process of its own."""
    done = subprocess.run(  # noqa: S603 our own code
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=AS_THE_CHILD,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_child_has_no_network() -> None:
    """Skipped where the machine gives nobody a network namespace: then nothing is promised."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        answer = _run(
            "import os, socket\n"
            "import app.media.video.child\n"  # with all that the child imports
            "from app.media.confinement import Bounds, _confine\n"
            "before = os.readlink('/proc/self/ns/net')\n"
            "_confine(Bounds(8000, 10, 10, 1000))\n"
            "if os.readlink('/proc/self/ns/net') == before:\n"
            "    raise SystemExit(print('same network'))\n"
            "try:\n"
            f"    socket.create_connection(('127.0.0.1', {port}), 1)\n"
            "except OSError:\n"
            "    print('unreachable')\n"
        )
    if answer == "same network":
        pytest.skip("no network namespace on this machine")
    assert answer == "unreachable"


@pytest.mark.skipif(os.getuid() == 0, reason="root may read every process")
def test_the_child_cannot_read_the_secrets_of_its_parent() -> None:
    answer = _run(
        "import os, subprocess, sys\n"
        "from app.core.hardening import hide_from_children\n"
        "hide_from_children()\n"
        "reading = f\"open('/proc/{os.getpid()}/environ').read()\"\n"
        "print(subprocess.run([sys.executable, '-c', reading], capture_output=True).returncode)\n"
    )
    assert answer == "1"


def test_a_process_that_serves_is_closed_to_others_of_its_user() -> None:
    """The kernel gives such a process's files to root: nobody else of its user may open them."""
    answer = _run(
        "import ctypes\n"
        "from app.core.hardening import hide_from_children\n"
        "hide_from_children()\n"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
    )
    assert answer == "0"
