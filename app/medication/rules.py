"""Rules of a dose that need no database: its hours, its code of the day, its state."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.crypto import keyring
from app.medication.models import Evidence, Expectation, Progress, Slot, Verdict

# The dose day is the patient's local date (README, "What is counted, and how").
WINDOW_OPENS = time(4)
WINDOW_CLOSES = time(3)
# Our own rule, as no guideline names one: a film captured in the window may arrive so much later.
LATE_ARRIVAL = timedelta(hours=72)
# A film announced and not sent so long after the window says no more that the dose was taken.
UPLOAD_COUNTS_FOR = timedelta(hours=24)
# The patient's word is asked for so long after the window.
WORD_TIME = timedelta(hours=24)
CODE_DAYS_AHEAD = 3
# Clocks of phones are off: what was captured a little before the window is still of that day.
CLOCK_SLACK = timedelta(minutes=10)
USUAL_TIMES = {
    Slot.MORNING: time(8),
    Slot.NOON: time(12),
    Slot.EVENING: time(18),
    Slot.BEDTIME: time(21),
}


@dataclass(frozen=True)
class Hours:
    opens_at: datetime
    due_at: datetime
    closes_at: datetime


def hours_of(due_on: date, at: time, zone: str) -> Hours:
    """Instants of one dose; right over month ends and clock changes of any IANA zone.

    The due hour is kept inside the window: a night's clock change may push it out.
    """
    next_day = due_on + timedelta(days=1)
    opens_at = _instant(due_on, WINDOW_OPENS, zone)
    closes_at = _instant(next_day, WINDOW_CLOSES, zone)
    due_at = _instant(next_day if at < WINDOW_CLOSES else due_on, at, zone)
    latest = closes_at - timedelta(minutes=1)
    return Hours(opens_at, max(opens_at, min(due_at, latest)), closes_at)


def _instant(on: date, at: time, zone: str) -> datetime:
    """In UTC: two times of one zone compare by their wall clocks, whatever happened between."""
    return datetime.combine(on, at, ZoneInfo(zone)).astimezone(UTC)


def dose_day(at: datetime, zone: str) -> date:
    """Tell the day whose window holds this instant: until 03:00 it is still yesterday's."""
    local = at.astimezone(ZoneInfo(zone))
    return local.date() - timedelta(days=1) if local.time() < WINDOW_CLOSES else local.date()


def day_code(patient_id: UUID, on: date) -> str:
    """Make the four digits that only the server could know for this patient and day."""
    digest = keyring().lookup_hash("day-code", f"{patient_id}:{on.isoformat()}")
    return f"{int(digest, 16) % 10_000:04d}"


class DoseState(StrEnum):
    """One word for a card, a calendar square and a heat-map; derived, never stored."""

    UPCOMING = "upcoming"
    OPEN = "open"
    UPLOADING = "uploading"
    PROCESSING = "processing"
    PENDING_REVIEW = "pending_review"
    OBSERVED = "observed"
    PARTIAL = "partial"
    UNVERIFIABLE = "unverifiable"
    REJECTED = "rejected"
    SELF_REPORTED = "self_reported"
    LIVE = "live"
    IN_PERSON = "in_person"
    MISSED = "missed"
    HELD = "held"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"


class DoseFacts(Protocol):
    """What the rules read; a Dose row and a plain row of a query both have it."""

    @property
    def expectation(self) -> Expectation: ...
    @property
    def evidence(self) -> Evidence: ...
    @property
    def verdict(self) -> Verdict | None: ...
    @property
    def progress(self) -> Progress: ...
    @property
    def self_reported_taken(self) -> bool | None: ...
    @property
    def severe_at(self) -> datetime | None: ...
    @property
    def opens_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime: ...


SETTLED = frozenset({Verdict.OBSERVED, Verdict.PARTIAL})
SEEN_BY_STAFF = frozenset({Evidence.LIVE, Evidence.IN_PERSON})


FILM_HERE = frozenset({Progress.PROCESSING, Progress.PENDING_REVIEW})


def came(dose: DoseFacts) -> bool:
    """Say whether anything came of it: a film, good or bad, or somebody's word that it was taken.

    Each of these four rules has its twin in `rates`, held equal by a test.
    """
    return dose.verdict is not None or taken(dose)


def taken(dose: DoseFacts) -> bool:
    """Say whether it counts as taken for now: a film not yet read does, a rejected one does not."""
    return (
        dose.progress in FILM_HERE
        or dose.verdict in SETTLED
        or dose.evidence in SEEN_BY_STAFF
        or dose.self_reported_taken is True
    )


def counts(dose: DoseFacts) -> bool:
    """Say whether figures count it: what was taken counts whatever the plan says of it."""
    return dose.expectation is Expectation.EXPECTED or taken(dose)


def told(dose: DoseFacts, at: datetime) -> bool:
    """Say whether anything came of it, or is on its way."""
    return came(dose) or _arriving(dose, at)


def missed(dose: DoseFacts, at: datetime) -> bool:
    return state_of(dose, at) is DoseState.MISSED


def after_change(told_at: datetime, changed_at: datetime | None) -> bool | None:
    """Say whether it was captured or said after the plan let go of its dose; None: it never did."""
    return None if changed_at is None else told_at >= changed_at


def state_of(dose: DoseFacts, at: datetime) -> DoseState:
    """Newest fact first: a film on its way, a verdict, what staff saw, a word, the clock.

    Evidence wins over the plan: of a dose that is held, moved or cancelled the plan's word stands
    only where nothing says that it was taken.
    """
    if dose.progress in FILM_HERE or _arriving(dose, at):
        return DoseState(dose.progress)
    if dose.verdict in SETTLED:
        return DoseState(dose.verdict)
    if dose.evidence in SEEN_BY_STAFF:
        return DoseState(dose.evidence)
    if not counts(dose):
        return DoseState(dose.expectation)
    return _unsettled(dose, at)


def _arriving(dose: DoseFacts, at: datetime) -> bool:
    return dose.progress is Progress.UPLOADING and at < dose.closes_at + UPLOAD_COUNTS_FOR


def _unsettled(dose: DoseFacts, at: datetime) -> DoseState:
    if dose.verdict is not None:
        return DoseState(dose.verdict)
    if dose.self_reported_taken:
        return DoseState.SELF_REPORTED
    if at < dose.opens_at:
        return DoseState.UPCOMING
    return DoseState.OPEN if at < dose.closes_at else DoseState.MISSED


def may_film(dose: DoseFacts, at: datetime) -> bool:
    """Say whether a film may be sent: not settled, none on its way, none too late.

    It may arrive after the window when it was captured inside: `LATE_ARRIVAL` is the grace. What
    the plan says by now does not matter: it may have been taken before the change.
    """
    return (
        _unfinished(dose)
        and dose.progress not in FILM_HERE
        and dose.opens_at - CLOCK_SLACK <= at < dose.closes_at + LATE_ARRIVAL
    )


def in_window(dose: DoseFacts, captured_at: datetime) -> bool:
    """Say whether it was filmed in the hours of the dose, or within the slack of phones' clocks."""
    return dose.opens_at - CLOCK_SLACK <= captured_at < dose.closes_at + CLOCK_SLACK


def settled(dose: DoseFacts) -> bool:
    """Say whether staff have seen it: a film adds nothing."""
    return not _unfinished(dose)


def _unfinished(dose: DoseFacts) -> bool:
    return dose.verdict not in SETTLED and dose.evidence not in SEEN_BY_STAFF


def can_film(dose: DoseFacts, at: datetime) -> bool:
    """Say whether the button is offered: expected, may_film, in the window, nothing severe."""
    offered = dose.expectation is Expectation.EXPECTED and dose.severe_at is None
    return offered and may_film(dose, at) and dose.opens_at <= at < dose.closes_at


def may_report(dose: DoseFacts, at: datetime) -> bool:
    """Say whether the patient's word is taken in, whatever the plan says by now."""
    return word_adds(dose) and word_in_time(dose, at)


def word_adds(dose: DoseFacts) -> bool:
    """Say whether the patient's word tells more than is known."""
    return _unfinished(dose) and dose.progress not in FILM_HERE


def word_in_time(dose: DoseFacts, at: datetime) -> bool:
    """Take the patient's word until a day after the window."""
    return dose.opens_at <= at < dose.closes_at + WORD_TIME


def said_in_time(dose: DoseFacts, said_at: datetime, at: datetime) -> bool:
    """As `word_in_time`, of a word that was said without signal and arrives within the grace."""
    return word_in_time(dose, said_at) and said_at <= at < dose.closes_at + LATE_ARRIVAL


def can_report(dose: DoseFacts, at: datetime) -> bool:
    """Say whether the patient is asked for a word: only of a dose that is expected."""
    return dose.expectation is Expectation.EXPECTED and may_report(dose, at)


def known_without_staff(dose: DoseFacts) -> Evidence:
    """Tell what is known of a dose once what staff saw is taken back."""
    if dose.verdict is not None or dose.progress is not Progress.NONE:
        return Evidence.VIDEO
    return Evidence.SELF_REPORT if dose.self_reported_taken else Evidence.NONE


def age_on(birth_on: date, on: date) -> int:
    before_birthday = (on.month, on.day) < (birth_on.month, birth_on.day)
    return on.year - birth_on.year - before_birthday
