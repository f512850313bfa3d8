"""Child processes that never outlive us, and the error that one clear sentence is made of."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
WIDEST = 300  # characters of a log line that a person is shown


class SetupError(Exception):
    """Its text is all that a person sees: one plain sentence, what is wrong and what to do."""


class Child:
    """A program in its own process group, its output appended to a log."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_s: float = 10,
    ) -> None:
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._env = env
        self._cwd = cwd
        self._stop_signal = stop_signal
        self._grace_s = grace_s
        self._leash: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        leash = [sys.executable, "-I", "-S", str(LEASH)]
        with self.log.open("ab") as log:
            self._leash = subprocess.Popen(
                [*leash, str(int(self._stop_signal)), str(self._grace_s), *self._command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._leash.poll() if self._leash else None

    @property
    def running(self) -> bool:
        return self._leash is not None and self._leash.poll() is None

    def stop(self) -> None:
        """Ask, wait, then kill; returns when it is gone."""
        if self._leash is None:
            return
        self.ask_to_stop()
        try:
            self._leash.wait(self._grace_s + 5)
        except subprocess.TimeoutExpired:
            self._leash.kill()
            self._leash.wait()

    def ask_to_stop(self) -> None:
        """Only asks, so that several may stop at the same time."""
        if self._leash and self._leash.stdin:
            with contextlib.suppress(OSError):
                self._leash.stdin.close()

    def kill(self) -> None:
        """As kill -9 does, with all its children; for fault tests and things of no value."""
        if self._leash and self._leash.stdin and not self._leash.stdin.closed:
            with contextlib.suppress(OSError):
                self._leash.stdin.write(b"kill\n")
                self._leash.stdin.flush()
            self._leash.wait()
            self.ask_to_stop()

    def last_lines(self, lines: int = 12) -> str:
        return tail(self.log, lines)


def tail(path: Path, lines: int = 12) -> str:
    if not path.exists():
        return ""
    last = path.read_text(errors="replace").rstrip().splitlines()[-lines:]
    return "\n".join(line[:WIDEST] for line in last)


def wait_until(ready: Callable[[], bool], *, within_s: float, child: Child) -> bool:
    """Return False when the child ended or the time ran out first."""
    end = time.monotonic() + within_s
    while time.monotonic() < end and child.running:
        if ready():
            return True
        time.sleep(0.05)
    return False
