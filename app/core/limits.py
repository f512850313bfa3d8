"""How often one subject may ask: counted in the process first, across processes when it is often.

A subject (an address, an account, a dose) costs no statement until it has come `free` times in a
window. From then on each process adds its requests, `step` at a time, to one row that all share, so
that with n of them nobody passes more than `most + n * (free + step)` in a window. Windows begin at
multiples of their length: around such an instant twice as many may pass.

While the database does not answer, the process's own count decides, for every limit: `most` a
process. What a limit guards needs the same database, so nothing is given away; and a patient is
not refused because a count could not be written. Guesses at passwords and codes are not counted
here, but in one transaction with what they guess at: without the database nobody guesses.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from fastapi import Request
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.crypto import keyring
from app.core.db import Base
from app.core.problems import TooManyAttempts

log = logging.getLogger("app.limits")
AWAY = (OperationalError, InterfaceError, NoConnection, OSError)
ASK_AGAIN_S = 5.0  # after the database did not answer
# What a process remembers at most; then it forgets all and counts anew.
SUBJECTS_KEPT = 100_000


@dataclass(frozen=True)
class Limit:
    """`most` requests of one subject in `within_s` seconds; `why` gives the reason."""

    name: str
    most: int
    within_s: int
    why: str

    @property
    def free(self) -> int:
        """So many are counted in the process only."""
        return max(1, self.most // 4)

    @property
    def step(self) -> int:
        """So many are told to the other processes at once."""
        return max(1, self.most // 20)


# Of every route behind a log-in, by account.
ANYTHING = Limit(
    "anything", 200, 10,
    "a page of the phone asks up to ten things at once; a reviewer decides a film a second",
)  # fmt: skip


class RequestWindow(Base):
    """How often a subject came in one window. Unlogged: after a crash it counts anew.

    `subject` is a keyed hash: an address or an account is nothing to keep, nor is who came where.
    """

    __tablename__ = "request_window"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    name: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    began_at: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    count: Mapped[int]


def subject_hash(limit: Limit, subject: str) -> str:
    """Hash it for this limit alone: the same subject is another one at the next."""
    return keyring().lookup_hash(f"request_window.{limit.name}", subject)


@dataclass
class _Count:
    """What this process has seen, how much of it is written, and the sum of all at that time."""

    seen: int = 0
    written: int = 0
    known: int = 0

    @property
    def total(self) -> int:
        return self.known + self.seen - self.written


class Limits:
    """The counts of one process. Without an engine (tests of other things) there is no sharing."""

    def __init__(self, engine: AsyncEngine | None) -> None:
        self._engine = engine
        self._counts: dict[tuple[str, str, int], _Count] = {}
        self._away_until = 0.0

    async def pass_or_refuse(self, limit: Limit, subject: str) -> None:
        """Count one request; TooManyAttempts (429) says in how many seconds the window ends."""
        now = clock.now().timestamp()
        window = int(now // limit.within_s)
        count = self._count(limit.name, subject, window)
        count.seen += 1
        if self._engine is not None and self._must_tell(limit, count):
            await self._tell(self._engine, limit, subject, window, count)
        if count.total > limit.most:
            raise TooManyAttempts(retry_after_s=int((window + 1) * limit.within_s - now) + 1)

    def _must_tell(self, limit: Limit, count: _Count) -> bool:
        """Beyond the limit nothing is told: a flood costs no statement."""
        if count.seen <= limit.free or count.known > limit.most:
            return False
        is_due = count.written == 0 or count.seen - count.written >= limit.step
        return is_due and monotonic() >= self._away_until

    def _count(self, name: str, subject: str, window: int) -> _Count:
        if len(self._counts) >= SUBJECTS_KEPT:
            self._counts.clear()
        key = (name, subject, window)
        self._counts.pop((name, subject, window - 1), None)
        return self._counts.setdefault(key, _Count())

    async def _tell(
        self, engine: AsyncEngine, limit: Limit, subject: str, window: int, count: _Count
    ) -> None:
        """Add what this process has not told yet, and read the sum.

        A database that does not answer is let alone for a moment: each try may take as long as a
        connection is waited for.
        """
        new, count.written = count.seen - count.written, count.seen
        count.known += new
        row = {
            "name": limit.name,
            "subject": subject_hash(limit, subject),
            "began_at": datetime.fromtimestamp(window * limit.within_s, tz=UTC),
            "count": new,
        }
        adding = insert(RequestWindow).values(row)
        statement = adding.on_conflict_do_update(
            index_elements=[RequestWindow.name, RequestWindow.subject, RequestWindow.began_at],
            set_={"count": RequestWindow.count + adding.excluded.count},
        ).returning(RequestWindow.count)
        try:
            async with engine.begin() as connection:
                total = int((await connection.execute(statement)).scalar_one())
        except AWAY as error:
            log.warning(
                "requests are counted in this process only", extra={"error": str(type(error))}
            )
            count.written -= new  # told with the next that can be
            count.known -= new
            self._away_until = monotonic() + ASK_AGAIN_S
        else:
            count.known = max(count.known, total)  # another of ours may have told more meanwhile


def limits_of(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits
