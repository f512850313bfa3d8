"""The audit trail's months: made ahead, and gone as a whole where a programme says so.

The table refuses DELETE; both go by functions of the database (migration `audit_append_only`).
"""

from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit

AHEAD = timedelta(days=92)
# Waiting behind a long read would stop everybody who writes into the trail.
_WAIT = text("set local lock_timeout = '3s'")


async def make_months(session: AsyncSession, today: date) -> None:
    """Make the partitions of the next three months; a month that is missing is kept in another."""
    await session.execute(_WAIT)
    await session.execute(text("select audit_event_ahead(:until)"), {"until": today + AHEAD})


async def expire_months(session: AsyncSession, today: date, keep: int) -> None:
    """Drop the months before the last `keep` whole ones, and say so in the trail."""
    months = today.year * 12 + today.month - 1 - keep
    before = date(months // 12, months % 12 + 1, 1)
    await session.execute(_WAIT)
    gone = await session.scalars(text("select audit_event_expire(:before)"), {"before": before})
    if parts := list(gone):
        detail = {"before": before.isoformat(), "parts": parts, "kept_months": keep}
        audit.record_of_system(session, audit.EXPIRE_TRAIL, detail=detail)
