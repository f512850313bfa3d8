"""Working days and working time, by the public calendar and an institution's opening hours."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.filters import CLINIC_ZONE
from app.institutions.hours import Span, Week
from app.institutions.models import DayKind

SATURDAY = 6
WEEKDAYS = range(1, SATURDAY)
ONE_DAY = timedelta(days=1)
# Where an institution has published none; eight hours a day, for the programme to confirm.
USUAL_HOURS: Week = {day: (Span(480, 720), Span(840, 1080)) for day in WEEKDAYS}

# The days that differ from their weekday.
WorkingCalendar = Mapping[date, DayKind]


def is_working_day(day: date, days: WorkingCalendar) -> bool:
    """Tell Monday to Friday from the rest, as holidays and swapped days change it."""
    kind = days.get(day)
    if kind is None:
        return day.isoweekday() in WEEKDAYS
    return kind is DayKind.WORKDAY


def spans_of(day: date, days: WorkingCalendar, opening_hours: Week) -> tuple[Span, ...]:
    """When the institution works on this day; `opening_hours` must not be empty.

    A holiday has no hours. A swapped day has those published for its weekday, or else those of
    the first day of the week that has any. Any other day is as published, Saturdays included.
    """
    kind = days.get(day)
    if kind is DayKind.HOLIDAY:
        return ()
    published = opening_hours.get(day.isoweekday(), ())
    if kind is DayKind.WORKDAY and not published:
        return opening_hours[min(opening_hours)]
    return published


def _spans_from(
    start: datetime, days: WorkingCalendar, opening_hours: Week
) -> Iterator[tuple[datetime, datetime]]:
    """Go through the working spans that end after `start`, without end."""
    day = start.date()
    while True:
        midnight = datetime.combine(day, time(), start.tzinfo)
        for span in spans_of(day, days, opening_hours):
            opens = midnight + timedelta(minutes=span.opens_min)
            closes = midnight + timedelta(minutes=span.closes_min)
            if closes > start:
                yield max(opens, start), closes
        day += ONE_DAY


def add_working_time(
    start: datetime, hours: float, calendar: WorkingCalendar, opening_hours: Week
) -> datetime:
    """Find when so many working hours after `start` (aware) have passed, in the clinic's zone.

    Without opening hours the usual ones count. `calendar` must reach far enough: a day it does
    not hold is taken by its weekday. Nothing to add gives the first working moment.
    """
    left = timedelta(hours=hours)
    local = start.astimezone(ZoneInfo(CLINIC_ZONE))
    for opens, closes in _spans_from(local, calendar, opening_hours or USUAL_HOURS):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise AssertionError("the spans have no end")  # pragma: no cover
