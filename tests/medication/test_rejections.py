"""Films that are refused again and again come to the team's notice; the SQL counts by the rule."""

from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert, AlertState
from app.core import clock
from app.core.job_context import JobContext
from app.medication import jobs, rules
from app.medication.alert_kinds import REJECTIONS_IN_ROW
from app.medication.models import Dose, Evidence, Expectation, Outcome, Progress, Treatment, Verdict
from app.medication.queries.rejections import rejections_of
from app.medication.rules import DoseState
from app.patients.models import Patient
from tests.medication import factories as make

pytestmark = pytest.mark.usefixtures("noon")
REFUSED = {DoseState.REJECTED, DoseState.UNVERIFIABLE}
ACCEPTED = {
    *(DoseState.OBSERVED, DoseState.PARTIAL, DoseState.LIVE, DoseState.IN_PERSON),
    DoseState.SELF_REPORTED,
}


async def course(session: AsyncSession, days: int) -> list[Dose]:
    patient = await make.make_patient(session)
    treatment = await make.make_treatment(session, patient=patient)
    return await make.make_doses(session, patient=patient, treatment=treatment, days=days)


async def decide(session: AsyncSession, dose: Dose, verdict: Verdict) -> None:
    film = await make.make_recording(session, dose=dose)
    await make.make_review(session, recording=film, verdict=verdict)
    dose.verdict, dose.progress, dose.evidence = verdict, Progress.NONE, Evidence.VIDEO
    await session.flush()


async def tell(context: JobContext) -> None:
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        await jobs.tell_verdicts(context)


async def alerts_of(session: AsyncSession, dose: Dose) -> list[Alert]:
    found = await session.scalars(
        select(Alert)
        .where(Alert.subject_id == dose.treatment_id, Alert.kind == REJECTIONS_IN_ROW.code)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def in_row(session: AsyncSession, dose: Dose) -> int:
    (found,) = await rejections_of(session, [dose.treatment_id], clock.now())
    return found.in_row


@pytest.mark.parametrize(("refused", "level"), [(2, None), (3, 3), (6, 3), (7, 7), (14, 14)])
async def test_a_run_of_refused_films_raises_one_alert_that_says_its_length(
    session: AsyncSession, context: JobContext, refused: int, level: int | None
) -> None:
    doses, neighbour = await course(session, refused + 1), await course(session, 3)
    await decide(session, doses[0], Verdict.OBSERVED)
    for n, dose in enumerate(doses[1:]):
        await decide(session, dose, Verdict.UNVERIFIABLE if n % 2 else Verdict.REJECTED)
    await decide(session, neighbour[0], Verdict.REJECTED)

    await tell(context)
    await tell(context)

    found = [(a.level, a.detail, a.episode) for a in await alerts_of(session, doses[0])]
    wanted = [(level, {"count": refused}, str(doses[1].id))] if level else []
    assert found == wanted
    assert await alerts_of(session, neighbour[0]) == []


async def test_worse_news_reopens_what_was_handled(
    session: AsyncSession, context: JobContext
) -> None:
    doses = await course(session, 7)
    for dose in doses[:6]:
        await decide(session, dose, Verdict.REJECTED)
    await tell(context)
    (alert,) = await alerts_of(session, doses[0])
    alert.state = AlertState.HANDLED
    await session.flush()

    await decide(session, doses[6], Verdict.REJECTED)
    await tell(context)

    (alert,) = await alerts_of(session, doses[0])
    assert (alert.state, alert.level, alert.times_raised) == (AlertState.OPEN, 7, 2)


async def test_a_treatment_that_has_ended_raises_none(
    session: AsyncSession, context: JobContext
) -> None:
    doses = await course(session, 3)
    for dose in doses:
        await decide(session, dose, Verdict.REJECTED)
    treatment = await session.get_one(Treatment, doses[0].treatment_id)
    treatment.stopped_on, treatment.outcome = doses[0].due_on, Outcome.LOST
    await session.flush()

    await tell(context)

    assert await alerts_of(session, doses[0]) == []


async def test_of_every_dose_the_row_says_what_its_state_says(session: AsyncSession) -> None:
    """Between two refused films stands each dose that can be."""
    patient = await make.make_patient(session)
    at, zone = clock.now(), patient.zone
    days = [rules.dose_day(at, zone) - timedelta(days=n) for n in (3, 2, 1)]
    wrong = []
    facts = product(Expectation, Evidence, [None, *Verdict], Progress, [None, True, False])
    for expectation, evidence, verdict, progress, told in facts:
        middle = await _between(session, patient, days)
        middle.expectation, middle.evidence, middle.verdict = expectation, evidence, verdict
        middle.progress, middle.self_reported_taken = progress, told
        await session.flush()
        state = rules.state_of(middle, at)
        rule = 3 if state in REFUSED else 1 if state in ACCEPTED else 2
        if await in_row(session, middle) != rule:
            wrong.append((state, expectation, evidence, verdict, progress, told))
    assert wrong == []


async def _between(session: AsyncSession, patient: Patient, days: list[date]) -> Dose:
    treatment = await make.make_treatment(session, patient=patient)
    first, middle, last = [
        await make.make_dose(session, patient=patient, treatment=treatment, due_on=on)
        for on in days
    ]
    first.verdict = last.verdict = Verdict.REJECTED
    return middle
