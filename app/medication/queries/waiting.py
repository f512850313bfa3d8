"""How many films wait within reach, for the desk: counted to a hundred, team by team."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import CTE, ScalarSelect, Select, Subquery, func, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.statements import Prepared
from app.institutions.models import Team
from app.institutions.reach import Reader, clinic_today, reachable_teams
from app.medication.models import Recording
from app.medication.queries.review_queue import readable_by


class WaitingFilms(NamedTuple):
    """Both counted to a given number; `oldest_at`: when the first overdue one arrived."""

    waiting: int
    overdue: int
    oldest_at: datetime | None


def _of_team(reader: Reader, teams: CTE, *, flagged: bool) -> Select[datetime | None]:
    """Select one team's films; flagged ones are apart in the queue's index."""
    return select(Recording.uploaded_at).where(
        Recording.team_id == teams.c.id, Recording.flagged.is_(flagged), readable_by(reader)
    )


def _gather(teams: CTE, of_team: Sequence[Select[datetime | None]], most: int) -> Subquery:
    """Take so many of each team, and stop as soon as there are so many in all."""
    found = [films.limit(most).lateral() for films in of_team]
    parts = [select(f.c.uploaded_at).select_from(teams).join(f, true()) for f in found]
    return union_all(*parts).subquery()


def _counted(films: Subquery, most: int) -> ScalarSelect[int]:
    some = select(films).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


@Prepared
def _waiting(
    supervises: bool, most: int, /, *, staff_id: UUID, on: date, at: datetime
) -> Select[int, int, datetime | None]:
    reader = Reader(staff_id, supervises, on)
    teams = select(Team.id).where(Team.id.in_(reachable_teams(reader))).cte("teams")
    waiting = [_of_team(reader, teams, flagged=flagged) for flagged in (True, False)]
    overdue = [films.where(Recording.due_by < at) for films in waiting]
    oldest = [films.order_by(Recording.due_by, Recording.id) for films in overdue]
    return select(
        _counted(_gather(teams, waiting, most), most),
        _counted(_gather(teams, overdue, most), most),
        select(func.min(_gather(teams, oldest, 1).c.uploaded_at)).scalar_subquery(),
    )


async def waiting_films(
    session: AsyncSession, actor: StaffActor, at: datetime, most: int
) -> WaitingFilms:
    """One statement that stops counting at `most`."""
    row = await _waiting.one(
        session, actor.supervises, most, staff_id=actor.account_id, on=clinic_today(), at=at
    )
    return WaitingFilms(*row)
