"""The only clock; a test may hold it still or move it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 replaced as a whole by `frozen`


def now() -> datetime:
    return _source()


def today_in(zone: str) -> date:
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at `at` inside the block."""
    global _source  # noqa: PLW0603 the clock is the one thing a whole process shares
    before = _source
    _source = lambda: at  # noqa: E731
    try:
        yield
    finally:
        _source = before
