"""Whose lines stand on the desk."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts import desk as alerts
from app.core.assembly import Features
from app.core.pages import DeskLine
from app.medication import desk as medication
from app.patients import desk as patients

Lines = Callable[[AsyncSession, StaffActor, datetime, Features], Awaitable[list[DeskLine]]]
LINES: tuple[Lines, ...] = (alerts.lines, medication.lines, patients.lines)
_LATEST = datetime.max.replace(tzinfo=UTC)


async def lines_of(
    session: AsyncSession, actor: StaffActor, at: datetime, features: Features
) -> list[DeskLine]:
    """Most severe first, then what has waited longest; nothing where nothing waits."""
    lines = [
        line for part in LINES for line in await part(session, actor, at, features) if line.count
    ]
    return sorted(lines, key=lambda line: (-line.severity.rank, line.oldest_at or _LATEST))
