"""What was decided while the year was played through the product (rules.md, D1 and on)."""

from dataclasses import replace
from datetime import timedelta

from tests.simulation import model_events as e
from tests.simulation.model_playing import DAY, FIRST, film, key, local, order, plan, started, told
from tests.simulation.model_rules import State
from tests.simulation.model_words import AlertKind, Refusal, Seen, Slot, Verdict


def test_what_is_settled_takes_nothing_more_in() -> None:
    """D1: neither another film nor a word; an entry only while the film is processing."""
    model = started()
    film(model, 1, key(0), local(0), None)
    second, word = e.AnnounceFilm(2, key(0), local(0), phone=2), e.SayWord(key(0), taken=False)
    assert model.apply(local(0), second).refused is Refusal.ALREADY_TOLD
    assert model.apply(local(0), word).refused is Refusal.ALREADY_TOLD
    seen = e.StaffSaw(3, key(0), Seen.LIVE, by=1)
    assert model.apply(local(0), seen).refused is Refusal.ALREADY_TOLD

    model.apply(local(0), e.JudgeFilm(1, Verdict.REJECTED, by=1))
    assert model.apply(local(0), second).refused is None


def test_a_film_that_is_processing_leaves_room_for_an_entry() -> None:
    """D1."""
    model = started()
    for event in (e.AnnounceFilm(1, key(0), local(0), phone=1), e.FilmArrives(1)):
        model.apply(local(0), event)
    assert model.apply(local(0), e.StaffSaw(3, key(0), Seen.LIVE, by=1)).refused is None


def test_an_upload_that_is_waited_for_blocks_a_move() -> None:
    """D2."""
    model = started(plan(weekdays=frozenset({0, 2})))
    model.apply(local(0), e.AnnounceFilm(1, key(0), local(0), phone=1))
    move = e.MoveDose(key(0), FIRST + DAY, by=1)
    assert model.apply(local(0), move).refused is Refusal.NOT_MOVABLE


def test_what_comes_today_ends_the_flag_at_once_and_the_streak_at_the_end_of_the_day() -> None:
    """D7."""
    model = started()
    at = local(3)
    assert [f.count for f in model.flags(1, at)] == [3]
    film(model, 1, key(3), at, None)
    assert model.flags(1, at) == []
    assert len(model.streak(1, at)) == 3
    assert model.streak(1, local(4, 4)) == []


def test_an_accepted_film_of_today_ends_a_run_of_rejections_at_once() -> None:
    """D7."""
    model = started()
    for day in range(3):
        film(model, day + 1, key(day), local(day), Verdict.REJECTED)
    assert AlertKind.REJECTIONS_IN_ROW in {a.kind for a in model.alerts(1, local(2))}
    film(model, 9, key(3), local(3), Verdict.OBSERVED)
    assert model.rejections(1, local(3)) == []


def test_a_severe_answer_is_taken_in_however_late() -> None:
    """D8."""
    model = started()
    late = e.AnswerSideEffects(9, key(0), frozenset({"hives"}))
    assert model.apply(local(5), late).refused is None
    assert told(model, key(5), local(5)) is State.HELD


def test_one_act_decides_every_treatment_that_waits() -> None:
    """D9."""
    model = started()
    model.apply(local(0, 7), replace(order(treatment=2, condition="bp"), confirm_same=True))
    model.apply(local(1), e.AnswerSideEffects(9, key(1), frozenset({"hives"})))
    one = e.DecideSevere(1, ((1, None),), by=1)
    assert model.apply(local(1), one).refused is Refusal.DECIDE_ALL
    both = replace(one, until=((1, None), (2, FIRST + 3 * DAY)))
    assert model.apply(local(1), both).refused is None
    assert [model.held_today(t, local(2)) for t in (1, 2)] == [False, True]


def test_a_stop_decides_nothing_about_a_severe_symptom() -> None:
    """D10."""
    model = started()
    model.apply(local(1), e.AnswerSideEffects(9, key(1), frozenset({"hives"})))
    model.apply(local(2), e.Stop(1, FIRST + DAY, "done", by=1))
    model.apply(local(2), e.TakeBackStop(1, by=1))
    assert model.severe_undecided(1, local(3))
    assert told(model, key(3), local(3)) is State.HELD


def test_a_hold_is_not_ended_once_its_treatment_has() -> None:
    """D11."""
    model = started()
    model.apply(local(1), e.Hold(5, 1, 1, FIRST + DAY, FIRST + 9 * DAY, by=1))
    model.apply(local(2), e.Stop(1, FIRST + DAY, "done", by=1))
    assert model.apply(local(3), e.EndHold(5, by=1)).refused is Refusal.NOT_RUNNING


def test_a_newer_film_speaks_for_the_dose() -> None:
    """D11; one that never came does not."""
    model = started()
    film(model, 1, key(0), local(0), Verdict.REJECTED)
    model.apply(local(0), e.AnnounceFilm(2, key(0), local(0), phone=1))
    withdraw = e.WithdrawVerdict(1, by=1)
    assert model.apply(local(0), withdraw).refused is Refusal.NEWER_FILM
    model.apply(local(0), e.GiveUpUpload(2))
    assert model.apply(local(0) + timedelta(hours=1), withdraw).refused is None
    assert told(model, key(0), local(0) + timedelta(hours=1)) is State.PENDING_REVIEW


def test_the_slots_of_a_day_end_a_streak_in_their_order() -> None:
    """R3: an evening that was taken leaves the morning's miss behind it."""
    model = started(plan(Slot.MORNING, Slot.EVENING))
    film(model, 1, key(0, Slot.EVENING), local(0, 19), None)
    assert model.streak(1, local(1, 4)) == []
