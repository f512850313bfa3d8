"""Enter the public holidays of a year, and the weekend days that are worked in exchange."""

from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core.problems import NotFound
from app.institutions.audit import CHANGE_CALENDAR
from app.institutions.calendar import WEEKDAYS
from app.institutions.models import CalendarDay, DayKind
from app.institutions.problems import CalendarDayUnfit


async def put_day(
    session: AsyncSession, actor: StaffActor, day: date, kind: DayKind, name: str
) -> None:
    """Enter or replace it. Only a weekend day can be swapped for work; any can be a holiday."""
    if kind is DayKind.WORKDAY and day.isoweekday() in WEEKDAYS:
        raise CalendarDayUnfit
    before = await session.scalar(select(CalendarDay.kind).where(CalendarDay.day == day))
    values = {"kind": kind, "name": name}
    await session.execute(
        insert(CalendarDay)
        .values(day=day, **values)
        .on_conflict_do_update(index_elements=[CalendarDay.day], set_=values)
    )
    _record(session, actor, "put", day, kind, before)


async def remove_day(session: AsyncSession, actor: StaffActor, day: date) -> None:
    removed = await session.scalar(
        delete(CalendarDay).where(CalendarDay.day == day).returning(CalendarDay.kind)
    )
    if removed is None:
        raise NotFound
    _record(session, actor, "removed", day, None, removed)


def _record(
    session: AsyncSession,
    actor: StaffActor,
    code: str,
    day: date,
    after: DayKind | None,
    before: DayKind | None,
) -> None:
    detail = {"code": code, "day": day.isoformat(), "before": before, "after": after}
    audit.record(session, actor, CHANGE_CALENDAR, detail=detail)
