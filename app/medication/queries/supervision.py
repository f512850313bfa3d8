"""Reads of the supervisor's page: whether films are read in time, and how a subtree does."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Interval,
    Result,
    Select,
    and_,
    cast,
    exists,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.filters import CLINIC_ZONE
from app.core.json_rows import json_rows, typed
from app.institutions.models import Institution
from app.institutions.supervised import teams_within
from app.medication.agreement import agreement_of
from app.medication.models import Reading, Recording, Review, ReviewWithdrawal
from app.medication.schemas.supervision import (
    Backlog,
    DayFigures,
    Figures,
    FilmFigures,
    ReadingPair,
    ReviewFigures,
    VerdictCount,
)

IN_TIME = timedelta(hours=24)


def _within(institution: Institution) -> ColumnElement[bool]:
    return Recording.team_id.in_(teams_within(institution))


def _percentile(share: float, value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.percentile_cont(share).within_group(value)


def _seconds(until: Any, since: Any) -> ColumnElement[Any]:
    return extract("epoch", until - since)


def _in_time() -> ColumnElement[bool]:
    return Recording.first_reviewed_at <= Recording.uploaded_at + literal(IN_TIME, Interval)


def _due(at: datetime) -> ColumnElement[bool]:
    """Select films whose day is over: younger ones would count only when read in time."""
    return Recording.uploaded_at <= at - IN_TIME


def _received(institution: Institution, since: datetime) -> ColumnElement[bool]:
    ready = Recording.ready_at.is_not(None)
    return and_(_within(institution), Recording.uploaded_at >= since, ready)


def _film_figures(
    institution: Institution, since: datetime, at: datetime
) -> Select[*tuple[Any, ...]]:
    sending = _seconds(Recording.sent_at, Recording.opened_at)
    return select(
        func.count().label("received"),
        func.count().filter(_due(at)).label("due"),
        func.count().filter(_due(at), _in_time()).label("in_time"),
        _percentile(0.5, sending).label("sending_s"),
        _percentile(0.95, sending).label("sending_p95_s"),
    ).where(_received(institution, since))


def _day_figures(
    institution: Institution, since: datetime, at: datetime
) -> Select[*tuple[Any, ...]]:
    on = cast(func.timezone(CLINIC_ZONE, Recording.uploaded_at), Date)
    return (
        select(
            on.label("on"),
            func.count().label("received"),
            func.count().filter(_due(at)).label("due"),
            func.count().filter(_due(at), _in_time()).label("in_time"),
        )
        .where(_received(institution, since))
        .group_by(on)
        .order_by(on)
    )


def _stands(review: Any) -> ColumnElement[bool]:
    return ~exists().where(ReviewWithdrawal.review_id == review.id)


def _first_readings(institution: Institution, since: datetime) -> ColumnElement[bool]:
    return and_(
        Recording.id == Review.recording_id,
        _within(institution),
        Review.created_at >= since,
        Review.reading == Reading.FIRST,
        _stands(Review),
    )


def _review_figures(institution: Institution, since: datetime) -> Select[*tuple[Any, ...]]:
    watched = Review.watched_ms / 1000.0
    taken = _seconds(Review.created_at, Review.opened_at)
    return select(
        func.count().label("decided"),
        _percentile(0.5, watched).label("watched_s"),
        _percentile(0.95, watched).label("watched_p95_s"),
        _percentile(0.5, taken).label("taken_s"),
        _percentile(0.95, taken).label("taken_p95_s"),
    ).where(_first_readings(institution, since))


def _verdicts(institution: Institution, since: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(Review.verdict, func.count().label("count"))
        .where(_first_readings(institution, since))
        .group_by(Review.verdict)
        .order_by(func.count().desc())
    )


def _backlog(institution: Institution, at: datetime) -> Select[*tuple[Any, ...]]:
    age_h = _seconds(at, Recording.uploaded_at) / 3600
    first = Recording.pending_reading == Reading.FIRST
    return select(
        func.count().filter(first, age_h < 6).label("under_6"),
        func.count().filter(first, age_h >= 6, age_h < 12).label("under_12"),
        func.count().filter(first, age_h >= 12, age_h < 24).label("under_24"),
        func.count().filter(first, age_h >= 24, age_h < 48).label("under_48"),
        func.count().filter(first, age_h >= 48).label("older"),
        func.count().filter(~first).label("second"),
    ).where(Recording.pending_reading.is_not(None), _within(institution))


def _pairs(institution: Institution, since: datetime) -> Select[*tuple[Any, ...]]:
    """Count both verdicts of every film read twice."""
    first, second = aliased(Review), aliased(Review)
    return (
        select(
            first.verdict.label("first"),
            second.verdict.label("second"),
            func.count().label("count"),
        )
        .join(second, second.recording_id == first.recording_id)
        .join(Recording, Recording.id == first.recording_id)
        .where(
            first.reading == Reading.FIRST,
            second.reading == Reading.SECOND,
            second.created_at >= since,
            _stands(first),
            _stands(second),
            _within(institution),
        )
        .group_by(first.verdict, second.verdict)
    )


async def figures_of(
    session: AsyncSession, institution: Institution, since: datetime, at: datetime
) -> Figures:
    """One statement for all of how films are read; `agreement` is reckoned from the pairs."""
    parts = (
        _film_figures(institution, since, at),
        _review_figures(institution, since),
        _backlog(institution, at),
        _day_figures(institution, since, at),
        _verdicts(institution, since),
        _pairs(institution, since),
    )
    result: Result[Any] = await session.execute(select(*(json_rows(part) for part in parts)))
    films, reviews, backlog, days, verdicts, pairs = tuple(result.one())
    twice = typed(ReadingPair, pairs)
    counted = [(p.first.value, p.second.value) for p in twice for _ in range(p.count)]
    return Figures(
        FilmFigures.model_validate(films[0]),
        ReviewFigures.model_validate(reviews[0]),
        Backlog.model_validate(backlog[0]),
        typed(DayFigures, days),
        typed(VerdictCount, verdicts),
        twice,
        agreement_of(counted),
    )
