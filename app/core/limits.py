"""How often one subject may ask: counted in the process first, across processes when it is often.

A subject (an address, an account, a dose) costs no statement until it has come `free` times in a
window. From then on each request adds to one row that all processes share, so that with n of them
nobody passes more than `most + n * free` in a window. Windows begin at multiples of their length:
around such an instant twice as many may pass.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import Request
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.crypto import keyring
from app.core.db import Base
from app.core.problems import TooManyAttempts

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
    seen: int = 0
    written: int = 0


class Limits:
    """The counts of one process. Without an engine (tests of other things) there is no sharing."""

    def __init__(self, engine: AsyncEngine | None) -> None:
        self._engine = engine
        self._counts: dict[tuple[str, str, int], _Count] = {}

    async def pass_or_refuse(self, limit: Limit, subject: str) -> None:
        """Count one request; TooManyAttempts (429) says in how many seconds the window ends."""
        now = clock.now().timestamp()
        window = int(now // limit.within_s)
        count = self._count(limit.name, subject, window)
        count.seen += 1
        total = count.seen
        if self._engine is not None and count.seen > limit.free:
            total = await self._shared(self._engine, limit, subject, window, count)
        if total > limit.most:
            raise TooManyAttempts(retry_after_s=int((window + 1) * limit.within_s - now) + 1)

    def _count(self, name: str, subject: str, window: int) -> _Count:
        if len(self._counts) >= SUBJECTS_KEPT:
            self._counts.clear()
        key = (name, subject, window)
        self._counts.pop((name, subject, window - 1), None)
        return self._counts.setdefault(key, _Count())

    async def _shared(
        self, engine: AsyncEngine, limit: Limit, subject: str, window: int, count: _Count
    ) -> int:
        """Add what this process has not told yet; once beyond the limit, ask no more."""
        if count.written > limit.most:
            return count.written
        new, count.written = count.seen - count.written, count.seen
        began_at = datetime.fromtimestamp(window * limit.within_s, tz=UTC)
        hashed = subject_hash(limit, subject)
        row = {"name": limit.name, "subject": hashed, "began_at": began_at, "count": new}
        adding = insert(RequestWindow).values(row)
        statement = adding.on_conflict_do_update(
            index_elements=[RequestWindow.name, RequestWindow.subject, RequestWindow.began_at],
            set_={"count": RequestWindow.count + adding.excluded.count},
        ).returning(RequestWindow.count)
        async with engine.begin() as connection:
            total = int((await connection.execute(statement)).scalar_one())
        if total > limit.most:
            count.written = total  # so that a flood costs no further statement
        return total


def limits_of(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits
