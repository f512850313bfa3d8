"""Lay doses into months of squares, for the heat-map of a patient's page."""

from calendar import Calendar, monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from app.medication import rules
from app.medication.schemas.patient_page import (
    CalendarDose,
    CalendarMonth,
    CalendarSquare,
    DoseMark,
)

MONTHS_SHOWN = 6
_MONDAY_FIRST = Calendar(firstweekday=0)


def month_before(first: date, months: int) -> date:
    """Count months back from a first of a month (forward when negative)."""
    number = first.year * 12 + first.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def last_day(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])


def shown_days(until: date) -> tuple[date, date]:
    """First and last day of the months shown, `until` being in the last of them."""
    newest = until.replace(day=1)
    return month_before(newest, MONTHS_SHOWN - 1), last_day(newest)


def months_of(doses: Iterable[CalendarDose], at: datetime) -> list[CalendarMonth]:
    """Oldest month first, as one reads; months without a dose are left out."""
    by_day: dict[date, list[DoseMark]] = defaultdict(list)
    for dose in doses:
        mark = DoseMark(dose.id, dose.slot, rules.state_of(dose, at))
        by_day[dose.due_on].append(mark)
    firsts = sorted({on.replace(day=1) for on in by_day})
    return [CalendarMonth(first, list(_weeks(first, by_day))) for first in firsts]


def _weeks(
    first: date, by_day: dict[date, list[DoseMark]]
) -> Iterator[list[CalendarSquare | None]]:
    for week in _MONDAY_FIRST.monthdatescalendar(first.year, first.month):
        yield [
            CalendarSquare(on, by_day.get(on, [])) if on.month == first.month else None
            for on in week
        ]
