"""The generator is deterministic and reaches every event; the model keeps its own promises."""

from collections import Counter
from datetime import datetime, timedelta
from typing import get_args

import pytest

from tests.simulation import model_events as e
from tests.simulation.model import Model
from tests.simulation.model_doses import Moved
from tests.simulation.model_rules import State
from tests.simulation.model_words import Refusal
from tests.simulation.years import Year, simulate

SEED, PATIENTS = 20271, 3
EVERY = timedelta(days=11, hours=7, minutes=13)  # comes round to every hour of the day
RARE = {  # not drawn, or too seldom for a few patients
    Refusal.LABEL_TAKEN,
    Refusal.UNKNOWN,
    Refusal.SEVERE_UNDECIDED,
    Refusal.NO_ALERT,
    Refusal.PLAN_TOO_LONG,
    Refusal.SLOT_HOUR,
    Refusal.TWIN_LINES,
    Refusal.DATE_OUT_OF_BOUNDS,
    Refusal.AFTER_LAST_DAY,
    Refusal.DAY_HELD,
    Refusal.NOTHING_TO_CORRECT,
    Refusal.NOTHING_TO_DECIDE,
    Refusal.DECIDE_ALL,
    Refusal.NEWER_FILM,
    Refusal.CLINICAL,
    Refusal.CONFIRM_GAP,
    Refusal.NOT_STOPPED,
    Refusal.ALREADY_STOPPED,
    Refusal.STOP_OUTSIDE_PLAN,
}


@pytest.fixture(scope="module")
def year() -> Year:
    """Live the year of a few patients."""
    return simulate(SEED, PATIENTS)


def test_equal_seeds_give_equal_years(year: Year) -> None:
    """More patients change nothing in the lives of the first."""
    fewer = simulate(SEED, 2)
    assert fewer == simulate(SEED, 2)
    assert set(fewer.events) <= set(year.events)
    assert simulate(SEED + 1, 2) != fewer


def test_events_are_in_order_and_in_utc(year: Year) -> None:
    """An adapter plays them one after the other."""
    instants = [at for at, _ in year.events]
    assert instants == sorted(instants)
    assert all(at.utcoffset() == timedelta(0) for at in instants)


def test_every_kind_of_event_happens_and_most_are_refused_at_times() -> None:
    """A year that never tries what must be refused shows nothing."""
    year = simulate(7, 24, days=200)
    model = Model(year.patients)
    done: Counter[type] = Counter()
    refused: Counter[Refusal] = Counter()
    for at, event in year.events:
        reason = model.apply(at, event).refused
        if reason:
            refused[reason] += 1
        else:
            done[type(event)] += 1
    assert set(done) == set(get_args(e.Event))
    assert set(Refusal) - set(refused) <= RARE


def test_the_model_keeps_its_promises(year: Year) -> None:
    """Ask at instants all over the year, as the events go by, and again when it is over."""
    model, next_look = Model(year.patients), year.events[0][0]
    looks: list[tuple[datetime, list[object]]] = []
    for at, event in year.events:
        while next_look < at:
            looks.append((next_look, answers(model, year, next_look)))
            next_look += EVERY
        model.apply(at, event)
    assert len(looks) > 30
    for at, before in looks[:: len(looks) // 3]:
        assert answers(model, year, at, check=False) == before  # the past does not move


def answers(model: Model, year: Year, at: datetime, check: bool = True) -> list[object]:
    """Return what the model says then, of every patient."""
    found: list[object] = []
    for person in year.patients:
        if check:
            check_patient(model, person.patient, at)
        found += [model.today(person.patient, at), model.alerts(person.patient, at)]
        known = model.treatments(person.patient)
        found += [model.rates(t, at) for t in known if model.runs(t, at)]
    return found


def check_patient(model: Model, patient: int, at: datetime) -> None:
    """Check what must hold at any instant."""
    views = model.doses(patient, at)
    for view in views:
        assert (view.state is State.MISSED) <= (not view.facts.taken)
        assert (view.state is State.OPEN) <= view.facts.expected
    offered = model.today(patient, at)
    assert len(offered) == len(set(offered))
    for treatment in model.treatments(patient):
        check_treatment(model, treatment, at)
        known = model.world.treatment(treatment)
        for dose in known.doses.values():
            if isinstance(dose.course.read(at), Moved) and known.facts(dose, at).taken:
                assert known.successor(dose, at).key not in offered
    for alert in model.alerts(patient, at):
        assert alert.length >= alert.level or alert.episode


def check_treatment(model: Model, treatment: int, at: datetime) -> None:
    """Check that the counts of a treatment agree with each other."""
    missed, streak = model.missed(treatment, at), model.streak(treatment, at)
    rates = model.rates(treatment, at)
    assert set(streak) <= missed
    assert len(streak) == len(set(streak))
    assert rates.missed == len(missed)
    assert rates.observed <= rates.verified <= rates.reported
    assert rates.reported + rates.missed <= rates.closed
    assert missed.isdisjoint(model.rejections(treatment, at))
