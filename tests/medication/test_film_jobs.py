"""Real films through the real job: from the phone's bytes to the calendar."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import HttpUrl
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert
from app.core import clock
from app.core.job_context import JobContext
from app.core.storage import Storage, StorageUnavailable
from app.media import jobs as media_jobs
from app.media.models import MediaObject, MediaState
from app.media.video import VideoProblem
from app.medication import jobs
from app.medication.models import (
    Dose,
    Evidence,
    Progress,
    Reading,
    Recording,
    RecordingFlag,
    RecordingState,
    Treatment,
)
from app.medication.service.announcements import ON_THEIR_WAY
from app.patients.models import Patient
from tests.media.video.films import Recipe, write_film
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.phone import Phone, phone_of, post_film, process

pytestmark = pytest.mark.usefixtures("noon")


async def test_a_film_from_the_phone_to_the_rate(
    app: FastAPI, phone: Phone, desk: Desk, session: AsyncSession, context: JobContext,
    dose: Dose, good_film: bytes,
) -> None:  # fmt: skip
    app.state.settings = app.state.settings.model_copy(update={"second_reading_percent": 0})
    recording_id = await phone.send(dose, good_film)
    assert (await phone.card(dose))["state"] == "processing"

    film = await process(context, session, recording_id)
    assert film.state is RecordingState.READY
    assert film.flags == []
    assert (film.width, film.height) == (96, 128)
    assert film.duration_ms == pytest.approx(9000, abs=200)
    assert film.due_by == clock.now() + timedelta(hours=24)
    assert (await phone.card(dose))["state"] == "pending_review"

    item = await desk.next()
    assert item is not None
    async with AsyncClient(timeout=30) as http:
        for link, kind in (("film_url", "video/mp4"), ("poster_url", "image/jpeg")):
            got = await http.get(item[link])
            assert (got.status_code, got.headers["content-type"]) == (200, kind)
        some = await http.get(item["film_url"], headers={"range": "bytes=0-99"})
        assert (some.status_code, len(some.content)) == (206, 100)
    assert (await desk.decide(recording_id)).status_code == 201

    with clock.frozen(dose.closes_at):
        told = (await phone_of(app, phone.patient).http.get("/api/doses/calendar/2026-09")).json()
    assert told["days"][0]["doses"][0]["state"] == "observed"
    assert told["treatments"][0]["rates"]["observed_rate"] == 1.0


async def test_a_rejected_film_is_filmed_again_and_accepted(
    phone: Phone, desk: Desk, session: AsyncSession, context: JobContext, dose: Dose,
    good_film: bytes, tmp_path: Path,
) -> None:  # fmt: skip
    await process(context, session, await phone.send(dose, good_film))
    await desk.take("rejected")
    assert (await phone.card(dose))["can_film"] is True

    other = write_film(tmp_path / "other.mp4", Recipe(seconds=12, width=128, height=96))
    await process(context, session, await phone.send(dose, other.read_bytes(), key="second-film"))
    await desk.take("observed")

    card = await phone.card(dose)
    assert card["state"] == "observed"
    assert [r["verdict"] for r in card["recordings"]] == ["observed", "rejected"]


async def test_the_job_run_twice_changes_nothing(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, good_film: bytes
) -> None:
    recording_id = await phone.send(dose, good_film)
    first = await process(context, session, recording_id)
    known = (first.ready_at, first.poster_key, first.pending_reading)

    with clock.frozen(clock.now() + timedelta(minutes=1)):
        second = await process(context, session, recording_id)

    assert (second.ready_at, second.poster_key, second.pending_reading) == known


async def test_a_job_killed_in_the_middle_is_done_by_the_next(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, good_film: bytes
) -> None:
    recording_id = await phone.send(dose, good_film)
    await session.execute(
        update(Recording)
        .where(Recording.id == recording_id)
        .values(state=RecordingState.PROCESSING)
    )

    assert (await process(context, session, recording_id)).state is RecordingState.READY


async def test_flags_of_time_and_code_and_a_film_seen_before(
    app: FastAPI, phone: Phone, session: AsyncSession, context: JobContext, patient: Patient,
    dose: Dose, good_film: bytes,
) -> None:  # fmt: skip
    await process(context, session, await phone.send(dose, good_film))
    later = await make.make_dose(session, patient=patient)
    announced = await phone.announce(later, key="second-film", day_code="0000")
    await post_film(announced.json()["upload"], good_film)
    recording_id = announced.json()["recording_id"]

    with clock.frozen(later.closes_at + timedelta(hours=5)):
        fresh = phone_of(app, patient)  # the token ran out meanwhile
        assert (await fresh.confirm(recording_id)).status_code == 200
        film = await process(context, session, UUID(recording_id))

    assert set(film.flags) == {
        RecordingFlag.NEAR_DUPLICATE,
        RecordingFlag.WRONG_DAY,
        RecordingFlag.LATE_UPLOAD,
    }
    assert film.flagged is True


async def test_a_film_of_another_patient_is_no_duplicate(
    app: FastAPI, phone: Phone, session: AsyncSession, context: JobContext, dose: Dose,
    good_film: bytes,
) -> None:  # fmt: skip
    await process(context, session, await phone.send(dose, good_film))
    neighbour = await make.make_patient(session)
    theirs = await make.make_dose(session, patient=neighbour)
    sent = await phone_of(app, neighbour).send(theirs, good_film)

    assert (await process(context, session, sent)).flags == []


async def test_webm_is_made_playable(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, tmp_path: Path
) -> None:
    source = write_film(tmp_path / "film.webm", Recipe(codec="libvpx", audio=None))
    announced = (await phone.announce(dose, content_type="video/webm")).json()
    await post_film(announced["upload"], source.read_bytes())
    await phone.confirm(announced["recording_id"])

    film = await process(context, session, UUID(announced["recording_id"]))

    assert film.state is RecordingState.READY
    assert film.film_key is not None
    assert film.film_key.endswith("/film.mp4")
    stored = await context.storage.head(film.film_key)
    assert stored is not None
    assert stored.content_type == "video/mp4"


async def test_storage_away_leaves_the_film_for_a_later_try(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, good_film: bytes
) -> None:
    recording_id = await phone.send(dose, good_film)
    away = context.settings.model_copy(update={"s3_endpoint": HttpUrl("http://127.0.0.1:9")})
    broken = replace(context, storage=Storage(away))

    with pytest.raises(StorageUnavailable):
        await process(broken, session, recording_id)

    assert (await phone.card(dose))["state"] == "processing"
    assert (await process(context, session, recording_id)).state is RecordingState.READY


async def filmed_again(phone: Phone, dose: Dose) -> dict[str, Any]:
    """Announce a film, and so many after it that it is waited for no more."""
    first: dict[str, Any] = (await phone.announce(dose, key="first-film")).json()
    for number in range(ON_THEIR_WAY):
        await phone.announce(dose, key=f"film-again-{number}")
    return first


async def test_the_object_of_a_film_that_was_filmed_again_goes_with_its_form(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, good_film: bytes
) -> None:
    """Nobody confirms it: the key is deleted when the form can write no more."""
    first = await filmed_again(phone, dose)
    second = (await phone.announce(dose, key="film-again-0")).json()
    for announced in (first, second):
        await post_film(announced["upload"], good_film)
    replayed = (await phone.announce(dose, key="first-film")).json()
    queued = text("select args from procrastinate_jobs where task_name = 'media.drop_source'")

    for args in (await session.scalars(queued)).all():
        await media_jobs.drop_source(context, **args)

    assert (replayed["state"], replayed["upload"]) == ("abandoned", None)
    is_there = [
        await context.storage.head(announced["upload"]["fields"]["key"]) is not None
        for announced in (first, second)
    ]
    assert is_there == [False, True]


async def test_a_film_let_go_that_arrives_all_the_same_is_deleted(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, good_film: bytes
) -> None:
    first = await filmed_again(phone, dose)
    await post_film(first["upload"], good_film)
    film = await session.get_one(Recording, UUID(first["recording_id"]))

    await jobs.film_arrived(context, media_id=str(film.media_id))

    media = await session.get_one(MediaObject, film.media_id, populate_existing=True)
    assert media.delete_at == clock.now()
    assert (await phone.card(dose))["state"] == "uploading"


async def test_films_without_a_job_get_one_again(
    session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    film = await make.make_recording(session, dose=dose, state=RecordingState.PROCESSING)

    await jobs.requeue_films(context)
    assert await _queued(session, film) == 0  # too young: its job may be on its way
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        await jobs.requeue_films(context)
        await jobs.requeue_films(context)

    assert await _queued(session, film) == 1


async def _queued(session: AsyncSession, film: Recording) -> int:
    counting = text(
        "select count(*) from procrastinate_jobs where task_name = 'medication.film_arrived'"
        " and args->>'media_id' = :id"
    )
    return int((await session.execute(counting, {"id": str(film.media_id)})).scalar_one())


async def test_a_deleted_film_leaves_stills_and_verdict(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    film = await make.make_recording(session, dose=dose)
    await make.make_review(session, recording=film)
    film.pending_reading = Reading.SECOND
    await session.flush()

    await jobs.film_deleted(context, media_id=str(film.media_id))
    await jobs.film_deleted(context, media_id=str(film.media_id))

    (told,) = (await phone.card(dose))["recordings"]
    assert (told["deleted"], told["verdict"]) == (True, "observed")
    assert told["still_url"] is not None
    await session.refresh(film)
    assert film.pending_reading is None


async def test_an_upload_that_never_came_is_given_up_and_may_be_a_miss(
    session: AsyncSession, context: JobContext, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    doses = await make.make_doses(session, patient=patient, treatment=treatment, days=8)
    for dose in doses[:6]:
        dose.evidence = Evidence.IN_PERSON
    for dose in doses[6:]:
        await make.make_recording(session, dose=dose, state=RecordingState.REQUESTED)

    await jobs.give_up_uploads(context)
    assert doses[6].progress is Progress.UPLOADING
    with clock.frozen(clock.now() + timedelta(hours=97)):
        await jobs.give_up_uploads(context)
        await jobs.give_up_uploads(context)

    await session.refresh(doses[7])
    assert doses[7].progress is Progress.NONE
    alerts = (await session.scalars(select(Alert))).all()
    assert [a.subject_id for a in alerts] == [treatment.id]


async def test_layout_job_lays_all_in_batches_and_rests(
    session: AsyncSession, context: JobContext, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)

    await jobs.lay_out_doses(context)
    await jobs.lay_out_doses(context)

    laid = await session.scalars(select(Dose.due_on).where(Dose.treatment_id == treatment.id))
    assert len(laid.all()) == context.settings.dose_horizon_days + 1
    assert (await session.get_one(Treatment, treatment.id)) is treatment


async def test_an_unusable_film_leaves_the_dose_as_it_was_said(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    await phone.report(dose)
    film = await process(context, session, await phone.send(dose, b"<html>"))

    assert (film.state, film.problem) == (RecordingState.UNUSABLE, VideoProblem.NOT_A_VIDEO)
    assert (await phone.card(dose))["state"] == "self_reported"
    await session.refresh(dose)
    assert dose.evidence is Evidence.SELF_REPORT
    media = await session.get_one(MediaObject, film.media_id, populate_existing=True)
    assert (media.state, media.delete_at) == (
        MediaState.STORED,
        clock.now() + timedelta(days=7),
    )
