"""What a person at the terminal sees: progress, and one clear sentence when it cannot go on."""

import errno
import signal
import sys
import time
from collections.abc import Callable

from scripts.dev.processes import SetupError
from scripts.dev.surroundings import started_at

_started_at = started_at()


def say(text: str) -> None:
    """One line of progress, with the seconds since the script began."""
    print(f"{time.time() - _started_at:5.0f} s  {text}", flush=True)


def run_script(name: str, main: Callable[[], int]) -> int:
    """Run `main` and return the exit code: 130 when interrupted, 1 with one sentence for a failure.

    Only a fault of our own shows a traceback.
    """
    _stop_by_signals()
    try:
        return main()
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
        return 130
    except SetupError as error:
        return _give_up(name, str(error))
    except OSError as error:
        return _give_up(name, _sentence(error))


def _stop_by_signals() -> None:
    """End by SIGINT too where it was ignored: a shell without job control starts `… &` so.

    Python then installs no handler of its own. Programs that we start get the default back.
    """
    signal.signal(signal.SIGINT, _as_interrupt)
    signal.signal(signal.SIGTERM, _as_interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup: go on
        signal.signal(signal.SIGHUP, _as_interrupt)


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _give_up(name: str, sentence: str) -> int:
    print(f"\nscripts/{name}: {sentence}", file=sys.stderr)
    return 1


def _sentence(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "The disk is full; free some space (3 GB are needed) and start again."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return (
                f"{error.filename} cannot be written by this user; "
                "run as its owner, or give the directory to this user (chown -R)."
            )
        case _:
            return f"{error.strerror or error} ({error.filename})."
