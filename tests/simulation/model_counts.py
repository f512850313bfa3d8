"""R3 to R5: streaks, runs, rates, and the alerts and flags that follow from them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tests.simulation.model_days import DAY
from tests.simulation.model_doses import Dose
from tests.simulation.model_rules import BAD_STATES, GOOD_STATES, Facts, missed, state
from tests.simulation.model_words import SLOTS, AlertKind, DoseKey, Verdict
from tests.simulation.model_world import Treatment

MISS_LEVELS = (2, 4, 7, 14)
ALL_LEVELS = (7,)
REJECTION_LEVELS = (3, 7, 14)
WARNING, DANGER = 2, 4


class Severity(StrEnum):
    """How grave a flag is."""

    WARNING = "warning"
    DANGER = "danger"


@dataclass(frozen=True)
class Alert:
    """What must have been raised. `open` is false when staff closed it at this level or above."""

    treatment: int
    kind: AlertKind
    level: int
    episode: DoseKey | None  # the oldest dose of the streak or run; the dose answered
    length: int
    open: bool


@dataclass(frozen=True)
class Flag:
    """The flag `missed_in_row` of a patient, for one treatment."""

    treatment: int
    severity: Severity
    count: int


@dataclass(frozen=True)
class Rates:
    """Counts over closed doses; a rate is a count over `closed`."""

    closed: int = 0
    observed: int = 0
    verified: int = 0
    reported: int = 0
    unreviewed: int = 0
    missed: int = 0
    films: bool = False  # a film was expected or sent: an observed rate is shown

    def __add__(self, other: "Rates") -> "Rates":
        return Rates(
            self.closed + other.closed,
            self.observed + other.observed,
            self.verified + other.verified,
            self.reported + other.reported,
            self.unreviewed + other.unreviewed,
            self.missed + other.missed,
            self.films or other.films,
        )


def newest_first(treatment: Treatment, at: datetime) -> Iterator[tuple[Dose, Facts]]:
    """Doses laid until then, up to today's, newest due first, that count in a walk (R3)."""
    day = min(treatment.today(at), max(treatment.days, default=date.min))
    first = min(treatment.days, default=date.max)
    while day >= first:
        doses = [d for d in treatment.days.get(day, []) if d.course.line(at)]
        doses.sort(key=lambda d: (d.due(at), SLOTS.index(d.key.slot)), reverse=True)
        for dose in doses:
            facts = treatment.facts(dose, at)
            if facts.counts:
                yield dose, facts
        day -= DAY


def streak(treatment: Treatment, at: datetime, *, today: bool = False) -> list[DoseKey]:
    """R3: the misses in a row, newest first; `today`: what came in an open window ends it, too."""
    found = []
    for dose, facts in newest_first(treatment, at):
        if at < (dose.when.opens if today else dose.when.closes):
            continue
        if facts.came:
            break
        if missed(facts, dose.when, at):
            found.append(dose.key)
    return found


def rejections(treatment: Treatment, at: datetime) -> list[DoseKey]:
    """R4: the run of rejected and unverifiable films, newest first."""
    found = []
    for dose, facts in newest_first(treatment, at):
        told = state(facts, dose.when, at)
        if told in GOOD_STATES:
            break
        if told in BAD_STATES:
            found.append(dose.key)
    return found


def misses(treatment: Treatment, at: datetime) -> set[DoseKey]:
    """Every missed dose of a treatment."""
    return {
        dose.key
        for dose in treatment.doses.values()
        if dose.when.closes <= at and missed(treatment.facts(dose, at), dose.when, at)
    }


def rates(
    treatment: Treatment, at: datetime, first: date = date.min, last: date = date.max
) -> Rates:
    """R5: the counts of a treatment, over the doses of a period."""
    return rates_of(treatment, (d for d in treatment.doses.values() if first <= d.day <= last), at)


def rates_of(treatment: Treatment, doses: Iterable[Dose], at: datetime) -> Rates:
    """R5: the counts over these doses of a treatment."""
    inside = [d for d in doses if d.course.line(at)]
    told = [(d, treatment.facts(d, at)) for d in inside if d.when.closes <= at]
    counted = [(d, facts) for d, facts in told if facts.counts]
    sent = any(film.step(at) for d in inside for film in d.films)

    def count(holds: Callable[[Facts], bool]) -> int:
        return sum(holds(facts) for _, facts in counted)

    return Rates(
        closed=len(counted),
        observed=count(is_observed),
        verified=count(is_verified),
        reported=count(lambda f: is_verified(f) or f.word is True),
        unreviewed=count(lambda f: f.progress is not None),
        missed=sum(missed(facts, d.when, at) for d, facts in counted),
        films=sent or (treatment.order.filmed and bool(counted)),
    )


def is_observed(facts: Facts) -> bool:
    """Return whether a person saw it taken on the film."""
    return facts.verdict is Verdict.OBSERVED


def is_verified(facts: Facts) -> bool:
    """Return whether a person saw it taken."""
    return is_observed(facts) or facts.seen is not None


# -- what must be told -----------------------------------------------------------------------------


def level_of(length: int, levels: Iterable[int]) -> int:
    """Return the highest level reached; 0 for none."""
    return max((level for level in levels if level <= length), default=0)


def alerts(treatment: Treatment, at: datetime) -> list[Alert]:
    """Return the alerts that a running treatment must have; one that ended raises none."""
    if not treatment.runs(at):
        return severe_alerts(treatment, at)
    row, run = streak(treatment, at), rejections(treatment, at)
    found = [
        (AlertKind.MISSES_IN_ROW, MISS_LEVELS, row[-1] if row else None, len(row)),
        (AlertKind.MISSES_IN_ALL, ALL_LEVELS, None, len(misses(treatment, at))),
        (AlertKind.REJECTIONS_IN_ROW, REJECTION_LEVELS, run[-1] if run else None, len(run)),
    ]
    label = treatment.order.treatment
    raised = [
        Alert(label, kind, level, episode, length, not closed(treatment, at, kind, episode, level))
        for kind, levels, episode, length in found
        if (level := level_of(length, levels))
    ]
    return raised + severe_alerts(treatment, at)


def closed(
    treatment: Treatment, at: datetime, kind: AlertKind, episode: DoseKey | None, level: int
) -> bool:
    """Whether staff closed this alert when it stood at this level or above."""
    return any(
        c.kind is kind and c.episode == episode and c.level >= level
        for _, c in treatment.closings.until(at)
    )


def severe_alerts(treatment: Treatment, at: datetime) -> list[Alert]:
    """S1: open until a clinician decides."""
    label = treatment.order.treatment
    waiting = [h for h in treatment.holds if h.undecided(at)]
    return [Alert(label, AlertKind.SEVERE, 1, h.because, 0, open=True) for h in waiting]


def flag(treatment: Treatment, at: datetime) -> Flag | None:
    """R3: stands at a streak of two, grave at four, while the treatment runs."""
    count = len(streak(treatment, at, today=True)) if treatment.runs(at) else 0
    if count < WARNING:
        return None
    grave = Severity.DANGER if count >= DANGER else Severity.WARNING
    return Flag(treatment.order.treatment, grave, count)
