"""Films whose job gave up, and films that the storage has lost."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from pydantic import HttpUrl
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert
from app.core import clock
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage, StorageUnavailable
from app.features import FEATURES
from app.institutions.models import Team
from app.media.jobs import sweep
from app.medication import jobs
from app.medication.models import (
    Dose,
    Evidence,
    Progress,
    Reading,
    Recording,
    RecordingState,
    Verdict,
)
from app.medication.service import stuck_films
from app.notifications.models import Notice
from app.patients.models import Patient
from tests.accounts.factories import staff_client
from tests.counting import counted
from tests.medication import factories as make
from tests.medication.phone import Phone

pytestmark = pytest.mark.usefixtures("noon")
HOUR = timedelta(hours=1)
STEPS = (
    text("update procrastinate_jobs set status = 'doing' where id = :id"),
    text("update procrastinate_jobs set status = 'failed' where id = :id"),
)


async def queued(session: AsyncSession) -> list[tuple[str, str]]:
    rows = await session.execute(
        text(
            "select args->>'media_id', lock from procrastinate_jobs"
            " where task_name = 'medication.film_arrived' and status = 'todo' order by id"
        )
    )
    return [(row[0], row[1]) for row in rows]


async def all_give_up(session: AsyncSession) -> None:
    todo = await session.scalars(text("select id from procrastinate_jobs where status = 'todo'"))
    for job_id in todo.all():
        for step in STEPS:
            await session.execute(step, {"id": job_id})
    await session.commit()


async def told(session: AsyncSession) -> list[tuple[object, str]]:
    rows = await session.execute(select(Notice.staff_id, Notice.kind).order_by(Notice.kind))
    return [(row[0], row[1]) for row in rows]


async def test_film_is_tried_ever_less_often_and_then_given_to_its_team(
    session: AsyncSession, context: JobContext, dose: Dose, team: Team
) -> None:
    doctor = await make.make_staff(session, team=team)
    await make.make_staff(session)
    film = await make.make_recording(session, dose=dose, state=RecordingState.PROCESSING)
    at, waits = clock.now() + timedelta(minutes=16), []
    for _ in stuck_films.WAITS:
        with clock.frozen(at):
            await jobs.requeue_films(context)
            await jobs.requeue_films(context)
            assert len(await queued(session)) == 1
            await all_give_up(session)
            await session.refresh(film)
            assert film.next_round_at is not None
            waits.append((film.next_round_at - at) / HOUR)
        with clock.frozen(film.next_round_at - timedelta(seconds=1)):
            await jobs.requeue_films(context)
            assert await queued(session) == []
        at = film.next_round_at
    assert waits == [0.5, 2, 6, 12, 24, 24]
    assert await told(session) == []

    for days in (0, 1, 30):
        with clock.frozen(at + timedelta(days=days)):
            await jobs.requeue_films(context)

    assert await queued(session) == []
    assert await told(session) == [(doctor.id, "film_stuck")]
    await session.refresh(dose)
    assert (film.state, dose.progress) == (RecordingState.PROCESSING, Progress.PROCESSING)


async def test_patient_reads_that_it_is_received_when_all_tries_are_over(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    rounds = len(stuck_films.WAITS) + 1
    await make.make_recording(session, dose=dose, state=RecordingState.PROCESSING, rounds=rounds)

    card = await phone.card(dose)

    assert card["state"] == "processing"
    assert card["can_film"] is False  # nobody is asked to swallow twice


async def test_no_round_is_counted_while_the_storage_is_away(
    session: AsyncSession, context: JobContext, settings: Settings, dose: Dose
) -> None:
    film = await make.make_recording(session, dose=dose, state=RecordingState.PROCESSING)
    away = Storage(settings.model_copy(update={"s3_endpoint": HttpUrl("http://127.0.0.1:9")}))

    with clock.frozen(clock.now() + HOUR), pytest.raises(StorageUnavailable):
        await jobs.requeue_films(JobContext(settings, context.sessions, away, FEATURES))

    await session.refresh(film)
    assert film.rounds == 0
    assert await queued(session) == []


async def test_after_an_outage_films_are_queued_a_page_at_a_time_each_patient_in_turn(
    session: AsyncSession, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stuck_films, "BATCH", 2)
    at = clock.now()  # the same for all: no film is lost between two pages
    films = [
        await make.make_recording(session, state=RecordingState.UPLOADED, uploaded_at=at)
        for _ in range(5)
    ]

    with clock.frozen(at + HOUR):
        await jobs.requeue_films(context)

    assert sorted(await queued(session)) == sorted(
        (str(film.media_id), f"medication.film_arrived:{film.patient_id}") for film in films
    )


async def test_queueing_many_films_is_a_fixed_number_of_statements(
    session: AsyncSession, context: JobContext, connection: object
) -> None:
    counts = []
    for films in (1, 5):
        for _ in range(films):
            await make.make_recording(session, state=RecordingState.UPLOADED)
        with clock.frozen(clock.now() + HOUR * films), counted(connection) as statements:  # type: ignore[arg-type]
            await jobs.requeue_films(context)
        counts.append(len([s for s in statements if "procrastinate_defer_jobs" in s]))
        await all_give_up(session)

    assert counts == [1, 1]


async def test_films_of_one_patient_are_worked_on_one_after_another(
    phone: Phone, session: AsyncSession, patient: Patient, dose: Dose, good_film: bytes
) -> None:
    await phone.send(dose, good_film)

    assert [lock for _, lock in await queued(session)] == [f"medication.film_arrived:{patient.id}"]


# -- lost


async def lost(session: AsyncSession, context: JobContext, film: Recording) -> None:
    """No factory puts bytes into the storage, so the nightly comparison finds it missing."""
    await sweep(context)
    await jobs.film_deleted(context, media_id=str(film.media_id))
    await session.refresh(film)


async def test_film_lost_before_anybody_read_it_lets_go_of_its_dose(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, team: Team
) -> None:
    doctor = await make.make_staff(session, team=team)
    film = await make.make_recording(session, dose=dose)

    for _ in range(2):
        await lost(session, context, film)

    assert film.film_deleted_at is not None
    assert film.pending_reading is None
    await session.refresh(dose)
    assert (dose.progress, dose.evidence) == (Progress.NONE, Evidence.NONE)
    assert await told(session) == [(doctor.id, "film_lost")]
    assert (await phone.card(dose))["state"] == "open"


@pytest.mark.parametrize(
    ("columns", "evidence"),
    [
        ({"self_reported_taken": True}, Evidence.SELF_REPORT),
        ({"self_reported_taken": False}, Evidence.NONE),
        ({"evidence": Evidence.IN_PERSON}, Evidence.IN_PERSON),
        ({"verdict": Verdict.REJECTED}, Evidence.VIDEO),
    ],
)
async def test_what_else_is_known_of_the_dose_stays(
    session: AsyncSession, context: JobContext, dose: Dose, columns: dict[str, object],
    evidence: Evidence,
) -> None:  # fmt: skip
    neighbour = await make.make_recording(session)
    film = await make.make_recording(session, dose=dose)
    for name, value in columns.items():
        setattr(dose, name, value)
    await session.flush()

    await jobs.film_deleted(context, media_id=str(film.media_id))

    await session.refresh(dose)
    assert (dose.progress, dose.evidence) == (Progress.NONE, evidence)
    await session.refresh(neighbour)
    assert neighbour.pending_reading is Reading.FIRST


async def test_lost_film_of_a_closed_window_may_be_a_miss(
    session: AsyncSession, context: JobContext, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    doses = await make.make_doses(session, patient=patient, treatment=treatment, days=2)
    film = await make.make_recording(session, dose=doses[-1])

    await lost(session, context, film)

    alerts = (await session.scalars(select(Alert))).all()
    assert [alert.subject_id for alert in alerts] == [treatment.id]


async def test_reviewed_film_that_is_lost_keeps_its_verdict_and_shows_no_player(
    app: FastAPI, session: AsyncSession, context: JobContext, dose: Dose, team: Team
) -> None:
    doctor = await make.make_staff(session, team=team)
    film = await make.make_recording(session, dose=dose)
    await make.make_review(session, recording=film, reviewer=doctor)
    browser = await staff_client(app, session, doctor.id)
    before = await browser.get(f"/staff/doses/{dose.id}")

    await lost(session, context, film)

    page = await browser.get(f"/staff/doses/{dose.id}")
    assert f"/staff/recordings/{film.id}/film" in before.text
    assert f"/staff/recordings/{film.id}/film" not in page.text
    assert "已不在存储中" in page.text
    assert (await browser.get(f"/staff/recordings/{film.id}/film")).status_code == 404
    await session.refresh(dose)
    assert dose.verdict is Verdict.OBSERVED
    assert await told(session) == []


async def test_waiting_film_that_the_storage_has_lost_is_refused_by_its_job(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    film = await make.make_recording(session, dose=dose, state=RecordingState.UPLOADED)

    await jobs.film_arrived(context, media_id=str(film.media_id))

    await session.refresh(film)
    assert film.state is RecordingState.UNUSABLE
    assert (await phone.card(dose))["can_film"] is True
