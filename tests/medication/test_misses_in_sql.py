"""What the database counts is what the rules say, over all facts that a dose can have."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.ids import uuid7
from app.medication import rates, rules
from app.medication.models import (
    Dose,
    Evidence,
    Expectation,
    Outcome,
    Progress,
    Slot,
    Treatment,
    Verdict,
)
from app.medication.queries.misses import Misses, misses_of
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.streaks import is_missed, streak_of

pytestmark = pytest.mark.usefixtures("noon")
NAMES = ("expectation", "evidence", "verdict", "progress", "self_reported_taken")
FACTS = [
    dict(zip(NAMES, facts, strict=True))
    for facts in product(Expectation, Evidence, (None, *Verdict), Progress, (None, True, False))
]
PLACES = 4


async def _courses(
    session: AsyncSession, patient: Patient, facts: Sequence[dict[str, Any]], place: int
) -> list[UUID]:
    """Make a course for each: all doses missed but the one at this place, the last one today's."""
    first = await make.make_treatment(session, patient=patient)
    columns = {c.name: getattr(first, c.name) for c in Treatment.__table__.c}
    courses = [columns | {"id": uuid7()} for _ in facts]
    await session.execute(insert(Treatment), courses)
    today = rules.dose_day(clock.now(), patient.zone)
    rows = []
    for course, own in zip(courses, facts, strict=True):
        for n in range(PLACES + 1):
            on = today - timedelta(days=PLACES - n)
            hours = rules.hours_of(on, rules.USUAL_TIMES[Slot.MORNING], patient.zone)
            ids = {"id": uuid7(), "treatment_id": course["id"], "patient_id": patient.id}
            plain = {"due_on": on, "slot": Slot.MORNING, "drugs": [], **vars(hours)}
            nothing = dict(zip(NAMES, ("expected", "none", None, "none", None), strict=True))
            rows.append(ids | plain | nothing | (own if n == place else {}))
    await session.execute(insert(Dose), rows)
    return [course["id"] for course in courses]


async def _by_the_rule(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Misses]:
    at = clock.now()
    doses: dict[UUID, list[Dose]] = {}
    newest_first = select(Dose).where(Dose.treatment_id.in_(ids), Dose.closes_at <= at)
    for dose in await session.scalars(
        newest_first.order_by(Dose.closes_at.desc(), Dose.due_at.desc())
    ):
        doses.setdefault(dose.treatment_id, []).append(dose)
    found = {}
    for treatment_id, own in doses.items():
        streak = streak_of(own, at)
        found[treatment_id] = Misses(
            treatment_id,
            own[0].patient_id,
            len(streak),
            streak[-1].id if streak else None,
            sum(is_missed(dose, at) for dose in own),
        )
    return found


@pytest.mark.parametrize("place", range(PLACES + 1))
async def test_the_count_in_sql_is_that_of_the_rule_whatever_became_of_a_dose(
    session: AsyncSession, place: int
) -> None:
    patient = await make.make_patient(session)
    ids = await _courses(session, patient, FACTS, place)

    found = await misses_of(session, ids, clock.now())

    assert len(FACTS) == 1200
    assert {one.treatment_id: one for one in found} == await _by_the_rule(session, ids)


A_DAY = timedelta(days=1)
A_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("after", [-A_SECOND, A_SECOND * 0, A_DAY - A_SECOND, A_DAY])
async def test_the_rules_and_their_twins_in_sql_agree_at_each_border(
    session: AsyncSession, after: timedelta
) -> None:
    """Came, taken, counts and missed, at the end of the window and a day after it."""
    patient = await make.make_patient(session)
    ids = await _courses(session, patient, FACTS, PLACES)
    today = rules.dose_day(clock.now(), patient.zone)
    own = Dose.treatment_id.in_(ids), Dose.due_on == today
    closes_at = rules.hours_of(today, rules.USUAL_TIMES[Slot.MORNING], patient.zone).closes_at
    at = closes_at + after
    told = select(Dose, rates.came(), rates.taken(), rates.counts(), rates.missed(at)).where(*own)

    rows = (await session.execute(told)).all()

    assert len(rows) == len(FACTS)
    for dose, *by_sql in rows:
        by_rule = [rules.came(dose), rules.taken(dose), rules.counts(dose), rules.missed(dose, at)]
        assert by_sql == by_rule, vars(dose)


def _is_missed(facts: dict[str, Any], lost: bool) -> bool:
    """Say it once more, in the words of the decision."""
    said = facts["self_reported_taken"] is True
    seen = facts["evidence"] in {Evidence.LIVE, Evidence.IN_PERSON}
    nothing = facts["verdict"] is None and not seen and not said
    gone = facts["progress"] is Progress.NONE or (lost and facts["progress"] is Progress.UPLOADING)
    return facts["expectation"] is Expectation.EXPECTED and nothing and gone


@pytest.mark.parametrize("lost", [False, True])
def test_missed_is_what_was_decided(lost: bool) -> None:
    closes_at = clock.now()
    for facts in FACTS:
        dose = Dose(**facts, opens_at=closes_at - A_DAY, closes_at=closes_at)
        at = closes_at + (A_DAY if lost else A_DAY - A_SECOND)
        assert rules.missed(dose, at) is _is_missed(facts, lost), facts
        assert not rules.missed(dose, closes_at - A_SECOND)


@pytest.mark.parametrize(
    ("kept", "oldest", "in_row"),
    [
        ({(2, Slot.NOON)}, (2, Slot.EVENING), 4),
        ({(2, Slot.MORNING), (2, Slot.EVENING)}, (1, Slot.MORNING), 3),
        ({(2, Slot.NOON), (1, Slot.MORNING)}, (1, Slot.NOON), 2),
    ],
)
async def test_doses_of_one_day_count_in_the_order_of_their_hours(
    session: AsyncSession, kept: set[tuple[int, Slot]], oldest: tuple[int, Slot], in_row: int
) -> None:
    """The row begins after the last that was kept, whatever was kept before it, that day too."""
    patient = await make.make_patient(session)
    treatment = await make.make_treatment(session, patient=patient)
    today = rules.dose_day(clock.now(), patient.zone)
    doses = {
        (ago, slot): await make.make_dose(
            session,
            patient=patient,
            treatment=treatment,
            due_on=today - timedelta(days=ago),
            slot=slot,
            evidence=Evidence.LIVE if (ago, slot) in kept else Evidence.NONE,
        )
        # Written in another order than they are due: neither the table's nor an index's will do.
        for ago, slot in product((1, 2), (Slot.EVENING, Slot.MORNING, Slot.NOON))
    }

    (found,) = await misses_of(session, [treatment.id], clock.now())

    assert (found.in_row, found.first_id) == (in_row, doses[oldest].id)
    assert found.in_all == len(doses) - len(kept)


async def test_neighbours_and_stopped_courses_are_not_counted(session: AsyncSession) -> None:
    patient = await make.make_patient(session)
    own, other, stopped = [await make.make_treatment(session, patient=patient) for _ in range(3)]
    for treatment, days in ((own, 2), (other, 3), (stopped, 4)):
        await make.make_doses(session, patient=patient, treatment=treatment, days=days)
    stopped.stopped_on, stopped.outcome = clock.now().date() - timedelta(days=1), Outcome.COMPLETED
    await session.flush()

    found = await misses_of(session, [own.id, stopped.id], clock.now())

    assert [(one.treatment_id, one.in_row, one.in_all) for one in found] == [(own.id, 2, 2)]
