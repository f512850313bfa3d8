"""A patient who changes teams is out of the old one's sight, and into the new one's."""

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.job_context import JobContext
from app.features import FEATURES
from app.institutions.models import Team
from app.medication.jobs import patient_moved
from app.medication.models import Dose, RecordingState
from app.medication.service import recordings
from app.patients.models import Patient
from app.patients.service import records
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of
from tests.medication.films import PROCESSED

pytestmark = pytest.mark.usefixtures("noon")
MOVED = text(
    "select args->>'patient_id' from procrastinate_jobs"
    " where task_name = 'medication.patient_moved'"
)


def _particulars(patient: Patient, team: Team) -> records.Particulars:
    kept = {
        name: getattr(patient, name)
        for name in records.Particulars.__annotations__
        if name != "team_id"
    }
    return records.Particulars(**kept, team_id=team.id)


async def test_films_go_along(
    app: FastAPI, session: AsyncSession, context: JobContext, desk: Desk,
    patient: Patient, dose: Dose,
) -> None:  # fmt: skip
    film = await make.make_recording(session, dose=dose)
    assert await desk.next() is not None
    other = await make.make_team(session)
    mover = await make.make_staff(session, team=other)

    await records.change_patient(
        session, FEATURES, actor_of(mover.id), patient, _particulars(patient, other)
    )
    await session.flush()
    assert (await session.execute(MOVED)).all() == [(str(patient.id),)]

    # No job has run: the list, the film and the verdict read where the patient is now.
    assert await desk.next(film.id) is None
    kept = await desk.http.post("/api/reviews/keep", json={"holding": [str(film.id)]})
    assert kept.json() == {"kept": [], "waiting": 0, "overdue": 0, "flagged": 0}
    assert (await desk.decide(film.id)).status_code == 404
    assert (await desk.http.get(f"/staff/recordings/{film.id}/film")).status_code == 404
    assert "等待审核的视频" not in (await desk.http.get("/staff")).text

    there = await desk_of(app, session, mover)
    item = await there.next()
    assert item is not None
    assert item["recording_id"] == str(film.id)
    assert (await there.decide(film.id)).status_code == 201
    await patient_moved(context, patient_id=str(patient.id))  # run late, it changes nothing
    await there.http.aclose()


async def test_a_copy_of_the_team_that_lags_behind_shows_the_film_to_neither(
    app: FastAPI, session: AsyncSession, context: JobContext, desk: Desk,
    patient: Patient, dose: Dose,
) -> None:  # fmt: skip
    """As a film announced in the very moment of the move; the job then brings it along."""
    film = await make.make_recording(session, dose=dose)
    other = await make.make_team(session)
    mover = await desk_of(app, session, await make.make_staff(session, team=other))
    patient.team_id = other.id
    await session.flush()

    assert await desk.next() is None
    assert (await desk.decide(film.id)).status_code == 404
    assert await mover.next() is None
    await patient_moved(context, patient_id=str(patient.id))
    item = await mover.next()
    assert item is not None
    await mover.http.aclose()


async def test_a_film_that_becomes_ready_stands_in_the_queue_of_the_team_of_that_moment(
    app: FastAPI, session: AsyncSession, context: JobContext, patient: Patient, dose: Dose
) -> None:
    film = await make.make_recording(session, dose=dose, state=RecordingState.PROCESSING)
    other = await make.make_team(session)
    patient.team_id = other.id
    await session.flush()

    async with context.sessions.begin() as own:
        await recordings.finish_processing(own, context.settings, film.id, PROCESSED)

    there = await desk_of(app, session, await make.make_staff(session, team=other))
    assert await there.next() is not None
    await there.http.aclose()


async def test_alerts_of_a_moved_patient_are_the_new_teams_before_any_job(
    app: FastAPI, session: AsyncSession, desk: Desk, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    alert = await make.make_alert(session, treatment=treatment)
    other = await make.make_team(session)
    mover = await make.make_staff(session, team=other)
    actor = actor_of(mover.id)
    await records.change_patient(session, FEATURES, actor, patient, _particulars(patient, other))
    await session.flush()
    there = await desk_of(app, session, mover)

    assert patient.name not in (await desk.http.get("/staff/alerts")).text
    assert patient.name not in (await desk.http.get("/staff")).text
    handled = {"action_taken": "已电话联系", "times_raised": "1"}
    answer = await desk.http.post(f"/staff/alerts/{alert.id}/handle", data=handled)
    assert answer.status_code == 404
    assert patient.name in (await there.http.get("/staff/alerts")).text
    await there.http.aclose()


async def test_a_change_within_the_team_moves_nothing(
    session: AsyncSession, team: Team, patient: Patient
) -> None:
    doctor = await make.make_staff(session, team=team)

    await records.change_patient(
        session, FEATURES, actor_of(doctor.id), patient, _particulars(patient, team)
    )

    assert (await session.execute(MOVED)).all() == []
