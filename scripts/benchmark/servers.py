"""One uvicorn worker process each, and the time that it spent."""

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from scripts.dev.paths import PYTHON, ROOT
from scripts.dev.surroundings import surroundings

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """All its threads since its start; of Linux's own clock, which counts nanoseconds."""
        return time.clock_gettime((~self.process.pid << 3) | 2)


@contextmanager
def running(module: list[str], port: int, settings: dict[str, str], log: Path) -> Iterator[Server]:
    with log.open("ab") as output:
        child = subprocess.Popen(
            [PYTHON, "-m", *module],
            cwd=ROOT,
            env=surroundings() | settings,
            stdout=output,
            stderr=output,
        )
        try:
            _wait(child, port, log)
            yield Server(port, psutil.Process(child.pid))
        finally:
            child.terminate()
            child.wait(30)


def _wait(child: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + 120
    while not _answers(port):
        if child.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"a server did not start: {log.read_text()[-1500:]}")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def as_environment(values: dict[str, object]) -> dict[str, str]:
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}
