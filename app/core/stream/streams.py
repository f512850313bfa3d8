"""One open stream: what waits to be written to its browser, and how far it has read."""

import asyncio
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from app.core.stream.events import Message, Read
from app.core.stream.position import Position, later

BUFFER = 200  # messages; whoever reads slower than they come reads the table again
RESYNC = b"event: resync\ndata: {}\n"  # "you may have missed something: ask again for all"


@dataclass(eq=False)
class Stream:
    """`behind`: messages were left out of the buffer, the table has them."""

    owner: Hashable
    topics: frozenset[str]
    position: Position | None
    behind: bool = True
    missed: bool = False
    closing: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    buffer: deque[Message] = field(default_factory=deque)

    def offer(self, message: Message) -> None:
        if self.behind or (self.position and self.position.sees(message.tx)):
            return
        self.buffer.append(message)
        if len(self.buffer) > BUFFER:
            self.fall_behind()
        self.wake.set()

    def leave_out(self) -> None:
        self.buffer.clear()
        self.behind = True

    def fall_behind(self) -> None:
        self.leave_out()
        self.wake.set()

    def fall_out(self) -> None:
        """Nothing tells what was missed: the page must ask for all."""
        self.missed = True
        self.fall_behind()

    def catch_up(self, read: Read) -> None:
        """Take what the table had; what came meanwhile and `read` sees already is in it."""
        newer = [m for m in self.buffer if not read.position.sees(m.tx)]
        self.buffer = deque([*read.messages, *newer])
        self.position = read.position
        self.missed |= not read.complete

    def close(self) -> None:
        self.closing = True
        self.wake.set()

    def take(self, read_to: Position | None) -> bytes:
        """Return what to write now, empty when nothing.

        The id comes with the last message only: a connection that breaks before it gets them all
        again. Twice the same name and ids of one transaction is one message.
        """
        parts = [wire for _, wire in dict.fromkeys((m.tx, m.wire) for m in self.buffer)]
        self.buffer.clear()
        if self.missed:
            parts, self.missed = [RESYNC], False
        return b"\n".join(parts) + self.id_line(read_to) + b"\n" if parts else b""

    def id_line(self, read_to: Position | None) -> bytes:
        """Only with an empty buffer: then all that the hub gave out (`read_to`) is written."""
        if read_to and not self.behind:
            self.position = later(self.position, read_to) if self.position else read_to
        return self.position.id_line if self.position else b""
