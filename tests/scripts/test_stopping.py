"""Ctrl-C and SIGTERM end a script with its programs, also where Ctrl-C was ignored before."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from scripts.dev.paths import ROOT

LEASH = ROOT / "scripts/dev/leash.py"
BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
# A shell without job control starts what ends in "&" in this state.
IGNORING = ["/bin/sh", "-c", 'trap "" INT; exec "$0" "$@"']
PROGRAM = """
import os, signal, time
print(os.getpid(), signal.getsignal(signal.SIGINT) == signal.SIG_IGN, flush=True)
time.sleep(60)
"""
SCRIPT = f"""
import sys, time
from pathlib import Path
from scripts.dev.processes import Child
from scripts.dev.terminal import run_script

def main():
    place = Path(sys.argv[1])
    child = Child("program", [sys.executable, "-c", {PROGRAM!r}], log=place / "log")
    child.start()
    try:
        while True:
            time.sleep(0.05)
    finally:
        child.stop()
        (place / "in order").touch()

sys.exit(run_script("run", main))
"""


@contextmanager
def started(command: list[str | Path], log: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start it with Ctrl-C ignored; give it and the process id of the program below it."""
    with log.with_name("output").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 our own program
            [*IGNORING, *command], cwd=ROOT, stdin=subprocess.PIPE, stdout=output, stderr=output
        )
    try:
        wait_until(lambda: log.exists() and log.read_text().endswith("\n"))
        program, ignores_interrupts = log.read_text().split()
        assert ignores_interrupts == "False"
        yield process, int(program)
    finally:
        process.kill()
        process.communicate()


def wait_until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not ready():
        assert time.monotonic() < end, "it did not happen within 20 s"
        time.sleep(0.05)


@BOTH
def test_script_that_ignored_interrupts_ends_in_order(
    number: signal.Signals, tmp_path: Path
) -> None:
    command: list[str | Path] = [sys.executable, "-c", SCRIPT, tmp_path]

    with started(command, tmp_path / "log") as (process, program):
        process.send_signal(number)
        code = process.wait(20)

    assert code == 130
    assert (tmp_path / "in order").exists()
    assert not psutil.pid_exists(program)


@BOTH
def test_leash_that_is_told_to_end_ends_its_program(number: signal.Signals, tmp_path: Path) -> None:
    log = tmp_path / "log"
    leash: list[str | Path] = [sys.executable, LEASH, str(int(signal.SIGTERM)), "5"]
    redirected = ["/bin/sh", "-c", 'exec "$0" -c "$1" > "$2"', sys.executable, PROGRAM, str(log)]

    with started([*leash, *redirected], log) as (process, program):
        process.send_signal(number)
        code = process.wait(20)

    assert code == 128 + signal.SIGTERM
    assert not psutil.pid_exists(program)
