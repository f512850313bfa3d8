"""Reads of the review queue and of how it is worked."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Update,
    Uuid,
    all_,
    and_,
    any_,
    cast,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from app.accounts.access import StaffActor
from app.core.db import for_update
from app.core.hot import hot
from app.core.pages import MOST_COUNTED
from app.core.statements import columns_of
from app.institutions.reach import Reader, clinic_today, reachable_teams
from app.medication.models import (
    Dose,
    Reading,
    Recording,
    Review,
    ReviewWithdrawal,
    SideEffectReport,
    Slot,
    Treatment,
    Verdict,
)
from app.medication.reach import may_be_read
from app.patients.models import Patient, Sex


def readable_by(actor: StaffActor | Reader) -> ColumnElement[bool]:
    """Select what waits for this person: within reach, never twice by the same reader.

    By the copy of the team, for the index; `may_be_read` holds it against the truth.
    """
    return and_(_readable_where_reached(actor), Recording.team_id.in_(reachable_teams(actor)))


def _waiting_for(actor: StaffActor | Reader) -> ColumnElement[bool]:
    return and_(
        Recording.pending_reading.is_not(None),
        Recording.film_deleted_at.is_(None),
        or_(
            Recording.pending_reading == Reading.FIRST,
            Recording.first_reviewer_id != actor.account_id,
        ),
    )


def _readable_where_reached(actor: StaffActor | Reader) -> ColumnElement[bool]:
    return and_(_waiting_for(actor), may_be_read())


def free_for(actor: StaffActor | Reader, at: datetime) -> ColumnElement[bool]:
    """Select what nobody else holds."""
    return or_(
        Recording.leased_until.is_(None),
        Recording.leased_until < at,
        Recording.leased_by == actor.account_id,
    )


BEST_OF_TEAM = 3  # so many may be on their way to others at the same moment
_ORDER = ("flagged", "due_by", "id")  # flagged first, then oldest due


def _open_to(actor: Reader, but: Sequence[UUID], at: datetime) -> ColumnElement[bool]:
    """Select what this person may take where they reach: free, and not on this page already."""
    others = Recording.id != all_(cast(but, ARRAY(Uuid)))
    return and_(_waiting_for(actor), free_for(actor, at), others)


def _in_order(rows: Any) -> list[ColumnElement[Any]]:
    flagged, due_by, row_id = (getattr(rows, name) for name in _ORDER)
    return [flagged.desc(), due_by, row_id]


def _of_each_team(
    actor: Reader, films: Select[*tuple[Any, ...]], most: int
) -> Select[*tuple[Any, ...]]:
    """Read the beginning of each team's queue by its index: the whole is not looked at."""
    teams = select(reachable_teams(actor).subquery().c[0].label("team_id")).distinct().subquery()
    own = films.where(Recording.team_id == teams.c.team_id).limit(most).correlate(teams).lateral()
    return select(*own.c).select_from(teams.join(own, true()))


def _next(actor: Reader, but: Sequence[UUID], at: datetime) -> Sequence[Select[UUID]]:
    """List the best of each team; and all, for when others are taking just these.

    `may_be_read` is asked film by film until one is found: OFFSET keeps it above the sorting.
    """
    open_to = _open_to(actor, but, at)
    films = select(*columns_of(Recording, _ORDER)).where(open_to).order_by(*_in_order(Recording))
    teams = _of_each_team(actor, films, BEST_OF_TEAM).subquery()
    best = select(*teams.c).order_by(*_in_order(teams.c)).offset(0).subquery()
    # Asked again of the film itself: it may have changed before its lock was had.
    film = select(Recording.id).where(open_to, may_be_read())
    return (
        film.join(best, best.c.id == Recording.id).order_by(*_in_order(best.c)),
        film.where(Recording.team_id.in_(reachable_teams(actor))).order_by(*_in_order(Recording)),
    )


class Leased(NamedTuple):
    id: UUID


def _prolonged(actor: Reader, holding: Sequence[UUID], until: datetime) -> Update:
    """Who was moved away keeps nothing; what was not handed out to this person is not leased."""
    held = Recording.id == any_(cast(holding, ARRAY(Uuid)))
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
) -> ReturningUpdate[UUID]:
    """Take the next film, flagged first, then oldest due, and prolong those that are held.

    Among the first of each team, so that the queue need not be sorted; only where others take all
    of these at this moment is the whole looked at.
    """
    actor = Reader(staff_id, supervises, on)
    chosen = (
        for_update(films.limit(1), of=[Recording], skip_locked=True).scalar_subquery()
        for films in _next(actor, skipping, at)
    )
    taking = (
        update(Recording)
        .where(Recording.id == func.coalesce(*chosen))
        .values(leased_by=staff_id, leased_at=at, leased_until=until)
        .returning(Recording.id)
    )
    return taking.add_cte(_prolonged(actor, holding, until).cte("held")) if holds else taking


class QueueItem(NamedTuple):
    """Everything that a reviewer decides by; `felt` is the newest answer, if one was given."""

    recording_id: UUID
    pending_reading: Reading | None
    leased_until: datetime | None
    day_code: str
    captured_at: datetime
    uploaded_at: datetime | None
    due_by: datetime | None
    duration_ms: int | None
    mirrored: bool
    flags: list[str]
    film_key: str | None
    poster_key: str | None
    sheet_key: str | None
    dose_id: UUID
    due_on: date
    slot: Slot
    drugs: list[dict[str, Any]]
    patient_id: UUID
    patient_name: str
    sex: Sex
    birth_on: date
    treatment_name: str
    felt: list[str] | None


_OF_FILM = QueueItem._fields[1 : QueueItem._fields.index("dose_id")]


@hot(QueueItem)
def _item(*, recording_id: UUID) -> Select[*tuple[Any, ...]]:
    """Everything of one film in one statement; the newest answer about side effects beside it."""
    symptoms = (
        select(SideEffectReport.symptoms)
        .where(SideEffectReport.dose_id == Recording.dose_id)
        .order_by(SideEffectReport.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Recording.id.label("recording_id"),
            *columns_of(Recording, _OF_FILM),
            Dose.id.label("dose_id"),
            Dose.due_on,
            Dose.slot,
            Dose.drugs,
            Patient.id.label("patient_id"),
            Patient.name.label("patient_name"),
            Patient.sex,
            Patient.birth_on,
            Treatment.name.label("treatment_name"),
            symptoms.label("felt"),
        )
        .join(Dose, Dose.id == Recording.dose_id)
        .join(Patient, Patient.id == Recording.patient_id)
        .join(Treatment, Treatment.id == Dose.treatment_id)
        .where(Recording.id == recording_id)
    )


async def get_item(session: AsyncSession, recording_id: UUID) -> QueueItem:
    return await _item.one(session, recording_id=recording_id)


class Counts(NamedTuple):
    """Each counted to MOST_COUNTED and no further."""

    waiting: int
    overdue: int
    flagged: int


@hot(Counts)
def _counts(
    supervises: bool, /, *, staff_id: UUID, on: date, at: datetime
) -> Select[int, int, int]:
    actor = Reader(staff_id, supervises, on)
    readable = select(Recording.id).where(_readable_where_reached(actor))
    either = Recording.flagged.in_([True, False])  # so that the index is read by both columns
    kinds = {
        "waiting": readable,
        "overdue": readable.where(either, Recording.due_by < at),
        "flagged": readable.where(Recording.flagged),
    }
    counted = (
        _of_each_team(actor, films, MOST_COUNTED).limit(MOST_COUNTED).subquery()
        for films in kinds.values()
    )
    return select(
        *(
            select(func.count()).select_from(films).scalar_subquery().label(name)
            for name, films in zip(kinds, counted, strict=True)
        )
    )


async def queue_counts(session: AsyncSession, actor: StaffActor, at: datetime) -> Counts:
    """Count what waits, is overdue, is flagged."""
    return await _counts.one(
        session, actor.supervises, staff_id=actor.account_id, on=clinic_today(), at=at
    )


class FilmToDecide(NamedTuple):
    """A film and its dose, locked, and the review that was already given by this key."""

    id: UUID
    media_id: UUID
    pending_reading: Reading | None
    leased_by: UUID | None
    leased_at: datetime | None
    ready_at: datetime | None
    dose_id: UUID
    drugs: list[dict[str, Any]]
    review_id: UUID | None
    review_recording_id: UUID | None
    review_verdict: Verdict | None
    review_created_at: datetime | None


@hot(FilmToDecide)
def film_to_decide(
    supervises: bool, /, *, recording_id: UUID, staff_id: UUID, on: date, client_key: str
) -> Select[*tuple[Any, ...]]:
    """Lock the film and its dose; a review already given by this key stands beside them.

    No row where the patient is with another team now, or the sender has withdrawn since.
    """
    by_this_key = (Review.reviewer_id == staff_id) & (Review.client_key == client_key)
    reach = Recording.team_id.in_(reachable_teams(Reader(staff_id, supervises, on)))
    standing = or_(Review.id.is_not(None), Recording.pending_reading.is_(None), may_be_read())
    return for_update(
        select(
            Recording.id,
            Recording.media_id,
            Recording.pending_reading,
            Recording.leased_by,
            Recording.leased_at,
            Recording.ready_at,
            Recording.dose_id,
            Dose.drugs,
            Review.id.label("review_id"),
            Review.recording_id.label("review_recording_id"),
            Review.verdict.label("review_verdict"),
            Review.created_at.label("review_created_at"),
        )
        .join(Dose, Dose.id == Recording.dose_id)
        .outerjoin(Review, by_this_key)
        .where(Recording.id == recording_id, reach, standing),
        of=[Dose, Recording],  # in this order: see `service.locks`
    )


async def find_review(session: AsyncSession, reviewer_id: UUID, client_key: str) -> Review | None:
    return await session.scalar(
        select(Review).where(Review.reviewer_id == reviewer_id, Review.client_key == client_key)
    )


async def previous_verdict(session: AsyncSession, dose_id: UUID, but: UUID) -> Review | None:
    """Find what stood on the dose before this recording was decided."""
    return await session.scalar(
        select(Review)
        .outerjoin(ReviewWithdrawal, ReviewWithdrawal.review_id == Review.id)
        .where(
            Review.dose_id == dose_id,
            Review.recording_id != but,
            Review.reading == Reading.FIRST,
            ReviewWithdrawal.review_id.is_(None),
        )
        .order_by(Review.created_at.desc(), Review.id.desc())
        .limit(1)
    )
