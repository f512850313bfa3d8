"""Adherence: four rates over one denominator, with bounds while films wait.

The README says what each counts ("What is counted, and how"). Staff entries are never "observed":
with 99DOTS in Uganda adherence was 58 % by patients' calls and 99 % with what staff filled in
(doi:10.1371/journal.pdig.0000138).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, and_, cast, false, func, or_

from app.medication.models import Dose, Evidence, Expectation, Progress, Treatment, Verdict
from app.medication.rules import FILM_HERE, SEEN_BY_STAFF, SETTLED, UPLOAD_COUNTS_FOR
from app.patients.models import Condition

# Whose doses are to be filmed; of others films count once there is one.
FILMED_CONDITION = Condition.TUBERCULOSIS


def share(part: int, whole: int) -> float | None:
    """Four places, rounded down: what is below a target is never shown as having reached it."""
    return part * 10_000 // whole / 10_000 if whole else None


@dataclass(frozen=True)
class Rates:
    """Counts over `closed` = doses whose window has closed, expected or taken (`counts`).

    Staff entries never count as observed; partial doses are not observed doses. Not `by_film`: no
    film was expected or sent, so that nothing is said of films, least of all 0 %.
    """

    closed: int
    observed: int
    verified: int
    reported: int
    unreviewed: int
    by_film: bool = True

    def _share(self, count: int) -> float | None:
        return share(count, self.closed)

    def _of_films(self, count: int) -> float | None:
        return share(count, self.closed) if self.by_film else None

    @property
    def observed_rate(self) -> float | None:
        return self._of_films(self.observed)

    @property
    def verified_rate(self) -> float | None:
        return self._share(self.verified)

    @property
    def reported_rate(self) -> float | None:
        return self._share(self.reported)

    @property
    def unreviewed_rate(self) -> float | None:
        return self._of_films(self.unreviewed)

    @property
    def observed_rate_max(self) -> float | None:
        """The final rate cannot pass this: as if every waiting film were accepted."""
        return self._of_films(self.observed + self.unreviewed)


def taken(dose: type[Dose] = Dose) -> ColumnElement[bool]:
    """As rules.taken says it; never null."""
    return or_(
        dose.progress.in_(FILM_HERE),
        func.coalesce(dose.verdict.in_(SETTLED), false()),
        dose.evidence.in_(SEEN_BY_STAFF),
        dose.self_reported_taken.is_(True),
    )


def came(dose: type[Dose] = Dose) -> ColumnElement[bool]:
    """As rules.came says it; never null."""
    return or_(dose.verdict.is_not(None), taken(dose))


def counts(dose: type[Dose] = Dose) -> ColumnElement[bool]:
    """As rules.counts says it; never null."""
    return or_(dose.expectation == Expectation.EXPECTED, taken(dose))


def nothing_on_its_way(at: datetime, dose: type[Dose] = Dose) -> ColumnElement[bool]:
    """No film waits, and one that was only announced does not count any more."""
    # A bound instant is typed: in a prepared statement it is a parameter.
    upload_counts: Any = cast(at, DateTime(timezone=True)) - UPLOAD_COUNTS_FOR
    lost = and_(dose.progress == Progress.UPLOADING, dose.closes_at <= upload_counts)
    return or_(dose.progress == Progress.NONE, lost)


def missed(at: datetime, dose: type[Dose] = Dose) -> ColumnElement[bool]:
    """As rules.missed says it: the window closed, nothing came and nothing is on its way."""
    return and_(
        dose.expectation == Expectation.EXPECTED,
        dose.closes_at <= at,
        ~came(dose),
        nothing_on_its_way(at, dose),
    )


def _closed(at: datetime) -> ColumnElement[bool]:
    return and_(counts(), Dose.closes_at <= at)


OBSERVED = Dose.verdict == Verdict.OBSERVED  # only a film has a verdict
VERIFIED = or_(OBSERVED, Dose.evidence.in_([Evidence.LIVE, Evidence.IN_PERSON]))
REPORTED = or_(VERIFIED, Dose.self_reported_taken.is_(True))
# Also a film announced whose bytes are still on their way: the upper bound must hold for it.
UNREVIEWED = Dose.progress != Progress.NONE


def count_columns(at: datetime, within: ColumnElement[bool] | None = None) -> list[Any]:
    """Five counts in the order of Rates, for a SELECT over doses; only of those `within`."""
    closed = _closed(at) if within is None else and_(_closed(at), within)
    kinds: list[ColumnElement[bool]] = [OBSERVED, VERIFIED, REPORTED, UNREVIEWED]
    return [
        func.count().filter(closed),
        *(func.count().filter(and_(closed, kind)) for kind in kinds),
    ]


def sent(dose: type[Dose] = Dose) -> ColumnElement[bool]:
    """Tell whether a film was sent, whatever became of it."""
    return or_(dose.recording_id.is_not(None), dose.verdict.is_not(None))


def by_film(within: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell of a treatment's doses `within`, open ones too, whether films say anything of them."""
    expected = Treatment.condition == FILMED_CONDITION
    return or_(expected, func.coalesce(func.bool_or(and_(sent(), within)), false()))
