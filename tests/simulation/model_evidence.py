"""T1, T2, S1, S2 and C1: what is said of a dose, and what follows for the plan."""

from datetime import datetime

from tests.simulation.model_days import ARRIVAL_GRACE, CAPTURE_SLACK, WORD_GRACE
from tests.simulation.model_doses import Dose, Film, FilmLine, Gone, Laid, Moved, StaffEntry, Step
from tests.simulation.model_events import (
    AnnounceFilm,
    AnswerSideEffects,
    CorrectStaffSaw,
    DecideSevere,
    FilmArrives,
    FilmProcessed,
    GiveUpUpload,
    JudgeFilm,
    SayWord,
    StaffSaw,
    WithdrawVerdict,
)
from tests.simulation.model_rules import ARRIVED, GOOD, Progress
from tests.simulation.model_words import Refusal
from tests.simulation.model_world import (
    HoldOf,
    Span,
    Treatment,
    World,
    day_before,
    may_correct,
    need,
)


def swap_back(treatment: Treatment, dose: Dose, at: datetime) -> None:
    """T2: a moved dose was taken after all: it stands again, and what replaced it goes.

    Only a film, an entry or the word that it was taken keeps the other one. That the patient said
    "not taken" of it, or answered its side effects, is no reason to ask for a second dose; nor is a
    stop, which may be taken back.
    """
    line = dose.course.line(at)
    if line is None or not isinstance(line[1], Moved):
        return
    heir = treatment.successor(dose, at)
    if not heir.stands(at) or treatment.told(heir, at):
        return
    was = dose.laid(at)
    assert was is not None
    moved = line[1].since or line[0]
    dose.course.write(at, Laid(was.hour, was.drugs, was.moved_in, changed=moved))
    heir.course.write(at, Gone())


def settled(treatment: Treatment, dose: Dose, at: datetime) -> bool:
    """Whether it was seen, or a film of it was accepted or waits: nothing more is taken in."""
    facts = treatment.facts(dose, at)
    return facts.progress in ARRIVED or facts.verdict in GOOD or facts.seen is not None


# -- films -----------------------------------------------------------------------------------------


def announce(world: World, at: datetime, event: AnnounceFilm) -> None:
    """T1: captured in the window, arrived in time; whatever the plan says of the dose now."""
    if event.film in world.films:
        return
    treatment, dose = world.dose(event.dose)
    captured = min(event.captured_at, at)
    opens, closes = dose.when
    inside = opens - CAPTURE_SLACK <= captured < closes + CAPTURE_SLACK
    need(inside and at < closes + ARRIVAL_GRACE, Refusal.DOSE_NOT_OPEN)
    need(not settled(treatment, dose, at), Refusal.ALREADY_TOLD)
    film = Film(event.film, event.dose, captured)
    film.steps.write(at, FilmLine(Step.ANNOUNCED))
    world.films[event.film] = film
    dose.films.append(film)
    swap_back(treatment, dose, at)


def step_on(world: World, at: datetime, label: int, before: Step, line: FilmLine) -> Film:
    """Take a film one step on, or refuse when it is not there."""
    film = world.film(label)
    need(film.step(at) is before, Refusal.FILM_NOT_THERE)
    film.steps.write(at, line)
    return film


def arrive(world: World, at: datetime, event: FilmArrives) -> None:
    """D21: the first that arrives is processed; one that arrives beside it waits behind it."""
    need(world.film(event.film).step(at) is Step.ANNOUNCED, Refusal.FILM_NOT_THERE)
    film = world.film(event.film)
    treatment, dose = world.dose(film.dose)
    if dose.progress(at) in ARRIVED or dose.verdict(at) in GOOD:
        film.steps.write(at, FilmLine(Step.BEHIND))
        return
    film.steps.write(at, FilmLine(Step.PROCESSING))
    dose.speaks(film)
    swap_back(treatment, dose, at)


def process(world: World, at: datetime, event: FilmProcessed) -> None:
    """Let it wait for a reading."""
    step_on(world, at, event.film, Step.PROCESSING, FilmLine(Step.WAITING))


def give_up(world: World, at: datetime, event: GiveUpUpload) -> None:
    """Nobody waits for its bytes any more."""
    step_on(world, at, event.film, Step.ANNOUNCED, FilmLine(Step.GIVEN_UP))


def judge(world: World, at: datetime, event: JudgeFilm) -> None:
    """Take what a person says of it."""
    line = FilmLine(Step.JUDGED, event.verdict, event.by)
    film = step_on(world, at, event.film, Step.WAITING, line)
    treatment, dose = world.dose(film.dose)
    if not settled(treatment, dose, at):
        take_up(dose, at)


def take_up(dose: Dose, at: datetime) -> None:
    """D21: what waited behind a film that came to nothing takes its place, the earliest first."""
    behind = [film for film in dose.films if film.step(at) is Step.BEHIND]
    if behind:
        first = min(behind, key=lambda film: film.steps.lines[-1][0])
        first.steps.write(at, FilmLine(Step.PROCESSING))
        dose.speaks(first)


def withdraw(world: World, at: datetime, event: WithdrawVerdict) -> None:
    """C1: it waits for a reading again."""
    line = world.film(event.film).steps.line(at)
    if line is None or line[1].step is not Step.JUDGED:
        need(False, Refusal.NOTHING_TO_CORRECT)
        return
    may_correct(at, event.by, event.supervisor, line[0], line[1].by)
    _, dose = world.dose(world.film(event.film).dose)
    newer = dose.films[dose.films.index(world.film(event.film)) + 1 :]
    need(all(f.step(at) is Step.GIVEN_UP for f in newer), Refusal.NEWER_FILM)
    world.film(event.film).steps.write(at, FilmLine(Step.WAITING))


# -- word and staff --------------------------------------------------------------------------------


def say(world: World, at: datetime, event: SayWord) -> None:
    """T1: the newest word holds."""
    treatment, dose = world.dose(event.dose)
    need(dose.when.opens <= at < dose.when.closes + WORD_GRACE, Refusal.DOSE_NOT_OPEN)
    need(not settled(treatment, dose, at), Refusal.ALREADY_TOLD)
    dose.words.write(at, event.taken)
    if event.taken:
        swap_back(treatment, dose, at)


def see(world: World, at: datetime, event: StaffSaw) -> None:
    """T1: at any time after the window opens."""
    treatment, dose = world.dose(event.dose)
    need(event.entry not in world.entries, Refusal.LABEL_TAKEN)
    need(dose.when.opens <= at, Refusal.DOSE_NOT_OPEN)
    processing = dose.progress(at) is Progress.PROCESSING
    need(processing or not settled(treatment, dose, at), Refusal.ALREADY_TOLD)
    entry = StaffEntry(event.entry, event.dose, event.how, event.by, at)
    world.entries[event.entry] = entry
    dose.entries.append(entry)
    swap_back(treatment, dose, at)


def strike(world: World, at: datetime, event: CorrectStaffSaw) -> None:
    """C1: the dose is what its other facts say."""
    need(event.entry in world.entries, Refusal.UNKNOWN)
    entry = world.entries[event.entry]
    need(entry.struck is None, Refusal.NOTHING_TO_CORRECT)
    may_correct(at, event.by, event.supervisor, entry.made, entry.by)
    entry.struck = at
    treatment, dose = world.dose(entry.dose)
    move_again(treatment, dose, entry, at)
    if not settled(treatment, dose, at):
        take_up(dose, at)


def move_again(treatment: Treatment, dose: Dose, entry: StaffEntry, at: datetime) -> None:
    """D22: a swap that only a wrong entry had made is undone, while that can still be followed."""
    swap, plan = dose.course.line(at), treatment.plans.line(at)
    if swap is None or plan is None or not isinstance(swap[1], Laid) or swap[0] != entry.made:
        return
    told = dose.films or dose.words.read(at) is not None or dose.seen(at)
    if told or plan[0] >= entry.made or swap[1].changed is None:
        return
    before = next(mark for when, mark in dose.course.until(at) if when < entry.made)
    heir = treatment.doses[before.to] if isinstance(before, Moved) else dose
    while isinstance(heir.course.read(at), Moved):
        heir = treatment.successor(heir, at)
    gone, was = heir.course.line(at), heir.laid(at)
    swapped = gone is not None and gone[0] == entry.made and isinstance(gone[1], Gone)
    if not swapped or was is None or treatment.said(heir, at) or at >= heir.when.closes:
        return
    dose.course.write(at, Moved(heir.key, since=swap[1].changed))
    heir.course.write(at, was)


# -- side effects ----------------------------------------------------------------------------------


def answer(world: World, at: datetime, event: AnswerSideEffects) -> None:
    """S1: a severe symptom holds every running treatment whose list has it, without an end."""
    treatment, dose = world.dose(event.dose)
    need(event.answer not in world.hold_labels, Refusal.LABEL_TAKEN)
    world.hold_labels.add(event.answer)
    dose.answers.write(at, event.severe)
    for hit in world.running(treatment.order.patient, at):
        if event.severe & hit.order.severe_list:
            hold_for_severe(hit, at, event)


def hold_for_severe(treatment: Treatment, at: datetime, event: AnswerSideEffects) -> None:
    """Hold from the day answered on, unless a hold that waits for a decision does already."""
    if any(h.undecided(at) and h.covers(event.dose.day, at) for h in treatment.holds):
        return
    made = HoldOf(event.answer, because=event.dose)
    made.span.write(at, Span(event.dose.day, None))
    treatment.holds.append(made)


def decide(world: World, at: datetime, event: DecideSevere) -> None:
    """S2: clear, or hold until a day, each treatment that waits; all in one act."""
    waiting = {
        t.order.treatment: found
        for t in world.of(event.patient)
        if (found := [h for h in t.holds if h.undecided(at)])
    }
    need(bool(waiting), Refusal.NOTHING_TO_DECIDE)
    need(waiting.keys() == dict(event.until).keys(), Refusal.DECIDE_ALL)
    for label, until in event.until:
        today = world.treatment(label).today(at)
        need(until is None or until >= today, Refusal.DAY_PAST)
    for label, until in event.until:
        for held in waiting[label]:
            held.end(at, until or day_before(world.treatment(label).today(at)))
