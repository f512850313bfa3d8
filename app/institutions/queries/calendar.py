"""Reads of the public calendar."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import extract, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.institutions.calendar import WorkingCalendar
from app.institutions.models import CalendarDay, DayKind

DECEMBER = 12


async def working_calendar(session: AsyncSession, first: date, last: date) -> WorkingCalendar:
    """Load the days from `first` to `last`, both included, that differ from their weekday."""
    result = await session.execute(
        select(CalendarDay.day, CalendarDay.kind).where(CalendarDay.day.between(first, last))
    )
    return {row.day: row.kind for row in result}


async def days_of_year(session: AsyncSession, year: int) -> Sequence[CalendarDay]:
    result = await session.scalars(
        select(CalendarDay)
        .where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(CalendarDay.day)
    )
    return result.all()


async def missing_years(session: AsyncSession, on: date) -> list[int]:
    """List the years whose holidays somebody must enter: this one, and the next from December."""
    years = [on.year] + ([on.year + 1] if on.month == DECEMBER else [])
    year = extract("year", CalendarDay.day)
    entered = await session.scalars(
        select(year)
        .where(
            CalendarDay.kind == DayKind.HOLIDAY,
            CalendarDay.day.between(date(years[0], 1, 1), date(years[-1], 12, 31)),
        )
        .distinct()
    )
    return sorted(set(years) - {int(y) for y in entered})
