"""The gate of every call to another service: storage, WeChat.

No transaction may be open meanwhile: its connection would wait as long as the other side pleases.
Tests watch this gate and turn red; in production it does nothing.
"""

from collections.abc import Callable

watchers: list[Callable[[], None]] = []


def leaving() -> None:
    """Call it right before the network is used."""
    for watch in watchers:
        watch()
