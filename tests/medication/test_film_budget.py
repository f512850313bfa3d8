"""One patient's films never hold up another's: one at a time, and so many a day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.job_context import JobContext
from app.media.models import MediaObject
from app.media.video import VideoProblem
from app.medication import jobs
from app.medication.models import Dose, Recording, RecordingState
from app.medication.service.film_budget import FILMS_A_DAY, HEAVY_A_DAY
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.phone import Phone, phone_of, process

pytestmark = pytest.mark.usefixtures("noon")
FILM = b"no film" * 100
# 12:00 in China: the day began twelve hours ago, and ends in twelve.
MIDNIGHT = datetime(2026, 9, 10, 16, tzinfo=UTC)
WAITING = text(
    "select args->>'media_id' as media_id, scheduled_at, lock, queue_name from procrastinate_jobs"
    " where task_name = 'medication.film_arrived' and scheduled_at is not null"
)


async def _worked_on(session: AsyncSession, patient: Patient, number: int, **columns: Any) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    for ago in range(number):
        dose = await make.make_dose(
            session,
            treatment=treatment,
            patient=patient,
            due_on=clock.today_in(patient.zone) - timedelta(days=ago + 1),
        )
        await make.make_recording(
            session, dose=dose, **{"processed_at": clock.now() - timedelta(hours=1)} | columns
        )


async def test_a_worker_takes_one_film_of_a_patient_and_goes_on_to_the_next_patient(
    app: FastAPI, session: AsyncSession, patient: Patient, phone: Phone
) -> None:
    doses = [await make.make_dose(session, patient=patient) for _ in range(3)]
    neighbour = await make.make_patient(session)
    theirs = await make.make_dose(session, patient=neighbour)
    other = phone_of(app, neighbour)
    mine = [await phone.send(dose, FILM, key=f"film-{n}-key") for n, dose in enumerate(doses)]
    last = await other.send(theirs, FILM)
    await other.http.aclose()

    taken = [await _fetch(session) for _ in range(3)]

    assert taken == [await _media_of(session, mine[0]), await _media_of(session, last), None]


async def _fetch(session: AsyncSession) -> str | None:
    """Take a job of the queue of films as a worker does."""
    row = await session.execute(
        text("select args->>'media_id' from procrastinate_fetch_job_v2(array['video'], null)")
    )
    found: str | None = row.scalar()
    return found


async def _media_of(session: AsyncSession, recording_id: Any) -> str:
    return str((await session.get_one(Recording, recording_id)).media_id)


@pytest.mark.parametrize(
    ("number", "columns", "is_taken"),
    [
        (FILMS_A_DAY - 1, {}, True),
        (FILMS_A_DAY, {}, False),
        (FILMS_A_DAY, {"processed_at": MIDNIGHT - timedelta(days=1, seconds=1)}, True),
        (FILMS_A_DAY, {"processed_at": MIDNIGHT - timedelta(days=1)}, False),
        (HEAVY_A_DAY - 1, {"problem": VideoProblem.PROCESSING_LIMIT}, True),
        (HEAVY_A_DAY, {"problem": VideoProblem.PROCESSING_LIMIT}, False),
        (HEAVY_A_DAY, {"problem": VideoProblem.TRUNCATED}, True),
    ],
)
async def test_what_is_above_the_budget_of_a_day_waits_for_the_next_and_is_not_lost(
    number: int, columns: dict[str, Any], is_taken: bool, session: AsyncSession,
    context: JobContext, patient: Patient, phone: Phone, dose: Dose,
) -> None:  # fmt: skip
    if "problem" in columns:
        columns = columns | {"state": RecordingState.UNUSABLE}
    await _worked_on(session, patient, number, **columns)
    recording_id = await phone.send(dose, FILM)

    film = await process(context, session, recording_id)

    waiting = (await session.execute(WAITING)).all()
    if is_taken:
        assert (film.state, waiting) == (RecordingState.UNUSABLE, [])
        return
    assert film.state is RecordingState.UPLOADED
    assert [(w.scheduled_at, w.queue_name) for w in waiting] == [(MIDNIGHT, "video")]
    assert waiting[0].lock == f"medication.film_arrived:{patient.id}"
    assert (await phone.card(dose))["state"] == "processing"
    with clock.frozen(MIDNIGHT):
        await jobs.film_arrived(context, media_id=waiting[0].media_id)
    film = await session.get_one(Recording, recording_id, populate_existing=True)
    assert (film.state, film.processed_at) == (RecordingState.UNUSABLE, MIDNIGHT)


async def test_the_budget_of_one_is_not_spent_by_another(
    app: FastAPI, session: AsyncSession, context: JobContext, patient: Patient
) -> None:
    await _worked_on(session, patient, FILMS_A_DAY)
    neighbour = await make.make_patient(session)
    theirs = await make.make_dose(session, patient=neighbour)
    other = phone_of(app, neighbour)

    film = await process(context, session, await other.send(theirs, FILM))

    assert film.state is RecordingState.UNUSABLE
    media = await session.get_one(MediaObject, film.media_id)
    assert media.patient_id == neighbour.id
    await other.http.aclose()
