"""Rates of a treatment: as read, and as a phone gets them."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.medication.models import Outcome
from app.medication.rates import Rates
from app.patients.models import Condition

COUNTS = 6  # fields of Rates


class RatesLine(BaseModel):
    """A treatment with its counts over one span of time or several, one behind the other."""

    id: UUID
    name: str
    condition: Condition
    starts_on: date
    stopped_on: date | None
    outcome: Outcome | None
    running: bool
    counts: list[int]

    def rates(self, span: int) -> Rates:
        counts = self.counts[span * COUNTS : (span + 1) * COUNTS]
        closed, observed, verified, reported, unreviewed, by_film = counts
        return Rates(closed, observed, verified, reported, unreviewed, bool(by_film))

    @property
    def whole(self) -> Rates:
        """Over the whole course, of `courses_of`."""
        return self.rates(0)

    @property
    def recent(self) -> Rates:
        """Over the last 30 days, of `courses_of`."""
        return self.rates(1)


class RatesRead(BaseModel):
    """Counts and shares (0..1, four places; null while nothing has closed).

    Not `by_film`: no film was expected or sent in this time; the shares of films are null.
    """

    model_config = ConfigDict(from_attributes=True)

    closed: int
    observed: int
    verified: int
    reported: int
    unreviewed: int
    by_film: bool
    observed_rate: float | None
    verified_rate: float | None
    reported_rate: float | None
    unreviewed_rate: float | None
    observed_rate_max: float | None


class TreatmentRates(BaseModel):
    """Rates are told of each treatment by itself: one taken well hides none that is not."""

    treatment_id: UUID
    name: str
    condition: Condition
    running: bool
    rates: RatesRead


class TreatmentAdherence(TreatmentRates):
    """`rates` are those of the whole course; `completed`: taken to its end, or cured."""

    completed: bool
    last_30_days: RatesRead


class AdherenceRead(BaseModel):
    """Running treatments first, then ended ones."""

    treatments: list[TreatmentAdherence]
