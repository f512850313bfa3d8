"""Who withdraws or closes is shown no more: films in the queue, on a screen, read once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.main import create_app, dispose_engines
from app.media import jobs as media_jobs
from app.medication import jobs
from app.medication.consents import PURPOSE
from app.medication.models import (
    Dose,
    Evidence,
    Reading,
    Recording,
    RecordingState,
)
from app.medication.service.withdrawals import FILM_LET_GO
from app.notifications.models import Notice
from app.patients.models import Patient
from tests.accounts.factories import wechat_client
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.phone import Phone, phone_of, post_film, process
from tests.medication.saying_no import (
    FILM,
    SAYS_NO,
    Act,
    close,
    film_now,
    media_now,
    run_queued,
    sent_film,
    withdraw,
)

pytestmark = pytest.mark.usefixtures("noon")


# -- between job and review -----------------------------------------------------------------------


@SAYS_NO
async def test_a_film_in_the_queue_is_shown_to_nobody_from_that_moment(
    say_no: Act, phone: Phone, desk: Desk, session: AsyncSession, dose: Dose,
    neighbour: Recording,
) -> None:  # fmt: skip
    """No job has run: the queue itself reads the truth."""
    film = await sent_film(session, phone, dose)
    await say_no(phone)

    item = await desk.next()

    assert item is not None
    assert item["recording_id"] == str(neighbour.id)
    assert await desk.next(neighbour.id) is None
    assert (await desk.http.get("/api/reviews/summary")).json()["waiting"] == 1
    assert (await desk.http.get(f"/staff/recordings/{film.id}/film")).status_code == 404
    shown = (await desk.http.get(f"/staff/patients/{phone.patient.id}/medication/films")).text
    assert "stills/" not in shown


async def test_a_film_on_the_screen_can_be_neither_held_nor_decided(
    phone: Phone, desk: Desk, session: AsyncSession, dose: Dose
) -> None:
    film = await sent_film(session, phone, dose)
    item = await desk.next()
    assert item is not None
    await withdraw(phone)

    kept = await desk.http.post("/api/reviews/keep", json={"holding": [str(film.id)]})

    assert kept.json()["kept"] == []
    assert (await desk.decide(film.id)).status_code == 404
    stored = await session.get_one(Dose, dose.id, populate_existing=True)
    assert stored.verdict is None


async def test_afterwards_nothing_of_it_is_left_and_the_patient_is_told(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, good_film: bytes,
    neighbour: Recording,
) -> None:  # fmt: skip
    film = await process(context, session, await phone.send(dose, good_film))
    keys = [film.film_key, film.poster_key, film.sheet_key]
    await withdraw(phone)

    await run_queued(context, session)
    await jobs.drop_stills(context, media_id=str(film.media_id))
    await media_jobs.expire(context)

    film = await film_now(session, film.id)
    assert (film.state, film.pending_reading) == (RecordingState.ABANDONED, None)
    kept = select(Recording.film_key, Recording.poster_key, Recording.fingerprint)
    assert (await session.execute(kept.where(Recording.id == film.id))).one() == (None, None, None)
    assert [await context.storage.head(str(key)) for key in keys] == [None, None, None]
    assert (await phone.card(dose))["state"] == "open"
    inbox = (await phone.http.get("/api/notices")).json()["items"]
    assert [notice["title"] for notice in inbox] == [FILM_LET_GO.title]
    assert (await film_now(session, neighbour.id)).pending_reading is Reading.FIRST


async def test_a_film_that_was_read_keeps_its_verdict_and_its_day(
    phone: Phone, desk: Desk, session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    film = await sent_film(session, phone, dose)
    await desk.next()
    assert (await desk.decide(film.id)).status_code == 201
    film = await film_now(session, film.id)
    film.pending_reading = Reading.SECOND
    await session.flush()
    day = (await media_now(session, film)).delete_at

    await withdraw(phone)
    await run_queued(context, session)

    film = await film_now(session, film.id)
    assert (film.state, film.pending_reading) == (RecordingState.READY, None)
    assert (await media_now(session, film)).delete_at == day
    assert (await phone.card(dose))["state"] == "observed"


async def test_a_verdict_taken_back_after_the_withdrawal_waits_for_nobody(
    phone: Phone, desk: Desk, session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    film = await sent_film(session, phone, dose)
    await desk.next()
    review = (await desk.decide(film.id)).json()
    await withdraw(phone)
    await run_queued(context, session)

    assert (await desk.undo(review["review_id"])).status_code == 204

    assert (await film_now(session, film.id)).state is RecordingState.ABANDONED
    assert (await phone.card(dose))["state"] == "open"


async def test_a_self_report_stays_when_the_film_goes(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    film = await sent_film(session, phone, dose)
    dose.self_reported_taken = True
    await session.flush()
    await withdraw(phone)

    await run_queued(context, session)

    stored = await session.get_one(Dose, dose.id, populate_existing=True)
    assert (stored.evidence, stored.recording_id) == (Evidence.SELF_REPORT, film.id)


async def test_agreeing_again_before_the_job_ran_keeps_the_film(
    phone: Phone, desk: Desk, session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    film = await sent_film(session, phone, dose)
    await withdraw(phone)
    documents = (await phone.http.get("/api/consents/documents")).json()
    yes = [{k: d[k] for k in ("purpose", "version")} for d in documents if d["purpose"] == PURPOSE]
    await phone.http.post("/api/consents", json={"accepted": yes})

    await run_queued(context, session)

    assert (await film_now(session, film.id)).state is RecordingState.READY
    assert await desk.next() is not None


async def test_closing_lets_go_in_the_same_transaction_and_writes_to_no_inbox(
    phone: Phone, session: AsyncSession, dose: Dose, patient: Patient
) -> None:
    other_dose = await make.make_dose(session, patient=patient)
    film = await sent_film(session, phone, dose)
    announced = await sent_film(session, phone, other_dose, state=RecordingState.REQUESTED)

    await close(phone)

    assert (await film_now(session, film.id)).state is RecordingState.ABANDONED
    assert (await film_now(session, announced.id)).state is RecordingState.ABANDONED
    notices = await session.execute(select(Notice).where(Notice.patient_id == film.patient_id))
    assert notices.all() == []


# -- both at once ---------------------------------------------------------------------------------


@pytest.fixture
async def real_app(settings: Settings, committed_database: Sessionmaker) -> AsyncIterator[FastAPI]:
    made = create_app(settings)
    made.state.sessions = committed_database
    yield made
    await made.state.http.aclose()
    await dispose_engines(made)


async def test_withdrawing_and_confirming_at_once_never_leaves_a_film_to_see(
    real_app: FastAPI, settings: Settings, committed_database: Sessionmaker
) -> None:
    context = JobContext(settings, committed_database, Storage(settings), FEATURES)
    async with committed_database.begin() as session:
        patient = await make.make_patient(session)
        doses = [await make.make_dose(session, patient=patient) for _ in range(1)]
        other = await make.make_patient(session)
        others = await make.make_dose(session, patient=other)
    phone, neighbour = phone_of(real_app, patient), phone_of(real_app, other)
    announced = (await phone.announce(doses[0])).json()
    await post_film(announced["upload"], FILM)
    kept = await neighbour.send(others, FILM)
    again = wechat_client(real_app, patient.wechat_account_id)  # type: ignore[arg-type]

    answers = await asyncio.gather(
        phone.confirm(announced["recording_id"]),
        again.post(f"/api/consents/{PURPOSE}/withdraw"),
    )

    assert answers[1].status_code == 200
    async with committed_database() as session:
        film = await film_now(session, announced["recording_id"])
    await jobs.consent_withdrawn(context, account_id=str(patient.wechat_account_id))
    await jobs.film_arrived(context, media_id=str(film.media_id))
    async with committed_database() as session:
        film = await film_now(session, announced["recording_id"])
        assert film.state is RecordingState.ABANDONED
        assert (await media_now(session, film)).delete_at is not None
        assert (await film_now(session, kept)).state is RecordingState.UPLOADED
    await phone.http.aclose()
    await neighbour.http.aclose()
    await again.aclose()
