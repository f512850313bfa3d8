"""Runs one program and ends it when whoever asked for it is gone, even by kill -9.

Started by processes.Child as `leash.py SIGNAL GRACE_S PROGRAM …`; standard input is the leash.
While it is open the program runs; the word `kill` kills it; its end stops the program in order,
and so do SIGINT and SIGTERM.
"""

import contextlib
import os
import signal
import subprocess
import sys
from threading import Event, Thread


def main() -> int:
    stop, grace_s, *command = sys.argv[1:]
    ending = Event()
    for number in (signal.SIGINT, signal.SIGTERM):  # handled, so the program gets the default back
        signal.signal(number, lambda *_: ending.set())
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127
    Thread(target=_read_orders, args=(child, ending), daemon=True).start()
    Thread(target=_stop_at, args=(ending, child, int(stop), float(grace_s)), daemon=True).start()
    code = child.wait()
    _kill_group(child.pid)
    return code if code >= 0 else 128 - code


def _read_orders(child: "subprocess.Popen[bytes]", ending: Event) -> None:
    for line in sys.stdin:
        if line.strip() == "kill":
            _kill_group(child.pid)
    ending.set()


def _stop_at(ending: Event, child: "subprocess.Popen[bytes]", stop: int, grace_s: float) -> None:
    ending.wait()
    child.send_signal(stop)
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        _kill_group(child.pid)


def _kill_group(pid: int) -> None:
    """Children of the program too: none may outlive it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
