"""How many films of one patient are worked on in a day: nobody else's film waits for them."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.filters import CLINIC_ZONE
from app.media.video import VideoProblem
from app.medication.models import Recording

# Four doses a day, filmed again and again, with three days that were offline: still fewer.
FILMS_A_DAY = 20
# Films that ran into the limits of our own processing: each has held a place for minutes.
HEAVY_A_DAY = 3


async def waits_until(session: AsyncSession, patient_id: UUID) -> datetime | None:
    """Say when this patient's next film may be worked on; None when it is now."""
    midnight = (
        clock.now()
        .astimezone(ZoneInfo(CLINIC_ZONE))
        .replace(hour=0, minute=0, second=0, microsecond=0)
    )
    heavy = func.count().filter(Recording.problem == VideoProblem.PROCESSING_LIMIT)
    result = await session.execute(
        select(func.count(), heavy).where(
            Recording.patient_id == patient_id, Recording.processed_at >= midnight
        )
    )
    films, heavy_films = result.one()
    if films < FILMS_A_DAY and heavy_films < HEAVY_A_DAY:
        return None
    return midnight + timedelta(days=1)
