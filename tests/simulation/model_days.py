"""Dose days: [04:00 on D, 03:00 on D+1) by the wall clock of the patient's zone."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

OPENS = time(4)
CLOSES = time(3)
DAY = timedelta(days=1)
CAPTURE_SLACK = timedelta(minutes=10)
UPLOAD_GRACE = timedelta(hours=24)
WORD_GRACE = timedelta(hours=24)
ARRIVAL_GRACE = timedelta(hours=72)
OWN_CORRECTION = timedelta(hours=24)


class Window(NamedTuple):
    """When a dose may be taken: opens <= t < closes, in UTC."""

    opens: datetime
    closes: datetime


def instant(day: date, clock: time, zone: str) -> datetime:
    """Return the UTC instant of a wall-clock time: of two the first, of none the one after."""
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


@cache
def window(day: date, zone: str) -> Window:
    """Return the window of a dose day."""
    return Window(instant(day, OPENS, zone), instant(day + DAY, CLOSES, zone))


def dose_day(at: datetime, zone: str) -> date:
    """Return the dose day of an instant: the day before until 03:00, then the calendar's."""
    local = at.astimezone(ZoneInfo(zone))
    return local.date() - DAY if local.time() < CLOSES else local.date()


@cache
def due(day: date, hour: time, zone: str) -> datetime:
    """When a slot of this hour is due: before 03:00 in the night after the day; in its window."""
    shown = instant(day + DAY if hour < CLOSES else day, hour, zone)
    opens, closes = window(day, zone)
    return min(max(shown, opens), closes)


def refused_hour(hour: time) -> bool:
    """Whether no window holds this hour."""
    return CLOSES <= hour < OPENS


def years_after(day: date, years: int) -> date:
    """Return the same day so many years later; 28 February for a 29th that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
