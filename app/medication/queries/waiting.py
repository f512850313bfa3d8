"""How many films wait within reach, for the desk: counted to a hundred, team by team."""

from datetime import date, datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.access import StaffActor
from app.core.hot import hot
from app.institutions.reach import Reader, clinic_today
from app.medication.models import Recording
from app.medication.queries.review_queue import (
    counted,
    is_overdue,
    oldest_of_each,
    readable_films,
    waiting_for,
)
from app.medication.reach import may_be_read

T = TypeVar("T")


class WaitingFilms(NamedTuple):
    """Both counted to MOST_COUNTED; `oldest_at`: when the first overdue one arrived."""

    waiting: int
    overdue: int
    oldest_at: datetime | None


def _longest_overdue(
    reader: Reader, column: InstrumentedAttribute[T], *conditions: ColumnElement[bool]
) -> ScalarSelect[T]:
    films = select(Recording.due_by, Recording.id, column.label("wanted")).where(*conditions)
    every = oldest_of_each(reader, films, 1)
    best = select(every.c.wanted).order_by(every.c.due_by, every.c.id).limit(1)
    return best.scalar_subquery()


def _oldest(reader: Reader, at: datetime) -> ColumnElement[datetime | None]:
    """Ask `may_be_read` of the first alone; only where it may not, of the first of each team."""
    overdue = (waiting_for(reader), is_overdue(at))
    first = _longest_overdue(reader, Recording.id, *overdue)
    readable = select(Recording.uploaded_at).where(Recording.id == first, may_be_read())
    every = _longest_overdue(reader, Recording.uploaded_at, *overdue, may_be_read())
    return func.coalesce(readable.scalar_subquery(), every)


@hot(WaitingFilms)
def _waiting(
    supervises: bool, /, *, staff_id: UUID, on: date, at: datetime
) -> Select[int, int, datetime | None]:
    reader = Reader(staff_id, supervises, on)
    films = readable_films(reader, at)
    return select(
        counted(reader, films["waiting"]).label("waiting"),
        counted(reader, films["overdue"]).label("overdue"),
        _oldest(reader, at).label("oldest_at"),
    )


async def waiting_films(session: AsyncSession, actor: StaffActor, at: datetime) -> WaitingFilms:
    """One statement that stops counting where the desk does."""
    return await _waiting.one(
        session, actor.supervises, staff_id=actor.account_id, on=clinic_today(), at=at
    )
