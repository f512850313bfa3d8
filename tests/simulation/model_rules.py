"""R1 and R2: what the facts of a dose mean. Pure; a `Facts` is derived, never stored."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tests.simulation.model_days import UPLOAD_GRACE, Window
from tests.simulation.model_words import Seen, Verdict


class Expectation(StrEnum):
    """What the plan wants of a dose now."""

    EXPECTED = "expected"
    HELD = "held"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"


class Progress(StrEnum):
    """How far the newest film is."""

    UPLOADING = "uploading"
    PROCESSING = "processing"
    PENDING_REVIEW = "pending_review"


class State(StrEnum):
    """The one word that is shown for a dose."""

    HELD = "held"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    UPLOADING = "uploading"
    PROCESSING = "processing"
    PENDING_REVIEW = "pending_review"
    OBSERVED = "observed"
    PARTIAL = "partial"
    LIVE = "live"
    IN_PERSON = "in_person"
    UNVERIFIABLE = "unverifiable"
    REJECTED = "rejected"
    SELF_REPORTED = "self_reported"
    UPCOMING = "upcoming"
    OPEN = "open"
    MISSED = "missed"


ARRIVED = {Progress.PROCESSING, Progress.PENDING_REVIEW}
GOOD = {Verdict.OBSERVED, Verdict.PARTIAL}
BAD_STATES = {State.REJECTED, State.UNVERIFIABLE}
GOOD_STATES = {
    State.OBSERVED,
    State.PARTIAL,
    State.LIVE,
    State.IN_PERSON,
    State.SELF_REPORTED,
}


@dataclass(frozen=True)
class Facts:
    """The facts of a dose at an instant. `word`: taken (True), not taken (False), none said."""

    expectation: Expectation
    progress: Progress | None = None
    verdict: Verdict | None = None
    seen: Seen | None = None
    word: bool | None = None

    @property
    def expected(self) -> bool:
        """Whether the plan asks for it."""
        return self.expectation is Expectation.EXPECTED

    @property
    def came(self) -> bool:
        """Whether anything came that tells of the dose."""
        told = self.progress in ARRIVED or self.verdict is not None
        return told or self.seen is not None or self.word is True

    @property
    def taken(self) -> bool:
        """Whether what came says, or may say, that it was taken."""
        told = self.progress in ARRIVED or self.verdict in GOOD
        return told or self.seen is not None or self.word is True

    @property
    def counts(self) -> bool:
        """Whether it stands in numerators and denominators."""
        return self.expected or self.taken


def waits(facts: Facts, when: Window, at: datetime) -> bool:
    """Whether announced bytes are still waited for."""
    return facts.progress is Progress.UPLOADING and at < when.closes + UPLOAD_GRACE


def state(facts: Facts, when: Window, at: datetime) -> State:
    """R1: the first line that applies."""
    planned = State(facts.expectation) if not facts.expected else None
    if planned and not facts.taken and facts.progress is not Progress.UPLOADING:
        return planned
    if facts.progress in ARRIVED or waits(facts, when, at):
        return State(str(facts.progress))
    if facts.verdict in GOOD:
        return State(str(facts.verdict))
    if facts.seen:
        return State(facts.seen)
    return planned if planned and facts.word is not True else _unseen(facts, when, at)


def _unseen(facts: Facts, when: Window, at: datetime) -> State:
    """Return the end of R1: nobody saw it taken."""
    if facts.verdict:
        return State(facts.verdict)
    if facts.word:
        return State.SELF_REPORTED
    if at < when.opens:
        return State.UPCOMING
    return State.OPEN if at < when.closes else State.MISSED


def missed(facts: Facts, when: Window, at: datetime) -> bool:
    """R2: the one definition."""
    silent = facts.progress is None or (
        facts.progress is Progress.UPLOADING and when.closes + UPLOAD_GRACE <= at
    )
    return facts.expected and when.closes <= at and not facts.came and silent
