"""Four rates over one denominator, against a cohort whose truth is known."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.medication import rules
from app.medication.models import Dose, Evidence, Expectation, Progress, Slot, Treatment, Verdict
from app.medication.queries.rates import courses_of
from app.medication.rates import Rates
from app.patients.models import Patient
from tests.medication import factories as make

pytestmark = pytest.mark.usefixtures("noon")
V, P, E, X = Verdict, Progress, Evidence, Expectation
FILM = {"evidence": E.VIDEO}
# What became of a dose, the facts it leaves, and what it counts as.
STORIES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "accepted": (FILM | {"verdict": V.OBSERVED}, {"observed", "verified", "reported"}),
    "partial": (FILM | {"verdict": V.PARTIAL}, set()),
    "rejected": (FILM | {"verdict": V.REJECTED}, set()),
    "unverifiable": (FILM | {"verdict": V.UNVERIFIABLE}, set()),
    "waits for a reader": (FILM | {"progress": P.PENDING_REVIEW}, {"unreviewed"}),
    "in processing": (FILM | {"progress": P.PROCESSING}, {"unreviewed"}),
    "rejected, filmed again": (
        FILM | {"verdict": V.REJECTED, "progress": P.PENDING_REVIEW},
        {"unreviewed"},
    ),
    "said taken, then filmed": (
        FILM | {"self_reported_taken": True, "progress": P.PENDING_REVIEW},
        {"reported", "unreviewed"},
    ),
    "said taken, film rejected": (
        FILM | {"self_reported_taken": True, "verdict": V.REJECTED},
        {"reported"},
    ),
    "said taken": ({"evidence": E.SELF_REPORT, "self_reported_taken": True}, {"reported"}),
    "said not taken": ({"self_reported_taken": False}, set()),
    "given in person": ({"evidence": E.IN_PERSON}, {"verified", "reported"}),
    "watched live": ({"evidence": E.LIVE}, {"verified", "reported"}),
    "in person after a rejected film": (
        {"evidence": E.IN_PERSON, "verdict": V.REJECTED},
        {"verified", "reported"},
    ),
    "on its way": ({"progress": P.UPLOADING}, {"unreviewed"}),
    "in person while a film waits": (
        {"evidence": E.IN_PERSON, "progress": P.PENDING_REVIEW},
        {"verified", "reported", "unreviewed"},
    ),
    "missed": ({}, set()),
}
OUTSIDE = [X.HELD, X.RESCHEDULED, X.CANCELLED]
# Of a dose that is not expected these say nothing that was taken: it stays outside.
NOT_TAKEN = ["rejected", "unverifiable", "said not taken", "on its way", "missed"]
TAKEN = [story for story in STORIES if story not in NOT_TAKEN]


async def rates_of(session: AsyncSession, patient: Patient) -> Rates:
    """Of the one treatment that the patient has."""
    at = clock.now()
    today = rules.dose_day(at, patient.zone)
    (line,) = await courses_of(session, patient.id, at, today)
    return line.whole


async def _course(session: AsyncSession) -> tuple[Patient, Treatment]:
    patient = await make.make_patient(session)
    return patient, await make.make_treatment(session, patient=patient)


async def _lay(
    session: AsyncSession, patient: Patient, treatment: Treatment, facts: Sequence[dict[str, Any]]
) -> None:
    """Write the doses as of the last days: one a slot, the newest yesterday's bedtime."""
    today = rules.dose_day(clock.now(), patient.zone)
    places = product(range(1, len(facts) // 4 + 2), Slot)
    for own, (ago, slot) in zip(facts, places, strict=False):
        on = today - timedelta(days=ago)
        hours = rules.hours_of(on, rules.USUAL_TIMES[slot], patient.zone)
        ids = {"treatment_id": treatment.id, "patient_id": patient.id, "drugs": [make.HRZE]}
        place = {"due_on": on, "slot": slot, **vars(hours)}
        await session.execute(insert(Dose).values(**ids | place | own))


def _truth(told: Sequence[str]) -> Rates:
    counted = Counter(word for story in told for word in STORIES[story][1])
    seen, waiting = (counted["observed"], counted["verified"]), counted["unreviewed"]
    return Rates(len(told), *seen, counted["reported"], waiting)


@pytest.mark.parametrize("story", STORIES)
async def test_each_story_counts_as_what_it_is(story: str, session: AsyncSession) -> None:
    patient, treatment = await _course(session)
    await _lay(session, patient, treatment, [STORIES[story][0]])

    assert await rates_of(session, patient) == _truth([story])


async def test_simulated_cohort_comes_out_as_it_was(session: AsyncSession) -> None:
    """About two hundred doses drawn by lot, a fifth of them outside the denominator."""
    lot = random.Random(7)  # noqa: S311 a fixed cohort, not a secret
    told = lot.choices(list(STORIES), k=150)
    facts = [STORIES[story][0] for story in told]
    facts += [STORIES[s][0] | {"expectation": x} for x in OUTSIDE for s in NOT_TAKEN * 3]
    lot.shuffle(facts)
    patient, treatment = await _course(session)
    await _lay(session, patient, treatment, facts)

    rates = await rates_of(session, patient)

    assert rates == _truth(told)
    assert rates.observed_rate == pytest.approx(_truth(told).observed / 150, abs=1e-4)


async def test_final_rate_stays_within_the_bounds(session: AsyncSession) -> None:
    """Whatever the readers decide of the films that wait."""
    lot = random.Random(11)  # noqa: S311 a fixed cohort, not a secret
    facts = [STORIES[s][0] for s in lot.choices(list(STORIES), k=120)]
    patient, treatment = await _course(session)
    await _lay(session, patient, treatment, facts)
    before = await rates_of(session, patient)
    waiting = update(Dose).where(Dose.progress != P.NONE, Dose.patient_id == patient.id)

    async with session.begin_nested() as all_rejected:
        await session.execute(waiting.values(progress=P.NONE, verdict=V.REJECTED))
        lowest = await rates_of(session, patient)
        await all_rejected.rollback()
    await session.execute(waiting.values(progress=P.NONE, verdict=V.OBSERVED))
    highest = await rates_of(session, patient)

    assert before.unreviewed > 0
    assert lowest.observed_rate == before.observed_rate
    assert highest.observed_rate == before.observed_rate_max
    assert highest.verified <= before.closed


@pytest.mark.parametrize("expectation", OUTSIDE)
async def test_held_and_moved_doses_leave_the_denominator(
    expectation: Expectation, session: AsyncSession
) -> None:
    patient, treatment = await _course(session)
    facts = [STORIES[story][0] | {"expectation": expectation} for story in NOT_TAKEN]
    await _lay(session, patient, treatment, facts)

    rates = await rates_of(session, patient)

    assert rates == Rates(0, 0, 0, 0, 0)
    assert rates.observed_rate is None
    assert rates.observed_rate_max is None


@pytest.mark.parametrize("expectation", OUTSIDE)
async def test_what_was_taken_counts_whatever_the_plan_says(
    expectation: Expectation, session: AsyncSession
) -> None:
    patient, treatment = await _course(session)
    facts = [STORIES[story][0] | {"expectation": expectation} for story in STORIES]
    await _lay(session, patient, treatment, facts)

    assert await rates_of(session, patient) == _truth(TAKEN)


async def test_a_window_still_open_is_not_counted_whatever_happened(session: AsyncSession) -> None:
    patient, treatment = await _course(session)
    await make.make_dose(
        session, patient=patient, treatment=treatment, evidence=E.VIDEO, verdict=V.OBSERVED
    )

    assert await rates_of(session, patient) == Rates(0, 0, 0, 0, 0)


async def test_staff_entries_are_never_observed(session: AsyncSession) -> None:
    patient, treatment = await _course(session)
    seen = [{"evidence": e} for e in (E.LIVE, E.IN_PERSON)] * 20
    await _lay(session, patient, treatment, seen)

    rates = await rates_of(session, patient)

    assert (rates.closed, rates.observed, rates.verified) == (40, 0, 40)


async def test_rates_of_other_people_are_not_mixed_in(session: AsyncSession) -> None:
    patient, treatment = await _course(session)
    stranger, strange_treatment = await _course(session)
    await _lay(session, patient, treatment, [STORIES["accepted"][0]])
    await _lay(session, stranger, strange_treatment, [STORIES["missed"][0]] * 3)

    assert await rates_of(session, patient) == Rates(1, 1, 1, 1, 0)
