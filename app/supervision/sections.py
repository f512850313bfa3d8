"""Whose figures stand on the supervisor's page, and in which order."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.pages import Section
from app.institutions.supervised import Supervised
from app.medication import supervision as medication

Figures = Callable[[AsyncSession, Supervised, int, datetime], Awaitable[Section]]
SECTIONS: tuple[Figures, ...] = (medication.section,)


async def sections_of(
    session: AsyncSession, supervised: Supervised, days: int, at: datetime
) -> list[Section]:
    """Figures of the last `days` days, each feature's own."""
    return [await part(session, supervised, days, at) for part in SECTIONS]
