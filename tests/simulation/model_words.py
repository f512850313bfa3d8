"""The words of the model: slots, verdicts, plans, and why an event is refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum


class Slot(StrEnum):
    """A time of the day at which drugs are taken."""

    MORNING = "morning"
    NOON = "noon"
    EVENING = "evening"
    BEDTIME = "bedtime"


SLOTS = tuple(Slot)
EVERY_DAY = frozenset(range(7))


class Verdict(StrEnum):
    """What a person said of a film."""

    OBSERVED = "observed"
    PARTIAL = "partial"
    UNVERIFIABLE = "unverifiable"
    REJECTED = "rejected"


class Seen(StrEnum):
    """How staff saw a dose taken."""

    LIVE = "live"
    IN_PERSON = "in_person"


class AlertKind(StrEnum):
    """What staff must look at."""

    MISSES_IN_ROW = "misses_in_row"
    MISSES_IN_ALL = "misses_in_all"
    REJECTIONS_IN_ROW = "rejections_in_row"
    SEVERE = "severe_side_effect"


class Refusal(StrEnum):
    """Why an event changed nothing."""

    UNKNOWN = "unknown"  # no such patient, treatment, dose, film, entry or hold
    LABEL_TAKEN = "label taken"
    NO_DOSE = "no dose"  # a plan without a dose from the day on
    DATE_OUT_OF_BOUNDS = "date out of bounds"
    PLAN_TOO_LONG = "plan too long"
    SLOT_HOUR = "slot hour"
    TWIN_LINES = "twin lines"
    CONFIRM_FAR_START = "confirm far start"
    CONFIRM_SAME = "confirm same treatment"
    CONFIRM_GAP = "confirm gap"
    DAY_PAST = "day past"
    DAYS_REVERSED = "days reversed"
    NOT_RUNNING = "not running"
    AFTER_LAST_DAY = "after last day"
    HOLD_OVER = "hold over"
    SEVERE_UNDECIDED = "severe undecided"
    NOTHING_TO_DECIDE = "nothing to decide"
    DECIDE_ALL = "decide all"  # another treatment waits, too
    NOT_MOVABLE = "not movable"  # not expected, something came, or its window closed
    DAY_TOO_FAR = "day too far"
    DAY_HAS_DOSE = "day has a dose"
    DAY_HELD = "day held"
    ALREADY_STOPPED = "already stopped"
    NOT_STOPPED = "not stopped"
    STOP_OUTSIDE_PLAN = "stop outside plan"
    NOT_YOURS = "not yours"  # another's entry, or older than 24 hours; a supervisor may
    DOSE_NOT_OPEN = "dose not open"
    ALREADY_TOLD = "already told"  # seen, or a film of it was accepted or waits for a reading
    FILM_NOT_THERE = "film not in that step"
    NOTHING_TO_CORRECT = "nothing to correct"
    NEWER_FILM = "newer film"  # it speaks for the dose
    NO_ALERT = "no alert"
    CLINICAL = "clinical"  # a generic "handled" clears no clinical stop


# -- plans -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrugLine:
    """One drug of a phase: so many tablets in each of its slots on each of its weekdays (Mon 0)."""

    drug: str
    strength: str
    tablets: str
    slots: frozenset[Slot]
    weekdays: frozenset[int] = EVERY_DAY


@dataclass(frozen=True)
class Phase:
    """Drugs for so many weeks."""

    weeks: int
    lines: tuple[DrugLine, ...]


@dataclass(frozen=True)
class Plan:
    """Phases one after another from `first_day`; the wall-clock hour of each slot used."""

    first_day: date
    phases: tuple[Phase, ...]
    hours: tuple[tuple[Slot, time], ...]

    @property
    def last_day(self) -> date:
        """The last day of the last phase."""
        return self.first_day + timedelta(days=7 * sum(p.weeks for p in self.phases) - 1)

    def days(self) -> Iterator[tuple[date, Phase]]:
        """Every day of the plan with its phase."""
        day = self.first_day
        for phase in self.phases:
            for _ in range(7 * phase.weeks):
                yield day, phase
                day += timedelta(days=1)

    def hour(self, slot: Slot) -> time:
        """Return the hour of a slot."""
        return dict(self.hours)[slot]

    def slots(self) -> frozenset[Slot]:
        """Return the slots that any line uses."""
        return frozenset(s for p in self.phases for line in p.lines for s in line.slots)

    def drug_names(self) -> frozenset[str]:
        """Names as compared: without case and outer spaces."""
        return frozenset(x.drug.strip().casefold() for p in self.phases for x in p.lines)


@dataclass(frozen=True, order=True)
class DoseKey:
    """The label of a dose: unique per treatment, day and slot."""

    treatment: int
    day: date
    slot: Slot


@dataclass(frozen=True)
class Patient:
    """A patient and the IANA zone they live in."""

    patient: int
    zone: str
