"""What a team's figures are, from the facts themselves: the SELECTs behind the roll-ups."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Interval,
    Select,
    SmallInteger,
    Subquery,
    and_,
    any_,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased

from app.core.filters import CLINIC_ZONE
from app.medication.histogram import step_of
from app.medication.models import (
    Dose,
    Reading,
    Recording,
    Review,
    ReviewWithdrawal,
    Treatment,
    Verdict,
)
from app.medication.models.figures import SMALL
from app.medication.rates import (
    count_columns,
    counts,
    missed,
)
from app.patients.models import PastTeam, Patient
from app.patients.queries.past_teams import ever_in, past_team_on, team_on

IN_TIME = timedelta(hours=24)
VERDICTS = tuple(Verdict)


def dose_days(team_id: UUID, days: Sequence[date], at: datetime) -> Select[*tuple[Any, ...]]:
    """Count doses of these days whose window closed by `at`, of whoever was the team's then.

    One row for each illness that doses were against.
    """
    closed = and_(counts(), Dose.closes_at <= at)
    return (
        select(
            literal(team_id).label("team_id"),
            Dose.due_on.label("on"),
            Treatment.condition,
            *count_columns(at),
            func.count().filter(missed(at)).label("missed"),
        )
        .select_from(Dose)
        .join(Patient, Patient.id == Dose.patient_id)
        .join(Treatment, Treatment.id == Dose.treatment_id)
        .where(
            Patient.id.in_(ever_in(team_id)),
            Dose.due_on == any_(cast(list(days), ARRAY(Date))),
            team_on(Dose.due_on) == team_id,
            closed,
        )
        .group_by(Dose.due_on, Treatment.condition)
    )


def _days(days: Sequence[date]) -> Subquery:
    """Give each day its first and its last instant in the clinics' zone."""
    on = func.unnest(cast(list(days), ARRAY(Date))).column_valued("on", joins_implicitly=True)
    begins = [func.timezone(CLINIC_ZONE, cast(on + n, DateTime())) for n in (0, 1)]
    return select(on.label("on"), begins[0].label("begins"), begins[1].label("ends")).subquery()


def _seconds(until: Any, since: Any) -> ColumnElement[Any]:
    return extract("epoch", until - since)


def _list(value: ColumnElement[Any]) -> ColumnElement[Any]:
    some = func.array_agg(value).filter(value.is_not(None))
    return func.coalesce(some, cast([], SMALL))


def _of_team(team_id: UUID, days: Sequence[date], on: Any, at: Any) -> ColumnElement[bool]:
    """Take films that were the team's on their day: one that waits goes along with its patient.

    `at` is what decides the day; its first and last instant keep the index of the team's films.
    """
    first, after = [
        func.timezone(CLINIC_ZONE, cast(day, DateTime()))
        for day in (min(days), max(days) + timedelta(days=1))
    ]
    in_time = and_(at >= first, at < after)
    left = select(Recording.id).join(PastTeam, PastTeam.patient_id == Recording.patient_id)
    here = select(Recording.id).where(Recording.team_id == team_id, in_time)
    ever = union(here, left.where(PastTeam.team_id == team_id, in_time))
    then = func.coalesce(past_team_on(Recording.patient_id, on), Recording.team_id)
    return and_(Recording.id.in_(ever), then == team_id)


def _films(team_id: UUID, among: Sequence[date], days: Subquery, at: datetime) -> Subquery:
    due = Recording.uploaded_at <= at - IN_TIME
    in_time = Recording.first_reviewed_at <= Recording.uploaded_at + literal(IN_TIME, Interval)
    sending = step_of(_seconds(Recording.sent_at, Recording.opened_at))
    known = case((Recording.sent_at.is_not(None), sending))
    return (
        select(
            days.c.on,
            func.count().label("received"),
            func.count().filter(due).label("due"),
            func.count().filter(due, in_time).label("in_time"),
            _list(known).label("sending"),
        )
        .join(Recording, Recording.uploaded_at.between(days.c.begins, days.c.ends))
        .where(
            _of_team(team_id, among, days.c.on, Recording.uploaded_at),
            Recording.uploaded_at < days.c.ends,
            Recording.ready_at.is_not(None),
        )
        .group_by(days.c.on)
        .subquery()
    )


def _stands(review: Any) -> ColumnElement[bool]:
    return ~exists().where(ReviewWithdrawal.review_id == review.id)


def _place(verdict: Any) -> ColumnElement[int]:
    places = {v: literal(n, SmallInteger) for n, v in enumerate(VERDICTS)}
    return case(places, value=verdict)


def _readings(team_id: UUID, among: Sequence[date], days: Subquery) -> Subquery:
    """Take first readings that stand, by their day, with the second one of a film read twice."""
    first, second = aliased(Review), aliased(Review)
    both = cast(_place(first.verdict) * 4 + _place(second.verdict), SmallInteger)
    return (
        select(
            days.c.on,
            _list(step_of(first.watched_ms / 1000.0)).label("watched"),
            _list(step_of(_seconds(first.created_at, first.opened_at))).label("taken"),
            _list(_place(first.verdict)).label("verdicts"),
            _list(case((second.id.is_not(None), both))).label("pairs"),
        )
        .join(Recording, Recording.first_reviewed_at.between(days.c.begins, days.c.ends))
        .join(first, and_(first.recording_id == Recording.id, first.reading == Reading.FIRST))
        .outerjoin(
            second,
            and_(
                second.recording_id == Recording.id,
                second.reading == Reading.SECOND,
                _stands(second),
            ),
        )
        .where(
            _of_team(team_id, among, days.c.on, Recording.first_reviewed_at),
            Recording.first_reviewed_at < days.c.ends,
            _stands(first),
        )
        .group_by(days.c.on)
        .subquery()
    )


def review_days(team_id: UUID, days: Sequence[date], at: datetime) -> Select[*tuple[Any, ...]]:
    """Count the films that arrived on these days, and those first read on them."""
    day = _days(days)
    films, read = _films(team_id, days, day, at), _readings(team_id, days, day)
    counts = [func.coalesce(films.c[n], 0).label(n) for n in ("received", "due", "in_time")]
    sending = func.coalesce(films.c.sending, cast([], SMALL)).label("sending")
    lists = [
        func.coalesce(read.c[n], cast([], SMALL)).label(n)
        for n in ("watched", "taken", "verdicts", "pairs")
    ]
    return (
        select(literal(team_id).label("team_id"), day.c.on, *counts, sending, *lists)
        .outerjoin(films, films.c.on == day.c.on)
        .outerjoin(read, read.c.on == day.c.on)
        .where(or_(films.c.on.is_not(None), read.c.on.is_not(None)))
    )


def standing(team_id: UUID, at: datetime) -> Select[*tuple[Any, ...]]:
    """Count the team's patients, and its films that wait by the hours since they arrived."""
    age_h = _seconds(at, Recording.uploaded_at) / 3600
    first = Recording.pending_reading == Reading.FIRST
    own = select(func.count()).where(Patient.team_id == team_id, Patient.merged_into_id.is_(None))
    patients = own.where(Patient.closed_at.is_(None))
    closed = own.where(Patient.closed_at.is_not(None))
    return select(
        patients.scalar_subquery().label("patients"),
        closed.scalar_subquery().label("closed_records"),
        func.count().filter(first, age_h < 6).label("under_6"),
        func.count().filter(first, age_h >= 6, age_h < 12).label("under_12"),
        func.count().filter(first, age_h >= 12, age_h < 24).label("under_24"),
        func.count().filter(first, age_h >= 24, age_h < 48).label("under_48"),
        func.count().filter(first, age_h >= 48).label("older"),
        func.count().filter(~first).label("second"),
    ).where(Recording.pending_reading.is_not(None), Recording.team_id == team_id)
