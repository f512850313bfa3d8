"""Admin API: public holidays and swapped working days, the same for every institution."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.schemas import NearDay
from app.institutions.access import TopOperatorActor
from app.institutions.queries import calendar as queries
from app.institutions.reach import clinic_today
from app.institutions.schemas.records import CalendarDayPut, CalendarDayRead, CalendarYearRead
from app.institutions.service import calendar as service

router = APIRouter(prefix="/api/admin/calendar", tags=["admin"])
FIRST_YEAR, LAST_YEAR = 2000, 2100
Day = Annotated[NearDay, Path()]
Year = Annotated[int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR)]


async def _read_year(session: AsyncSession, year: int) -> CalendarYearRead:
    days = await queries.days_of_year(session, year)
    return CalendarYearRead(
        year=year,
        days=[CalendarDayRead.model_validate(day) for day in days],
        missing_years=await queries.missing_years(session, clinic_today()),
    )


@router.get("")
async def show_calendar(
    _actor: OperatorActor, session: Session, year: Year = None
) -> CalendarYearRead:
    """List the days of a year, this one unless told, that differ from their weekday."""
    return await _read_year(session, year or clinic_today().year)


@router.put("/{day}")
async def put_calendar_day(
    body: CalendarDayPut, actor: TopOperatorActor, day: Day, session: Session
) -> CalendarYearRead:
    """For operators of the topmost institution: it moves deadlines everywhere."""
    await service.put_day(session, actor, day, body.kind, body.name)
    return await _read_year(session, day.year)


@router.delete("/{day}", status_code=204)
async def remove_calendar_day(actor: TopOperatorActor, day: Day, session: Session) -> None:
    await service.remove_day(session, actor, day)
