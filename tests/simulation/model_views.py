"""One dose at an instant, as pages show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.simulation.model_doses import Dose, Drugs, Gone, Laid, Moved, Step
from tests.simulation.model_rules import GOOD, Expectation, Facts, State, state
from tests.simulation.model_words import DoseKey
from tests.simulation.model_world import Treatment


@dataclass(frozen=True)
class DoseView:
    """A dose. `taken_after_change`: whether it was taken after the change; None without one."""

    key: DoseKey
    state: State
    facts: Facts
    due: datetime
    drugs: Drugs
    moved_to: DoseKey | None
    taken_after_change: bool | None


def view(treatment: Treatment, dose: Dose, at: datetime) -> DoseView | None:
    """Return the dose at an instant; None when it was not laid until then."""
    laid, mark = dose.laid(at), dose.course.read(at)
    if laid is None:
        return None
    facts = treatment.facts(dose, at)
    return DoseView(
        key=dose.key,
        state=state(facts, dose.when, at),
        facts=facts,
        due=dose.due(at),
        drugs=laid.drugs,
        moved_to=mark.to if isinstance(mark, Moved) else None,
        taken_after_change=taken_after_change(treatment, dose, at),
    )


def taken_after_change(treatment: Treatment, dose: Dose, at: datetime) -> bool | None:
    """T3: for a dose taken although the plan did not ask for it, or asked elsewhere."""
    told, change = min(told_at(dose, at), default=None), changed_at(treatment, dose, at)
    return None if told is None or change is None else told >= change


def told_at(dose: Dose, at: datetime) -> Iterator[datetime]:
    """When each thing that says it was taken was captured or said."""
    for film in dose.films:
        line = film.steps.read(at)
        if line and (line.step in {Step.PROCESSING, Step.WAITING} or line.verdict in GOOD):
            yield film.captured
    word = dose.words.line(at)
    if word and word[1]:
        yield word[0]
    yield from (entry.made for entry in dose.entries if entry.stands(at))


def changed_at(treatment: Treatment, dose: Dose, at: datetime) -> datetime | None:
    """When the change was made by which the dose is not asked for, or was not until a swap."""
    line = dose.course.line(at)
    if line and isinstance(line[1], Moved | Gone):
        return line[0]
    if treatment.after_end(dose.day, at):
        stop = treatment.stops.line(at)
        return stop[0] if stop else None
    if treatment.expectation(dose, at) is Expectation.HELD:
        return min(h.span.lines[0][0] for h in treatment.holds if h.covers(dose.day, at))
    return line[1].changed if line and isinstance(line[1], Laid) else None
