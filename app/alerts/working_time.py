"""Working time for the quiet kinds: a whole day's length of work from Monday to Friday.

The calendar of holidays and swapped working days belongs to `institutions`; it is asked for here
and nowhere else.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.rules import AddWorkingMinutes
from app.core.filters import CLINIC_ZONE

# Eight hours a day where an institution has published none.
USUAL_SPANS = ((time(8), time(12)), (time(14), time(18)))
SATURDAY = 5
# Days that differ from their weekday: True is a swapped working day, False a holiday.
Differing = Mapping[date, bool]


def add_working_minutes(start: datetime, minutes: int, differing: Differing) -> datetime:
    """Find when so many working minutes after `start` have passed, in the clinic's zone."""
    local = start.astimezone(ZoneInfo(CLINIC_ZONE))
    left, day = timedelta(minutes=minutes), local.date()
    while True:
        for opens, closes in USUAL_SPANS if _works(day, differing) else ():
            begin = max(datetime.combine(day, opens, local.tzinfo), local)
            span = datetime.combine(day, closes, local.tzinfo) - begin
            if left <= span:
                return begin + left
            left -= max(span, timedelta(0))
        day += timedelta(days=1)


def _works(day: date, differing: Differing) -> bool:
    return differing.get(day, day.weekday() < SATURDAY)


async def working_time(_session: AsyncSession, _since: datetime) -> AddWorkingMinutes:
    """Load the calendar once for a batch."""
    differing: Differing = {}
    return lambda start, minutes: add_working_minutes(start, minutes, differing)
