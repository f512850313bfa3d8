"""Who slips, by the treatment that is worst off: what is taken well hides nothing."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.filters import CLINIC_ZONE
from app.features import FEATURES
from app.institutions.models import Institution, Team
from app.medication import rules
from app.medication.models import Dose, Outcome, SlippingPatient, Slot, Treatment, Verdict
from app.medication.queries.subtrees import slipping_in
from app.medication.schemas.supervision import Slipping
from app.medication.service import rollups
from app.patients.models import Condition, Patient
from app.patients.service.records import move_patient
from tests.medication import factories as make
from tests.medication.district import course

MONTH = 30


async def slipping(session: AsyncSession, patient: Patient) -> list[Slipping]:
    await make.roll_up(session)
    team = await session.get_one(Team, patient.team_id)
    place = await session.get_one(Institution, team.institution_id)
    return await slipping_in(session, place, MONTH)


async def pressure_pills(session: AsyncSession, patient: Patient) -> Treatment:
    return await make.make_treatment(
        session, patient=patient, condition=Condition.HYPERTENSION, name="降压药"
    )


async def say_taken(session: AsyncSession, doses: Sequence[Dose]) -> None:
    for dose in doses:
        dose.self_reported_taken = True
    await session.flush()


async def test_tuberculosis_is_not_hidden_behind_pills_that_are_taken(
    session: AsyncSession,
) -> None:
    patient = await make.make_patient(session)
    tb = await make.make_treatment(session, patient=patient, name="抗结核方案")
    await make.make_doses(session, patient=patient, treatment=tb, days=20)
    pills = await pressure_pills(session, patient)
    for slot in Slot:
        others = await make.make_doses(
            session, patient=patient, treatment=pills, days=20, slot=slot
        )
        await say_taken(session, others)

    (row,) = await slipping(session, patient)

    assert (row.treatment_name, row.in_row) == ("抗结核方案", 20)
    assert (row.closed, row.observed) == (20, 0)


async def test_the_treatment_with_the_longer_row_of_misses_is_told(session: AsyncSession) -> None:
    patient = await make.make_patient(session)
    tb = await make.make_treatment(session, patient=patient, name="抗结核方案")
    seen = await make.make_doses(session, patient=patient, treatment=tb, days=20)
    for dose in seen[:-2]:
        dose.verdict = Verdict.OBSERVED
    pills = await pressure_pills(session, patient)
    taken = await make.make_doses(session, patient=patient, treatment=pills, days=20)
    await say_taken(session, taken[:-3])

    (row,) = await slipping(session, patient)

    assert (row.treatment_name, row.in_row) == ("降压药", 3)


async def test_who_does_not_film_is_measured_by_what_they_report(session: AsyncSession) -> None:
    patient = await make.make_patient(session)
    pills = await pressure_pills(session, patient)
    doses = await make.make_doses(session, patient=patient, treatment=pills, days=20)
    await say_taken(session, doses)

    assert await slipping(session, patient) == []

    for dose in doses[1:10:2]:
        dose.self_reported_taken = False
    await session.flush()
    with clock.frozen(clock.now() + timedelta(days=1)):
        (row,) = await slipping(session, patient)
    assert row.is_low
    assert (row.by_film, row.taken, row.taken_rate) == (False, 15, 0.75)


async def test_one_film_makes_a_treatment_one_that_is_filmed(session: AsyncSession) -> None:
    patient = await make.make_patient(session)
    pills = await pressure_pills(session, patient)
    doses = await make.make_doses(session, patient=patient, treatment=pills, days=20)
    await say_taken(session, doses)
    doses[0].verdict = Verdict.OBSERVED
    await make.make_recording(session, dose=doses[0])

    (row,) = await slipping(session, patient)

    assert row.by_film
    assert row.is_low


@pytest.fixture(params=["23:00", "00:30", "02:59", "03:01"])
def at_hour(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hold the clock at this hour of the clinic's wall: the night belongs to the day before."""
    hour = time.fromisoformat(request.param)
    today = clock.now().astimezone(ZoneInfo(CLINIC_ZONE)).date()
    with clock.frozen(datetime.combine(today, hour, ZoneInfo(CLINIC_ZONE)).astimezone(UTC)):
        yield


@pytest.mark.usefixtures("at_hour")
@pytest.mark.parametrize(("days_ago", "told"), [(1, False), (0, True), (-30, True)])
async def test_a_treatment_is_told_until_its_last_day_is_over(
    session: AsyncSession, days_ago: int, *, told: bool
) -> None:
    patient = await make.make_patient(session)
    today = rules.dose_day(clock.now(), patient.zone)
    ending = await make.make_treatment(session, patient=patient)
    await make.make_doses(session, patient=patient, treatment=ending, days=20)
    ending.stopped_on, ending.outcome = today - timedelta(days=days_ago), Outcome.LOST
    await session.flush()

    assert bool(await slipping(session, patient)) is told


@pytest.mark.parametrize("new_first", [True, False])
async def test_who_moved_is_told_by_the_new_team_whichever_of_both_is_counted_first(
    session: AsyncSession, *, new_first: bool
) -> None:
    """The old team was counted during the move, which therefore did not see the row it wrote."""
    old, new = [await make.make_team(session) for _ in range(2)]
    (patient, _), (neighbour, _) = [await course(session, old) for _ in range(2)]
    await make.roll_up(session)
    await move_patient(session, FEATURES, patient, new.id)
    await session.execute(
        update(SlippingPatient)
        .where(SlippingPatient.patient_id == patient.id)
        .values(team_id=old.id)
    )

    with clock.frozen(clock.now() + timedelta(days=1)):
        for team in (new, old) if new_first else (old, new):
            await rollups.roll_up_team(session, team.id, clock.now())

    kept = await session.execute(
        select(SlippingPatient.patient_id, SlippingPatient.team_id).where(
            SlippingPatient.days == MONTH
        )
    )
    assert {tuple(row) for row in kept} == {(patient.id, new.id), (neighbour.id, old.id)}
