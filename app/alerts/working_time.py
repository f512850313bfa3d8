"""Working time for the quiet kinds: the public calendar, and the usual eight hours a day.

Not each institution's own hours: one that opens on two mornings a week would be told of nothing
before the week after.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.rules import AddWorkingMinutes
from app.core.severity import Severity
from app.institutions.calendar import USUAL_HOURS, WorkingCalendar, add_working_time
from app.institutions.queries.calendar import working_calendar

# Further than the last step of any ladder reaches, also over the longest holidays.
FAR = timedelta(days=60)


def add_working_minutes(start: datetime, minutes: int, days: WorkingCalendar) -> datetime:
    """Find when so many working minutes after `start` have passed, in the clinic's zone."""
    return add_working_time(start, minutes / 60, days, USUAL_HOURS)


async def working_time(
    session: AsyncSession, first: datetime, last: datetime, severities: Iterable[Severity]
) -> AddWorkingMinutes:
    """Load the calendar for alerts raised between `first` and `last`, if any of them needs it."""
    days: WorkingCalendar = {}
    if not all(severity.by_the_clock for severity in severities):
        since, until = first - timedelta(days=1), last + FAR  # a day ahead: zones differ
        days = await working_calendar(session, since.date(), until.date())
    return lambda start, minutes: add_working_minutes(start, minutes, days)
