"""The model against the rules it was written from: tables, borders, ties."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from tests.simulation import model_events as e
from tests.simulation.model import ACTS, Model
from tests.simulation.model_days import dose_day, due, window
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
from tests.simulation.model_rules import Expectation, Facts, Progress, State, missed, state
from tests.simulation.model_words import (
    Patient,
    Phase,
    Plan,
    Refusal,
    Seen,
    Slot,
    Verdict,
)

# -- days and states -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "day"),
    [
        ("2027-09-07T02:59:59+08:00", date(2027, 9, 6)),
        ("2027-09-07T03:00:00+08:00", date(2027, 9, 7)),
        ("2027-09-07T04:00:00+08:00", date(2027, 9, 7)),
        ("2028-02-29T12:00:00+08:00", date(2028, 2, 29)),
        ("2028-03-01T02:59:00+08:00", date(2028, 2, 29)),
    ],
)
def test_the_dose_day_changes_at_three(clock: str, day: date) -> None:
    """The window of a day closes at 03:00."""
    assert dose_day(datetime.fromisoformat(clock), ZONE) == day


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Shanghai", date(2027, 10, 30), 23),
        ("Europe/Helsinki", date(2027, 10, 30), 23),  # 03:00 comes twice: the first closes
        ("Europe/Helsinki", date(2028, 3, 25), 23),  # 03:00 does not come: as 04:00 does
        ("America/New_York", date(2027, 11, 6), 24),
        ("America/New_York", date(2028, 3, 11), 22),
    ],
)
def test_windows_follow_the_wall_clock(zone: str, day: date, hours: int) -> None:
    """A night of changed clocks is longer or shorter."""
    opens, closes = window(day, zone)
    assert closes - opens == timedelta(hours=hours)
    assert opens <= due(day, time(2, 59), zone) <= closes
    assert window(day + DAY, zone).opens >= closes


def all_facts() -> Iterator[Facts]:
    """Every combination of facts."""
    maybe = (None,)
    for facts in product(
        Expectation, (*maybe, *Progress), (*maybe, *Verdict), (*maybe, *Seen), (None, True, False)
    ):
        yield Facts(*facts)


def test_missed_is_the_state_missed() -> None:
    """R2 equals the last line of R1, whatever the facts and around every border."""
    when = window(FIRST, ZONE)
    borders = (when.opens, when.closes, when.closes + DAY, when.closes + 3 * DAY)
    for facts in all_facts():
        for at in (border + step * SECOND for border in borders for step in (-1, 0, 1)):
            shown = state(facts, when, at)
            assert missed(facts, when, at) == (shown is State.MISSED)
            assert not (missed(facts, when, at) and facts.taken)


E, H = Expectation.EXPECTED, Expectation.HELD


@pytest.mark.parametrize(
    ("facts", "hours_after_closing", "shown"),
    [
        (Facts(E), -24, State.UPCOMING),
        (Facts(E), -1, State.OPEN),
        (Facts(E), 0, State.MISSED),
        (Facts(E, word=False), 0, State.MISSED),
        (Facts(E, word=True), 0, State.SELF_REPORTED),
        (Facts(E, Progress.UPLOADING), 23.99, State.UPLOADING),
        (Facts(E, Progress.UPLOADING), 24, State.MISSED),
        (Facts(E, Progress.PENDING_REVIEW, Verdict.REJECTED), 0, State.PENDING_REVIEW),
        (Facts(E, None, Verdict.REJECTED, Seen.LIVE), 0, State.LIVE),
        (Facts(E, None, Verdict.REJECTED, None, True), 0, State.REJECTED),
        (Facts(H), 0, State.HELD),
        (Facts(H, None, Verdict.REJECTED), 0, State.HELD),
        (Facts(H, None, Verdict.REJECTED, None, True), 0, State.REJECTED),
        (Facts(H, None, Verdict.PARTIAL), 0, State.PARTIAL),
        (Facts(H, None, None, None, True), 0, State.SELF_REPORTED),
        (Facts(H, Progress.UPLOADING), 23, State.UPLOADING),
        (Facts(H, Progress.UPLOADING), 24, State.HELD),
        (Facts(Expectation.CANCELLED, Progress.PROCESSING), 0, State.PROCESSING),
    ],
)
def test_states(facts: Facts, hours_after_closing: float, shown: State) -> None:
    """R1, line by line."""
    when = window(FIRST, ZONE)
    assert state(facts, when, when.closes + timedelta(hours=hours_after_closing)) is shown


# -- plans -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "laid"), [(time(9, 0, 1), True), (time(9), False), (time(2, 59), True)]
)
def test_a_slot_that_is_due_now_is_not_laid(hour: time, laid: bool) -> None:
    """P1: slots of today whose due instant has come are left out."""
    model = Model((Patient(1, ZONE),))
    model.apply(local(0, 9), order(of=replace(plan(), hours=((Slot.MORNING, hour),))))
    assert (model.dose(key(0), local(0, 9)) is not None) == laid


def test_passed_slots_count_when_the_order_says_so() -> None:
    """P1: today's passed ones count, too."""
    model = Model((Patient(1, ZONE),))
    assert model.apply(local(0, 20), replace(order(), count_passed=True)).doses == 56
    assert model.today(1, local(0, 21)) == [key(0)]


LINE = plan().phases[0].lines[0]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (replace(plan(), hours=((Slot.MORNING, time(3)),)), Refusal.SLOT_HOUR),
        (replace(plan(), hours=((Slot.MORNING, time(3, 59)),)), Refusal.SLOT_HOUR),
        (replace(plan(), phases=(Phase(4, ()),)), Refusal.NO_DOSE),
        (replace(plan(), first_day=date(2027, 1, 1)), Refusal.NO_DOSE),
        (replace(plan(), first_day=date(1999, 12, 31)), Refusal.DATE_OUT_OF_BOUNDS),
        (plan(weeks=200), Refusal.DATE_OUT_OF_BOUNDS),
        (replace(plan(weeks=158), first_day=date(2026, 9, 6)), Refusal.PLAN_TOO_LONG),
        (replace(plan(), phases=(Phase(4, (LINE, LINE)),)), Refusal.TWIN_LINES),
        (replace(plan(), first_day=FIRST + 91 * DAY), Refusal.CONFIRM_FAR_START),
    ],
)
def test_plans_that_are_refused(wrong: Plan, reason: Refusal) -> None:
    """P2."""
    assert Model((Patient(1, ZONE),)).apply(local(0, 7), order(of=wrong)).refused is reason


@pytest.mark.parametrize("condition", ["tb", "another"])
def test_the_same_treatment_must_be_confirmed(condition: str) -> None:
    """P2: the same condition, or a drug of the same name."""
    model, again = started(), order(2, condition=condition)
    assert model.apply(local(0, 8), again).refused is Refusal.CONFIRM_SAME
    assert model.apply(local(0, 8), replace(again, confirm_same=True)).doses == 55


def test_a_slot_that_became_another_is_rescheduled() -> None:
    """P3: paired on the same day; days before stay as they were."""
    model = started(plan(Slot.MORNING))
    model.apply(local(1, 7), e.EditPlan(1, FIRST + DAY, plan(Slot.EVENING), by=1))
    moved = model.dose(key(1), local(1, 7))
    assert moved is not None
    assert (moved.state, moved.moved_to) == (State.RESCHEDULED, key(1, Slot.EVENING))
    assert told(model, key(0), local(1, 7)) is State.MISSED
    assert model.today(1, local(1, 7)) == [key(1, Slot.EVENING)]


def test_an_edit_after_the_film_asks_for_no_second_dose() -> None:
    """P3 and T2: what was filmed this morning is not asked for in the evening."""
    model = started()
    film(model, 1, key(1), local(1, 8), None)
    model.apply(local(1, 9), e.EditPlan(1, FIRST + DAY, plan(Slot.EVENING), by=1))
    assert model.today(1, local(1, 12)) == []
    view = model.dose(key(1), local(1, 12))
    assert view is not None
    assert view.facts.expected
    assert model.today(1, local(2, 12)) == [key(2, Slot.EVENING)]


def test_a_plan_that_begins_later_must_be_confirmed() -> None:
    """P3: expected doses between would be cancelled."""
    model = started()
    edit = e.EditPlan(1, FIRST + DAY, replace(plan(), first_day=FIRST + 4 * DAY), by=1)
    assert model.apply(local(0, 9), edit).refused is Refusal.CONFIRM_GAP
    assert model.apply(local(0, 9), replace(edit, confirm_gap=True)).doses == 56
    states = [told(model, key(n), local(0, 9)) for n in (0, 1, 3, 4)]
    assert states == [State.OPEN, State.CANCELLED, State.CANCELLED, State.UPCOMING]


def test_holds_overlap_and_end_early() -> None:
    """P4: a day is held while any hold covers it; days before today stay held."""
    model = started()
    model.apply(local(1), e.Hold(1, 1, 1, FIRST + DAY, FIRST + 5 * DAY, by=1))
    model.apply(local(1), e.Hold(2, 1, None, FIRST + 3 * DAY, FIRST + 4 * DAY, by=1))
    model.apply(local(2), e.EndHold(1, by=1))
    states = [told(model, key(n), local(2)) for n in range(1, 6)]
    assert states == [State.HELD, State.OPEN, State.HELD, State.HELD, State.UPCOMING]
    assert told(model, key(2), local(1)) is State.HELD  # as it was then
    assert model.apply(local(2), e.EndHold(1, by=1)).refused is Refusal.HOLD_OVER


@pytest.mark.parametrize(
    ("dose", "to", "reason"),
    [
        (0, 3, None),  # Thursday: no dose day
        (0, 2, Refusal.DAY_HAS_DOSE),
        (0, -1, Refusal.DAY_PAST),
        (0, 61, Refusal.DAY_TOO_FAR),
        (0, 5, Refusal.DAY_HELD),
        (4, 3, Refusal.NOT_MOVABLE),  # held
        (2, 1, Refusal.NOT_MOVABLE),  # the word said that it was taken
    ],
)
def test_moves(dose: int, to: int, reason: Refusal | None) -> None:
    """P5, in a plan of Monday, Wednesday and Friday."""
    model = started(plan(weekdays=frozenset({0, 2, 4})))
    model.apply(local(0), e.Hold(1, 1, 1, FIRST + 4 * DAY, FIRST + 5 * DAY, by=1))
    assert model.apply(local(0), e.StaffSaw(1, key(0), Seen.LIVE, by=1)).refused is None
    assert model.apply(local(0), e.CorrectStaffSaw(1, by=1)).refused is None
    if dose == 2:
        model.apply(local(2, 8), e.SayWord(key(2), taken=True))
    at = local(2) if dose == 2 else local(0)
    move = e.MoveDose(key(dose), FIRST + to * DAY, by=1)
    assert model.apply(at, move).refused is reason


def test_a_stop_and_its_correction() -> None:
    """P6: doses follow; after the last day another doctor may not, a supervisor may."""
    model = started()
    model.apply(local(1), e.Stop(1, FIRST + 3 * DAY, "done", by=1))
    assert told(model, key(4), local(1)) is State.CANCELLED
    assert model.apply(local(1), e.CorrectStop(1, FIRST + 4 * DAY, by=2)).refused is None
    assert told(model, key(4), local(1)) is State.UPCOMING
    assert model.runs(1, local(5, 2, 59))
    assert not model.runs(1, local(5, 3))
    assert model.apply(local(5), e.TakeBackStop(1, by=2)).refused is Refusal.NOT_YOURS
    assert model.apply(local(5), e.TakeBackStop(1, by=3, supervisor=True)).refused is None
    assert model.today(1, local(5)) == [key(5)]


# -- the files -------------------------------------------------------------------------------------


def test_every_event_has_an_act() -> None:
    """No event is forgotten."""
    assert set(get_args(e.Event)) == set(ACTS)


def test_the_model_imports_nothing_of_the_product() -> None:
    """Its worth is that it knows nothing of the code it judges."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    own = [f for f in files if f.name.startswith(("model", "years", "__init__"))]
    assert len(own) > 10
    for file in own:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            tops = {name.split(".")[0] for name in names}
            assert "app" not in tops, file.name
            assert all(n.startswith("tests.simulation") for n in names if n.startswith("tests"))
