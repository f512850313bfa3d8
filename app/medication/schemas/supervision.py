"""Figures of the supervisor's page, as its templates and charts read them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel

from app.institutions.models import Tier
from app.medication.agreement import Agreement
from app.medication.models import Verdict
from app.medication.rates import FILMED_CONDITION, Rates, share
from app.patients.models import Condition, Patient

LOW_RATE = Decimal("0.8")
ENOUGH_DOSES = 5  # fewer say nothing about a rate
EVERY = "all"


class Counted(BaseModel):
    """How far the figures reach: windows closed by then, facts known by then; None: not yet."""

    closed_until: datetime | None
    as_of: datetime | None


class PlaceCounts(BaseModel):
    """What all teams have at one place of each of their lists (`TeamFigures`)."""

    place: int
    sending: int
    watched: int
    taken: int
    verdicts: int
    pairs: int


class FilmSums(BaseModel):
    """Of the films received, `due` are those that came more than a day ago."""

    received: int
    due: int
    in_time: int

    @property
    def in_time_rate(self) -> float | None:
        return share(self.in_time, self.due)


class FilmFigures(FilmSums):
    """With the seconds from the opened camera to the sent film."""

    sending_s: float | None
    sending_p95_s: float | None


class ReviewFigures(BaseModel):
    """Seconds a first reading took: the film really played, and from its opening to the verdict."""

    decided: int
    watched_s: float | None
    watched_p95_s: float | None
    taken_s: float | None
    taken_p95_s: float | None


class Backlog(BaseModel):
    """Films waiting for a first reading, by hours since they arrived."""

    under_6: int
    under_12: int
    under_24: int
    under_48: int
    older: int
    second: int

    @property
    def waiting(self) -> int:
        return self.under_6 + self.under_12 + self.under_24 + self.under_48 + self.older


class DayFigures(FilmSums):
    on: date


class VerdictCount(BaseModel):
    verdict: Verdict
    count: int


class ReadingPair(BaseModel):
    first: Verdict
    second: Verdict
    count: int


class ConditionSums(BaseModel):
    """Doses of a subtree against one illness."""

    condition: Condition
    closed: int
    observed: int
    verified: int
    reported: int
    unreviewed: int

    @property
    def rates(self) -> Rates:
        counts = (self.closed, self.observed, self.verified, self.reported, self.unreviewed)
        return Rates(*counts, self.condition is FILMED_CONDITION)


def chosen_of(asked: str | None, present: Sequence[ConditionSums]) -> Condition | None:
    """Take the illness asked for; else the one that is to be filmed, where it is treated.

    None is every one: asked for as EVERY.
    """
    if asked in set(Condition):
        return Condition(asked)
    treated = FILMED_CONDITION in {one.condition for one in present}
    return FILMED_CONDITION if treated and asked != EVERY else None


class Figures(NamedTuple):
    films: FilmFigures
    reviews: ReviewFigures
    backlog: Backlog
    days: list[DayFigures]
    verdicts: list[VerdictCount]
    pairs: list[ReadingPair]
    agreement: Agreement
    counted: Counted
    conditions: list[ConditionSums]


class Branch(NamedTuple):
    """One institution with all below it; `is_leaf` when there is nothing to go down to.

    Closed records are not among the `patients`.
    """

    institution_id: UUID
    name: str
    tier: Tier
    patients: int
    closed_records: int
    rates: Rates
    is_leaf: bool


class Slipping(NamedTuple):
    """A patient who needs a look, and why; the figures are those of one treatment."""

    patient: Patient
    institution_name: str
    treatment_name: str
    by_film: bool
    closed: int
    observed: int
    reported: int
    unreviewed: int
    in_row: int
    unread: int
    last_kept_at: datetime | None

    @property
    def taken(self) -> int:
        """Doses seen on film; where nobody films, those that the patient says were taken."""
        return self.observed if self.by_film else self.reported

    @property
    def taken_rate(self) -> float | None:
        return share(self.taken, self.closed)

    @property
    def is_low(self) -> bool:
        """Low even if every film that waits were accepted."""
        best = share(self.taken + self.unreviewed, self.closed)
        return best is not None and self.closed >= ENOUGH_DOSES and best < LOW_RATE
