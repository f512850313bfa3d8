"""The days of the demonstration: counted back from today, in the zone of whoever lives them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock

CLINIC = ZoneInfo("Asia/Shanghai")


@asynccontextmanager
async def living(session: AsyncSession, moment: datetime) -> AsyncIterator[None]:
    """Let the services inside believe that it is `moment`."""
    with clock.frozen(moment):
        yield
        await session.flush()  # times of birth are given by the clock at the flush


def days_ago(today: datetime, days: int, at: time) -> datetime:
    """Name an instant by the clinic's clock."""
    day = today.astimezone(CLINIC).date() - timedelta(days=days)
    return datetime.combine(day, at, CLINIC).astimezone(UTC)


def id_at(moment: datetime, rng: Random) -> UUID:
    """Make an id as if it had been made then, the same for the same generator."""
    value = (int(moment.timestamp() * 1000) << 80) | rng.getrandbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)
