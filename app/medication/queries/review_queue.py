"""Reads of the review queue: what waits for whom, in which order; and its leases."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    ScalarSelect,
    Select,
    Subquery,
    Update,
    Uuid,
    and_,
    any_,
    cast,
    func,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from app.accounts.access import StaffActor
from app.core.db import for_update
from app.core.hot import hot
from app.core.pages import MOST_COUNTED
from app.core.statements import columns_of, hidden, written
from app.institutions.reach import Reader, clinic_today, reachable_teams
from app.medication.models import (
    Reading,
    Recording,
)
from app.medication.reach import may_be_read


def readable_by(actor: StaffActor | Reader) -> ColumnElement[bool]:
    """Select what waits for this person: within reach, never twice by the same reader.

    By the copy of the team, for the index; `may_be_read` holds it against the truth.
    """
    return and_(_readable_where_reached(actor), Recording.team_id.in_(reachable_teams(actor)))


def waiting_for(actor: StaffActor | Reader) -> ColumnElement[bool]:
    return and_(
        Recording.pending_reading.is_not(None),
        Recording.film_deleted_at.is_(None),
        or_(
            Recording.pending_reading == written(Reading.FIRST),
            Recording.first_reviewer_id != hidden(actor.account_id, Uuid()),
        ),
    )


def _readable_where_reached(actor: StaffActor | Reader) -> ColumnElement[bool]:
    return and_(waiting_for(actor), may_be_read())


def free_for(actor: StaffActor | Reader, at: datetime) -> ColumnElement[bool]:
    """Select what nobody else holds."""
    return or_(
        Recording.leased_until.is_(None),
        Recording.leased_until < hidden(at, DateTime(timezone=True)),
        Recording.leased_by == hidden(actor.account_id, Uuid()),
    )


BEST_OF_TEAM = 3  # so many may be on their way to others at the same moment
_ORDER = ("flagged", "due_by", "id")


def _open_to(actor: Reader, but: Sequence[UUID], at: datetime) -> ColumnElement[bool]:
    """Select what this person may take where they reach: free, and not on this page already."""
    # By SELECT, as `hidden`: how many they are is no reason to plan it anew.
    others = Recording.id.not_in(select(func.unnest(cast(but, ARRAY(Uuid)))))
    return and_(waiting_for(actor), free_for(actor, at), others)


def _in_order(rows: Any, at: datetime) -> list[ColumnElement[Any]]:
    """Overdue first, then flagged, then oldest due."""
    flagged, due_by, row_id = (getattr(rows, name) for name in _ORDER)
    overdue = due_by < hidden(at, DateTime(timezone=True))
    return [overdue.desc(), flagged.desc(), due_by, row_id]


def of_each_team(
    actor: Reader, films: Select[*tuple[Any, ...]], most: int
) -> Select[*tuple[Any, ...]]:
    """Read the beginning of each team's queue by its index: the whole is not looked at."""
    teams = select(reachable_teams(actor).subquery().c[0].label("team_id")).distinct().subquery()
    own = films.where(Recording.team_id == teams.c.team_id).limit(most).correlate(teams).lateral()
    return select(*own.c).select_from(teams.join(own, true()))


def oldest_of_each(actor: Reader, films: Select[*tuple[Any, ...]], most: int) -> Subquery:
    """Read the longest due of each team's flagged films and of its others, as the index has them.

    Whatever is first of a team is among them: of films alike in that, the oldest due goes first.
    """
    films = films.order_by(Recording.due_by, Recording.id)
    kinds = (films.where(Recording.flagged.is_(flagged)) for flagged in (True, False))
    return union_all(*(of_each_team(actor, kind, most) for kind in kinds)).subquery()


def choices(actor: Reader, but: Sequence[UUID], at: datetime) -> Sequence[Select[UUID]]:
    """List the best of each team; and all, for when others are taking just these.

    `may_be_read` is asked film by film until one is found: OFFSET keeps it above the sorting.
    """
    open_to = _open_to(actor, but, at)
    films = select(*columns_of(Recording, _ORDER)).where(open_to)
    teams = oldest_of_each(actor, films, BEST_OF_TEAM)
    best = select(*teams.c).order_by(*_in_order(teams.c, at)).offset(0).subquery()
    # Asked again of the film itself: it may have changed before its lock was had.
    film = select(Recording.id).where(open_to, may_be_read())
    return (
        film.join(best, best.c.id == Recording.id).order_by(*_in_order(best.c, at)),
        film.where(Recording.team_id.in_(reachable_teams(actor))).order_by(
            *_in_order(Recording, at)
        ),
    )


class Leased(NamedTuple):
    id: UUID
    patient_id: UUID


def _prolonged(actor: Reader, holding: Sequence[UUID], until: datetime) -> Update:
    """Who was moved away keeps nothing; what was not handed out to this person is not leased."""
    # Cast again: ANY (SELECT …) would be another thing.
    held = Recording.id == any_(cast(hidden(holding, ARRAY(Uuid)), ARRAY(Uuid)))
    return (
        update(Recording)
        .where(held, Recording.leased_by == actor.account_id, readable_by(actor))
        .values(leased_until=until)
    )


@hot(Leased)
def lease(
    supervises: bool,
    holds: bool,
    /,
    *,
    staff_id: UUID,
    on: date,
    holding: Sequence[UUID],
    skipping: Sequence[UUID],
    at: datetime,
    until: datetime,
) -> ReturningUpdate[UUID, UUID]:
    """Take the next film, overdue first, then flagged, and prolong those that are held.

    Among the first of each team, so that the queue need not be sorted; only where others take all
    of these at this moment is the whole looked at.
    """
    actor = Reader(staff_id, supervises, on)
    chosen = (
        for_update(films.limit(1), of=[Recording], skip_locked=True).scalar_subquery()
        for films in choices(actor, skipping, at)
    )
    taking = (
        update(Recording)
        .where(Recording.id == func.coalesce(*chosen))
        .values(leased_by=staff_id, leased_at=at, leased_until=until)
        .returning(Recording.id, Recording.patient_id)
    )
    return taking.add_cte(_prolonged(actor, holding, until).cte("held")) if holds else taking


class Counts(NamedTuple):
    """Each counted to MOST_COUNTED and no further."""

    waiting: int
    overdue: int
    flagged: int


def is_overdue(at: datetime) -> ColumnElement[bool]:
    return Recording.due_by < hidden(at, DateTime(timezone=True))


def readable_films(actor: Reader, at: datetime) -> dict[str, Select[UUID]]:
    """Select what waits, what of it is overdue, what is flagged; of every team."""
    readable = select(Recording.id).where(_readable_where_reached(actor))
    either = Recording.flagged.in_([True, False])  # so that the index is read by both columns
    return {
        "waiting": readable,
        "overdue": readable.where(either, is_overdue(at)),
        "flagged": readable.where(Recording.flagged),
    }


def counted(actor: Reader, films: Select[UUID]) -> ScalarSelect[int]:
    """Count them team by team, and no further than MOST_COUNTED."""
    some = of_each_team(actor, films, MOST_COUNTED).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


@hot(Counts)
def _counts(
    supervises: bool, /, *, staff_id: UUID, on: date, at: datetime
) -> Select[int, int, int]:
    actor = Reader(staff_id, supervises, on)
    films = readable_films(actor, at)
    waiting, overdue, flagged = (counted(actor, films[name]).label(name) for name in Counts._fields)
    return select(waiting, overdue, flagged)


async def queue_counts(session: AsyncSession, actor: StaffActor, at: datetime) -> Counts:
    """Count what waits, is overdue, is flagged."""
    return await _counts.one(
        session, actor.supervises, staff_id=actor.account_id, on=clinic_today(), at=at
    )
