"""The model against the rules: what is taken in, swaps, severe side effects, counts, alerts."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.simulation import model_events as e
from tests.simulation.model import Model
from tests.simulation.model_counts import Severity
from tests.simulation.model_days import window
from tests.simulation.model_playing import (
    DAY,
    FIRST,
    SECOND,
    ZONE,
    film,
    key,
    local,
    order,
    plan,
    started,
    told,
)
from tests.simulation.model_rules import State
from tests.simulation.model_words import AlertKind, DrugLine, Phase, Refusal, Seen, Slot, Verdict

CLOSES = window(FIRST + DAY, ZONE).closes
OPENS = window(FIRST + DAY, ZONE).opens
MINUTE = timedelta(minutes=1)


# -- taken is taken --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("captured", "arrived", "taken_in"),
    [
        (OPENS - 10 * MINUTE, OPENS, True),
        (OPENS - 10 * MINUTE - SECOND, OPENS, False),
        (CLOSES + 10 * MINUTE - SECOND, CLOSES + DAY, True),
        (CLOSES + 10 * MINUTE, CLOSES + DAY, False),
        (CLOSES - MINUTE, CLOSES + 3 * DAY - SECOND, True),
        (CLOSES - MINUTE, CLOSES + 3 * DAY, False),
        (OPENS + 60 * MINUTE, OPENS - 11 * MINUTE, False),  # a clock that runs ahead
    ],
)
@pytest.mark.parametrize("held", [False, True])
def test_films_are_taken_in_by_their_capture(
    captured: datetime, arrived: datetime, taken_in: bool, held: bool
) -> None:
    """T1: whatever the expectation is now."""
    model = started()
    if held:
        model.apply(local(0), e.Hold(1, 1, 1, FIRST, FIRST + 9 * DAY, by=1))
    outcome = model.apply(arrived, e.AnnounceFilm(1, key(1), captured, phone=1))
    assert outcome.refused is (None if taken_in else Refusal.DOSE_NOT_OPEN)


@pytest.mark.parametrize(
    ("at", "word", "staff"),
    [
        (OPENS - SECOND, False, False),
        (OPENS, True, True),
        (CLOSES + DAY - SECOND, True, True),
        (CLOSES + DAY, False, True),
        (CLOSES + 90 * DAY, False, True),
    ],
)
def test_words_and_staff_entries(at: datetime, word: bool, staff: bool) -> None:
    """T1: the word until a day after closing, staff at any time after opening."""
    model = started()
    assert (model.apply(at, e.SayWord(key(1), taken=True)).refused is None) == word
    assert (model.apply(at, e.StaffSaw(1, key(1), Seen.LIVE, by=1)).refused is None) == staff


@pytest.mark.parametrize("way", ["film", "word", "staff"])
@pytest.mark.parametrize("twice", [False, True])
def test_a_moved_dose_that_was_taken_is_not_asked_for_again(way: str, twice: bool) -> None:
    """T2: they swap, at the end of several moves, too."""
    model = started(plan(weekdays=frozenset({0, 2, 4})))
    model.apply(local(0, 9), e.MoveDose(key(0), FIRST + DAY, by=1))
    if twice:
        model.apply(local(0, 10), e.MoveDose(key(1), FIRST + 3 * DAY, by=1))
    said: dict[str, e.Event] = {
        "film": e.AnnounceFilm(1, key(0), local(0, 8), phone=1),
        "word": e.SayWord(key(0), taken=True),
        "staff": e.StaffSaw(1, key(0), Seen.IN_PERSON, by=1),
    }
    at = local(0, 12)
    assert model.apply(at, said[way]).refused is None
    if way == "film":
        model.apply(at, e.FilmArrives(1))
    last = key(3 if twice else 1)
    assert told(model, last, at) is State.CANCELLED
    view = model.dose(key(0), at)
    assert view is not None
    assert view.facts.expected
    assert view.taken_after_change is (way != "film")


def test_a_word_that_it_was_not_taken_swaps_nothing() -> None:
    """T2 is for what was taken."""
    model = started(plan(weekdays=frozenset({0, 2, 4})))
    model.apply(local(0, 9), e.MoveDose(key(0), FIRST + DAY, by=1))
    model.apply(local(0, 10), e.SayWord(key(0), taken=False))
    assert told(model, key(1), local(1)) is State.OPEN
    assert told(model, key(0), local(1)) is State.RESCHEDULED


def test_a_second_phone_that_never_sends_hides_no_film() -> None:
    """An announcement without bytes does not cover a film that waits for its reading."""
    model = started()
    film(model, 1, key(0), local(0, 8), None)
    model.apply(local(0, 9), e.AnnounceFilm(2, key(0), local(0, 8), phone=2))
    assert told(model, key(0), local(9)) is State.PENDING_REVIEW


# -- corrections -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "supervisor", "hours", "refused"),
    [
        (1, False, 23.99, None),
        (1, False, 24, Refusal.NOT_YOURS),
        (2, False, 1, Refusal.NOT_YOURS),
        (2, True, 999, None),
    ],
)
def test_corrections(by: int, supervisor: bool, hours: float, refused: Refusal | None) -> None:
    """C1: staff entries and verdicts."""
    model, at = started(), local(0, 9)
    film(model, 1, key(0), at, Verdict.OBSERVED)
    model.apply(at, e.StaffSaw(1, key(1), Seen.LIVE, by=1))
    model.apply(at + DAY, e.StaffSaw(2, key(1), Seen.LIVE, by=1))
    later = at + timedelta(hours=hours)
    assert model.apply(later, e.WithdrawVerdict(1, by, supervisor)).refused is refused
    later += DAY
    assert model.apply(later, e.CorrectStaffSaw(2, by, supervisor)).refused is refused
    if refused is None:
        assert told(model, key(0), later) is State.PENDING_REVIEW
        assert told(model, key(1), local(60)) is State.MISSED


# -- severe side effects ---------------------------------------------------------------------------


def with_another() -> Model:
    """Two treatments; only the first has hives on its list."""
    model = started()
    other = DrugLine("amlodipine", "5 mg", "1", frozenset({Slot.MORNING}))
    second = order(2, replace(plan(), phases=(Phase(8, (other,)),)), condition="pressure")
    model.apply(local(0, 7), replace(second, severe_list=frozenset()))
    return model


def test_a_severe_symptom_holds_what_lists_it_until_a_clinician_decides() -> None:
    """S1, S2: other treatments go on; a generic "handled" clears nothing."""
    model = with_another()
    at = local(1)
    model.apply(at, e.AnswerSideEffects(9, key(1), frozenset({"hives"})))
    assert model.today(1, at) == [key(1, treatment=2)]
    assert told(model, key(50), local(40)) is State.HELD
    assert [a.kind for a in model.alerts(1, at)] == [AlertKind.SEVERE]
    handled = e.CloseAlert(1, AlertKind.SEVERE, by=1)
    assert model.apply(at, handled).refused is Refusal.CLINICAL
    assert model.apply(at, e.EndHold(9, by=1)).refused is Refusal.SEVERE_UNDECIDED
    assert model.apply(local(3), e.DecideSevere(1, ((1, None),), by=1)).refused is None
    states = [told(model, key(n), local(3)) for n in (1, 2, 3, 4)]
    assert states == [State.HELD, State.HELD, State.OPEN, State.UPCOMING]
    assert [a.kind for a in model.alerts(1, local(3))] == [AlertKind.MISSES_IN_ROW]  # treatment 2


def test_a_clinician_may_hold_until_a_day() -> None:
    """S2: the hold gets its end, and may be ended early as any."""
    model = started()
    model.apply(local(1), e.AnswerSideEffects(9, key(1), frozenset({"hives"})))
    model.apply(local(2), e.DecideSevere(1, ((1, FIRST + 5 * DAY),), by=1))
    states = [told(model, key(n), local(2)) for n in (1, 5, 6)]
    assert states == [State.HELD, State.HELD, State.UPCOMING]
    assert model.apply(local(4), e.EndHold(9, by=1)).refused is None
    assert told(model, key(4), local(4)) is State.OPEN


# -- counts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "level", "severity"),
    [(1, 0, None), (2, 2, Severity.WARNING), (3, 2, Severity.WARNING), (4, 4, Severity.DANGER),
     (7, 7, Severity.DANGER), (14, 14, Severity.DANGER)],
)  # fmt: skip
def test_levels_of_a_streak(days: int, level: int, severity: Severity | None) -> None:
    """R3: counted at the instant at which a window closes, not before."""
    model = started()
    at = window(FIRST + (days - 1) * DAY, ZONE).closes
    assert len(model.streak(1, at - SECOND)) == days - 1
    row = [a for a in model.alerts(1, at) if a.kind is AlertKind.MISSES_IN_ROW]
    raised = [(a.level, a.length, a.episode) for a in row]
    assert raised == ([(level, days, key(0))] if level else [])
    stand = [(f.severity, f.count) for f in model.flags(1, at)]
    assert stand == ([(severity, days)] if level else [])
    in_all = [a.level for a in model.alerts(1, at) if a.kind is AlertKind.MISSES_IN_ALL]
    assert in_all == ([7] if days >= 7 else [])


def test_a_closed_alert_opens_again_at_the_next_level() -> None:
    """R3: not before, and with the present length."""
    model = started()
    model.apply(local(2), e.CloseAlert(1, AlertKind.MISSES_IN_ROW, by=1))
    assert [a.open for a in model.alerts(1, local(3))] == [False]
    assert [(a.open, a.length) for a in model.alerts(1, local(4))] == [(True, 4)]


def test_held_and_waiting_doses_are_passed_over() -> None:
    """R3: a film that came ends a streak, a rejected one as well; waiting bytes hide nothing."""
    model = started()
    film(model, 1, key(1), local(1, 8), Verdict.REJECTED)
    model.apply(local(2), e.Hold(1, 1, 1, FIRST + 2 * DAY, FIRST + 3 * DAY, by=1))
    model.apply(local(5), e.AnnounceFilm(2, key(5), local(5), phone=1))
    assert model.streak(1, local(6)) == [key(4)]
    assert model.streak(1, local(7, 3)) == [key(6), key(5), key(4)]
    model.apply(local(7, 4), e.FilmArrives(2))
    assert model.streak(1, local(7, 4)) == [key(6)]


def test_two_slots_of_one_day_are_walked_newest_due_first() -> None:
    """R3, tie of closing instants: the order is that of the due instants."""
    model = started(plan(Slot.MORNING, Slot.EVENING))
    model.apply(local(1), e.SayWord(key(1), taken=True))
    assert model.streak(1, local(2)) == [key(1, Slot.EVENING)]


def test_runs_of_rejections() -> None:
    """R4: missed doses are passed over, a good film ends the run; open doses count when read."""
    model = started()
    film(model, 1, key(0), local(0, 8), Verdict.OBSERVED)
    for day, verdict in ((1, Verdict.REJECTED), (3, Verdict.UNVERIFIABLE), (4, Verdict.REJECTED)):
        film(model, 10 + day, key(day), local(day, 8), verdict)
    at = local(4)
    assert model.rejections(1, at) == [key(4), key(3), key(1)]
    raised = [a for a in model.alerts(1, at) if a.kind is AlertKind.REJECTIONS_IN_ROW]
    assert [(a.level, a.episode) for a in raised] == [(3, key(1))]
    model.apply(at, e.StaffSaw(1, key(3), Seen.LIVE, by=1))
    assert model.rejections(1, at) == [key(4)]


def test_rates_stand_over_one_denominator() -> None:
    """R5: held doses that were taken count, rejected films of held ones do not."""
    model = started()
    film(model, 1, key(0), local(0, 8), Verdict.OBSERVED)
    film(model, 2, key(1), local(1, 8), None)
    model.apply(local(2), e.SayWord(key(2), taken=True))
    model.apply(local(3), e.StaffSaw(1, key(3), Seen.LIVE, by=1))
    film(model, 3, key(4), local(4, 8), Verdict.OBSERVED)
    film(model, 4, key(5), local(5, 8), Verdict.REJECTED)
    model.apply(local(4), e.Hold(1, 1, 1, FIRST + 4 * DAY, FIRST + 6 * DAY, by=1))
    rates = model.rates(1, local(8))
    assert (rates.closed, rates.observed, rates.verified, rates.reported) == (6, 2, 3, 4)
    assert (rates.unreviewed, rates.missed, rates.films) == (1, 1, True)


def test_an_ended_treatment_raises_nothing_and_is_not_added() -> None:
    """R3, R5: its own counts stay."""
    model = started()
    model.apply(local(5), e.Stop(1, FIRST + 4 * DAY, "done", by=1))
    assert (model.alerts(1, local(9)), model.flags(1, local(9))) == ([], [])
    assert model.running_rates(1, local(9)).closed == 0
    assert model.rates(1, local(9)).missed == len(model.missed(1, local(9))) == 5
