"""What changes one row leaves the rows beside it, and what is shown is the newest."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.settings import Settings
from app.institutions.models import Institution, Team
from app.institutions.supervised import first_day
from app.medication.models import (
    Dose,
    Progress,
    Recording,
    RecordingState,
    SideEffectReport,
    Verdict,
)
from app.medication.queries.supervision import figures_of
from app.medication.service import recordings
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.films import PROCESSED

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def in_processing(session: AsyncSession, dose: Dose) -> Recording:
    return await make.make_recording(session, dose=dose, state=RecordingState.PROCESSING)


@pytest.mark.usefixtures("film")
async def test_second_answer_about_side_effects_is_the_one_shown(
    desk: Desk, session: AsyncSession, dose: Dose
) -> None:
    at = clock.now()
    for hours, symptom in ((2, "nausea"), (1, "fever")):
        session.add(
            SideEffectReport(
                patient_id=dose.patient_id,
                dose_id=dose.id,
                symptoms=[symptom],
                severe=False,
                reported_at=at,
                created_at=at - timedelta(hours=hours),
            )
        )
    await session.flush()

    item = await desk.next()

    assert item is not None
    assert item["symptoms"] == ["发烧"]


async def test_lease_that_is_not_kept_runs_out_beside_the_one_that_is(
    desk: Desk, colleague: Desk, session: AsyncSession, patient: Patient
) -> None:
    kept, left = [await make.another_film(session, patient) for _ in range(2)]
    await desk.next()
    await desk.next(kept.id)
    with clock.frozen(clock.now() + timedelta(seconds=200)):
        body = {"holding": [str(kept.id)], "skipping": [str(left.id)]}
        await desk.http.post("/api/reviews/next", json=body)

    with clock.frozen(clock.now() + timedelta(seconds=301)):
        first = await colleague.next()
        second = await colleague.next(left.id)

    assert first is not None
    assert first["recording_id"] == str(left.id)
    assert second is None


async def test_undo_returns_to_the_newest_verdict_of_the_films_before(
    desk: Desk, session: AsyncSession, dose: Dose
) -> None:
    at = clock.now()
    for hours, verdict in ((2, Verdict.REJECTED), (1, Verdict.UNVERIFIABLE)):
        film = await make.make_recording(session, dose=dose)
        created_at = at - timedelta(hours=hours)
        await make.make_review(session, recording=film, verdict=verdict, created_at=created_at)
    await make.make_recording(session, dose=dose)

    review_id = (await desk.take()).json()["review_id"]
    await desk.undo(review_id)

    await session.refresh(dose)
    assert (dose.verdict, dose.progress) == (Verdict.UNVERIFIABLE, Progress.PENDING_REVIEW)


async def test_older_film_that_is_ready_late_leaves_the_dose_to_the_newer_one(
    session: AsyncSession, settings: Settings, dose: Dose, in_processing: Recording
) -> None:
    await make.make_recording(session, dose=dose, state=RecordingState.UNUSABLE)

    await recordings.finish_processing(session, settings, in_processing.id, PROCESSED)

    await session.refresh(dose)
    assert in_processing.state is RecordingState.READY
    assert dose.progress is Progress.NONE


async def test_film_that_arrived_in_time_is_not_late_because_it_waited_for_the_worker(
    session: AsyncSession, settings: Settings, dose: Dose, in_processing: Recording
) -> None:
    arrived_at = dose.closes_at - timedelta(hours=5)
    in_processing.uploaded_at = arrived_at
    await session.flush()

    with clock.frozen(dose.closes_at + timedelta(hours=1)):
        await recordings.finish_processing(session, settings, in_processing.id, PROCESSED)

    assert in_processing.flags == []
    assert in_processing.due_by == arrived_at + timedelta(hours=settings.review_due_hours)


async def test_film_is_counted_by_supervision_once_it_is_ready(
    session: AsyncSession, settings: Settings, team: Team, in_processing: Recording
) -> None:
    institution = await session.get_one(Institution, team.institution_id)
    counted = []

    for _ in range(2):
        await make.roll_up(session)
        figures = await figures_of(session, institution, 7, first_day(7))
        counted.append(figures.films.received)
        await recordings.finish_processing(session, settings, in_processing.id, PROCESSED)
        await session.flush()

    assert counted == [0, 1]
    ready = select(Recording.ready_at).where(Recording.id == in_processing.id)
    assert await session.scalar(ready) == clock.now()
