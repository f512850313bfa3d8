"""One word for every combination of facts, and what the patient may do then."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from app.medication.models import Evidence, Expectation, Progress, Verdict
from app.medication.rules import DoseState, can_film, can_report, may_film, state_of

OPENS = datetime(2026, 9, 10, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=23)
BEFORE, INSIDE, AFTER = OPENS - timedelta(hours=1), OPENS + timedelta(hours=4), CLOSES
MOMENTS = {"before": BEFORE, "inside": INSIDE, "after": AFTER}


@dataclass(frozen=True)
class Facts:
    """A dose nobody has touched, unless told otherwise."""

    expectation: Expectation = Expectation.EXPECTED
    evidence: Evidence = Evidence.NONE
    verdict: Verdict | None = None
    progress: Progress = Progress.NONE
    self_reported_taken: bool | None = None
    severe_at: datetime | None = None
    opens_at: datetime = OPENS
    closes_at: datetime = CLOSES


V, P, E = Verdict, Progress, Evidence


def word_for(dose: Facts, moment: str) -> str:
    """Tell the state a second time, as a table of first matches."""
    seen_by_staff = dose.evidence in {E.LIVE, E.IN_PERSON}
    table: list[tuple[bool, str]] = [
        (dose.expectation is not Expectation.EXPECTED, dose.expectation.value),
        (dose.progress is P.UPLOADING, "uploading"),
        (dose.progress is P.PROCESSING, "processing"),
        (dose.progress is P.PENDING_REVIEW, "pending_review"),
        (dose.verdict is V.OBSERVED, "observed"),
        (dose.verdict is V.PARTIAL, "partial"),
        (seen_by_staff, dose.evidence.value),
        (dose.verdict is V.REJECTED, "rejected"),
        (dose.verdict is V.UNVERIFIABLE, "unverifiable"),
        (dose.self_reported_taken is True, "self_reported"),
        (moment == "before", "upcoming"),
        (moment == "inside", "open"),
        (True, "missed"),
    ]
    return next(word for matches, word in table if matches)


EVERY = [
    Facts(expectation, evidence, verdict, progress, taken)
    for expectation, evidence, verdict, progress, taken in product(
        Expectation, Evidence, [None, *Verdict], Progress, [None, False, True]
    )
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_combination_has_its_word(moment: str) -> None:
    for dose in EVERY:
        assert state_of(dose, MOMENTS[moment]) == word_for(dose, moment), (dose, moment)


def test_every_word_is_reached() -> None:
    reached = {state_of(dose, at) for dose in EVERY for at in MOMENTS.values()}

    assert reached == set(DoseState)


@pytest.mark.parametrize(
    ("dose", "film", "report"),
    [
        (Facts(), True, True),
        (Facts(progress=P.UPLOADING), True, True),
        (Facts(progress=P.PROCESSING, evidence=E.VIDEO), False, False),
        (Facts(progress=P.PENDING_REVIEW, evidence=E.VIDEO), False, False),
        (Facts(verdict=V.OBSERVED, evidence=E.VIDEO), False, False),
        (Facts(verdict=V.PARTIAL, evidence=E.VIDEO), False, False),
        (Facts(verdict=V.REJECTED, evidence=E.VIDEO), True, True),
        (Facts(verdict=V.UNVERIFIABLE, evidence=E.VIDEO), True, True),
        (Facts(self_reported_taken=True, evidence=E.SELF_REPORT), True, True),
        (Facts(self_reported_taken=False), True, True),
        (Facts(evidence=E.LIVE), False, False),
        (Facts(evidence=E.IN_PERSON), False, False),
        (Facts(severe_at=OPENS), False, True),
        (Facts(expectation=Expectation.HELD), False, False),
        (Facts(expectation=Expectation.RESCHEDULED), False, False),
        (Facts(expectation=Expectation.CANCELLED), False, False),
    ],
)
def test_what_the_patient_may_do_in_the_window(dose: Facts, film: bool, report: bool) -> None:
    assert can_film(dose, INSIDE) is film
    assert can_report(dose, INSIDE) is report


@pytest.mark.parametrize(
    ("at", "film", "send", "report"),
    [
        (OPENS - timedelta(seconds=1), False, False, False),
        (OPENS, True, True, True),
        (CLOSES - timedelta(seconds=1), True, True, True),
        (CLOSES, False, True, True),
        (CLOSES + timedelta(hours=24), False, True, False),
        (CLOSES + timedelta(hours=71, minutes=59), False, True, False),
        (CLOSES + timedelta(hours=72), False, False, False),
    ],
)
def test_the_window_and_its_graces(at: datetime, film: bool, send: bool, report: bool) -> None:
    """Film inside the window; send what was filmed for 72 hours more; report for a day."""
    assert can_film(Facts(), at) is film
    assert may_film(Facts(), at) is send
    assert can_report(Facts(), at) is report
