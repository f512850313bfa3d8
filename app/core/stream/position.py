"""How far a reader has read: a snapshot of transactions, not a number.

Ids are given when a row is written, but rows become visible when their transaction commits: a
reader that remembers the highest id loses the row of a transaction that began earlier and
committed later. What two snapshots differ by is exact, whatever the order of commits.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Self

# 18 digits at most: whatever passes fits into a bigint.
_PATTERN = re.compile(
    r"([0-9]{1,12})\.([0-9]{1,18}):([0-9]{1,18}):((?:[0-9]{1,18},){0,99}[0-9]{1,18})?"
)
LONGEST_RUNNING = 100  # an event id must stay a short header


@dataclass(frozen=True)
class Position:
    """PostgreSQL's `pg_snapshot`, and when it was taken (`at_s`: Unix seconds).

    Transactions below `xmin` have ended; `xmax` and above had not begun; `running` (ascending) are
    those between the two that had not ended.
    """

    at_s: int
    xmin: int
    xmax: int
    running: tuple[int, ...] = ()

    @classmethod
    def of_snapshot(cls, snapshot: str, at_s: int) -> Self:
        xmin, xmax, running = snapshot.split(":")
        ids = tuple(int(tx) for tx in running.split(",") if tx)
        return cls(at_s, int(xmin), int(xmax), ids)

    @classmethod
    def parse(cls, event_id: str) -> Self | None:
        """Read what a browser sends back as Last-Event-ID; None when it is none of ours."""
        match = _PATTERN.fullmatch(event_id)
        if match is None:
            return None
        at_s, xmin, xmax = (int(part) for part in match.groups()[:3])
        running = tuple(int(tx) for tx in (match[4] or "").split(",") if tx)
        ascending = list(running) == sorted(set(running))
        within = all(xmin <= tx < xmax for tx in running)
        if not (0 < xmin <= xmax and ascending and within):
            return None
        return cls(at_s, xmin, xmax, running)

    @cached_property
    def snapshot(self) -> str:
        return f"{self.xmin}:{self.xmax}:{','.join(map(str, self.running))}"

    @cached_property
    def id_line(self) -> bytes:
        """A long list becomes "from the oldest again": told twice is better than never."""
        long = len(self.running) > LONGEST_RUNNING
        short = f"{self.xmin}:{self.xmin}:" if long else self.snapshot
        return f"id: {self.at_s}.{short}\n".encode()

    @property
    def age(self) -> tuple[int, int, int]:
        """Order of positions of one server: each sees all that an earlier one sees."""
        return self.xmax, self.xmin, -len(self.running)

    def sees(self, tx: int) -> bool:
        """Tell whether the transaction had ended; as `pg_visible_in_snapshot`."""
        return tx < self.xmin or (tx < self.xmax and tx not in self.running)


def later(one: Position, other: Position) -> Position:
    return max(one, other, key=lambda position: position.age)
