"""Adherence: four rates over one denominator, with bounds while films wait.

The README says what each counts ("What is counted, and how"). Staff entries are never "observed":
with 99DOTS in Uganda adherence was 58 % by patients' calls and 99 % with what staff filled in
(doi:10.1371/journal.pdig.0000138).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_

from app.medication.models import Dose, Evidence, Expectation, Progress, Verdict


@dataclass(frozen=True)
class Rates:
    """Counts over `closed` = expected doses whose window has closed, less held ones.

    Staff entries never count as observed; partial doses are not observed doses.
    """

    closed: int
    observed: int
    verified: int
    reported: int
    unreviewed: int

    def _share(self, count: int) -> float | None:
        return round(count / self.closed, 4) if self.closed else None

    @property
    def observed_rate(self) -> float | None:
        return self._share(self.observed)

    @property
    def verified_rate(self) -> float | None:
        return self._share(self.verified)

    @property
    def reported_rate(self) -> float | None:
        return self._share(self.reported)

    @property
    def unreviewed_rate(self) -> float | None:
        return self._share(self.unreviewed)

    @property
    def observed_rate_max(self) -> float | None:
        """The final rate cannot pass this: as if every waiting film were accepted."""
        return self._share(self.observed + self.unreviewed)


def nothing_came(dose: type[Dose] = Dose) -> ColumnElement[bool]:
    """No film on its way, no verdict, nothing staff saw, no word of the patient; never null."""
    return and_(
        dose.progress == Progress.NONE,
        dose.verdict.is_(None),
        dose.evidence.not_in([Evidence.LIVE, Evidence.IN_PERSON]),
        dose.self_reported_taken.is_not(True),
    )


def missed(at: datetime, dose: type[Dose] = Dose) -> ColumnElement[bool]:
    """As rules.state_of says it: the window closed and nothing at all came."""
    closed = and_(dose.expectation == Expectation.EXPECTED, dose.closes_at <= at)
    return and_(closed, nothing_came(dose))


def _closed(at: datetime) -> ColumnElement[bool]:
    return and_(Dose.expectation == Expectation.EXPECTED, Dose.closes_at <= at)


OBSERVED = Dose.verdict == Verdict.OBSERVED  # only a film has a verdict
VERIFIED = or_(OBSERVED, Dose.evidence.in_([Evidence.LIVE, Evidence.IN_PERSON]))
REPORTED = or_(VERIFIED, Dose.self_reported_taken.is_(True))
# Also a film announced whose bytes are still on their way: the upper bound must hold for it.
UNREVIEWED = Dose.progress != Progress.NONE


def count_columns(at: datetime) -> list[ColumnElement[int]]:
    """Five counts in the order of Rates, for a SELECT over doses."""
    closed = _closed(at)
    kinds: list[ColumnElement[bool]] = [OBSERVED, VERIFIED, REPORTED, UNREVIEWED]
    return [
        func.count().filter(closed),
        *(func.count().filter(and_(closed, kind)) for kind in kinds),
    ]
