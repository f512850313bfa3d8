"""The gate of whatever takes long: storage, WeChat, the hash of a password.

No transaction may be open meanwhile: its connection would wait as long as the other side pleases,
or as long as the queue for a core is. Tests watch this gate and turn red; in production it does
nothing.
"""

from collections.abc import Callable

watchers: list[Callable[[], None]] = []


def about_to_wait() -> None:
    """Call it right before the network, or a limiter of slow work, is waited for."""
    for watch in watchers:
        watch()
