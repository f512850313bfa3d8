"""One word for every combination of facts, and what the patient may do then."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from app.medication.models import Evidence, Expectation, Progress, Verdict
from app.medication.rules import (
    DoseState,
    can_film,
    can_report,
    may_film,
    may_report,
    state_of,
)

OPENS = datetime(2026, 9, 10, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=23)
BEFORE, INSIDE, AFTER = OPENS - timedelta(hours=1), OPENS + timedelta(hours=4), CLOSES
DAY_AFTER = CLOSES + timedelta(hours=24)
MOMENTS = {"before": BEFORE, "inside": INSIDE, "after": AFTER, "day_after": DAY_AFTER}


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


V, P, E, X = Verdict, Progress, Evidence, Expectation
SAID_TAKEN = Facts(evidence=E.SELF_REPORT, self_reported_taken=True)
SAID_NOT_TAKEN = Facts(self_reported_taken=False)


def filmed(verdict: Verdict | None = None, progress: Progress = P.NONE, **facts: Any) -> Facts:
    return Facts(**{"evidence": E.VIDEO, "verdict": verdict, "progress": progress} | facts)


@pytest.mark.parametrize(
    ("story", "dose", "moment", "state"),
    [
        ("nothing yet, before the window", Facts(), "before", "upcoming"),
        ("nothing yet, in the window", Facts(), "inside", "open"),
        ("nothing came", Facts(), "after", "missed"),
        ("held, nothing came", Facts(X.HELD), "after", "held"),
        (
            "held, its film waits",
            filmed(None, P.PENDING_REVIEW, expectation=X.HELD),
            "inside",
            "pending_review",
        ),
        ("held, a film announced", Facts(X.HELD, progress=P.UPLOADING), "inside", "uploading"),
        ("held, that film never came", Facts(X.HELD, progress=P.UPLOADING), "day_after", "held"),
        ("held, film rejected", filmed(V.REJECTED, expectation=X.HELD), "after", "held"),
        ("held, seen at home", Facts(X.HELD, E.IN_PERSON), "after", "in_person"),
        (
            "moved, said yes",
            Facts(X.RESCHEDULED, self_reported_taken=True),
            "after",
            "self_reported",
        ),
        ("moved, said no", Facts(X.RESCHEDULED, self_reported_taken=False), "after", "rescheduled"),
        ("moved to another day", Facts(X.RESCHEDULED), "inside", "rescheduled"),
        (
            "cancelled once observed",
            filmed(V.OBSERVED, expectation=X.CANCELLED),
            "after",
            "observed",
        ),
        ("film announced", Facts(progress=P.UPLOADING), "inside", "uploading"),
        ("film announced, not yet sent", Facts(progress=P.UPLOADING), "after", "uploading"),
        ("film announced, a day later", Facts(progress=P.UPLOADING), "day_after", "missed"),
        ("rejected, no new one came", filmed(V.REJECTED, P.UPLOADING), "day_after", "rejected"),
        ("film being checked", filmed(None, P.PROCESSING), "inside", "processing"),
        ("film waits for the doctor", filmed(None, P.PENDING_REVIEW), "after", "pending_review"),
        ("rejected, new film", filmed(V.REJECTED, P.PENDING_REVIEW), "inside", "pending_review"),
        ("partial, new film", filmed(V.PARTIAL, P.UPLOADING), "inside", "uploading"),
        ("every tablet seen", filmed(V.OBSERVED), "inside", "observed"),
        ("some tablets seen", filmed(V.PARTIAL), "after", "partial"),
        ("seen, said no", filmed(V.OBSERVED, self_reported_taken=False), "after", "observed"),
        ("film rejected, window open", filmed(V.REJECTED), "inside", "rejected"),
        ("film rejected, window over", filmed(V.REJECTED), "after", "rejected"),
        ("rejected, said yes", filmed(V.REJECTED, self_reported_taken=True), "after", "rejected"),
        ("nobody can tell", filmed(V.UNVERIFIABLE), "inside", "unverifiable"),
        ("seen on a video call", Facts(evidence=E.LIVE), "inside", "live"),
        ("rejected, seen at home", filmed(V.REJECTED, evidence=E.IN_PERSON), "after", "in_person"),
        ("partial, seen at home", filmed(V.PARTIAL, evidence=E.IN_PERSON), "after", "partial"),
        ("said yes", SAID_TAKEN, "after", "self_reported"),
        ("said yes before the window", SAID_TAKEN, "before", "self_reported"),
        ("said no, window open", SAID_NOT_TAKEN, "inside", "open"),
        ("said no, window over", SAID_NOT_TAKEN, "after", "missed"),
        ("severe side effect, nothing came", Facts(severe_at=INSIDE), "after", "missed"),
    ],
)
def test_state_of_a_dose(story: str, dose: Facts, moment: str, state: str) -> None:
    assert state_of(dose, MOMENTS[moment]) == state, story


EVERY = [
    Facts(expectation, evidence, verdict, progress, taken)
    for expectation, evidence, verdict, progress, taken in product(
        Expectation, Evidence, [None, *Verdict], Progress, [None, False, True]
    )
]


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
        (OPENS - timedelta(minutes=10, seconds=1), False, False, False),
        (OPENS - timedelta(minutes=10), False, True, False),
        (OPENS, True, True, True),
        (CLOSES - timedelta(seconds=1), True, True, True),
        (CLOSES, False, True, True),
        (CLOSES + timedelta(hours=24), False, True, False),
        (CLOSES + timedelta(hours=71, minutes=59), False, True, False),
        (CLOSES + timedelta(hours=72), False, False, False),
    ],
)
def test_the_window_and_its_graces(at: datetime, film: bool, send: bool, report: bool) -> None:
    """Film inside the window; send what was filmed for 72 hours more; report for a day.

    What comes up to ten minutes early comes by a clock that is off.
    """
    assert can_film(Facts(), at) is film
    assert may_film(Facts(), at) is send
    assert can_report(Facts(), at) is report


@pytest.mark.parametrize("expectation", Expectation)
def test_what_was_taken_is_taken_in_whatever_the_plan_says(expectation: Expectation) -> None:
    """The button is offered for what is expected; what comes all the same is taken in."""
    dose = Facts(expectation)

    assert may_film(dose, INSIDE)
    assert may_report(dose, INSIDE)
    assert can_film(dose, INSIDE) is (expectation is Expectation.EXPECTED)
    assert can_report(dose, INSIDE) is (expectation is Expectation.EXPECTED)
