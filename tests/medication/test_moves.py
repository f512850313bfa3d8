"""A patient who changes teams is out of the old one's sight, and into the new one's."""

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.job_context import JobContext
from app.institutions.models import Team
from app.medication.jobs import patient_moved
from app.medication.models import Dose
from app.patients.models import Patient
from app.patients.service import records
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of

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

    await records.change_patient(session, actor_of(mover.id), patient, _particulars(patient, other))
    await session.flush()
    assert (await session.execute(MOVED)).all() == [(str(patient.id),)]
    await patient_moved(context, patient_id=str(patient.id))

    assert await desk.next() is None
    assert (await desk.decide(film.id)).status_code == 404
    there = await desk_of(app, session, mover)
    item = await there.next()
    assert item is not None
    assert item["recording_id"] == str(film.id)
    await there.http.aclose()


async def test_a_change_within_the_team_moves_nothing(
    session: AsyncSession, team: Team, patient: Patient
) -> None:
    doctor = await make.make_staff(session, team=team)

    await records.change_patient(session, actor_of(doctor.id), patient, _particulars(patient, team))

    assert (await session.execute(MOVED)).all() == []
