"""Two films of one dose on their way: whichever arrives is taken in, and one of them is read."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.main import create_app, dispose_engines
from app.media.video import VideoProblem
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
from app.medication.service import films_behind, never_sent, recordings
from app.medication.service.stuck_films import stuck_films
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.films import PROCESSED
from tests.medication.phone import Phone, phone_of, post_film

pytestmark = pytest.mark.usefixtures("noon")
FILM = b"no film, but the storage does not look inside"


async def announced(phone: Phone, dose: Dose, key: str) -> dict[str, Any]:
    answer = await phone.announce(dose, key=key)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def sent(phone: Phone, film: dict[str, Any]) -> dict[str, Any]:
    assert (await post_film(film["upload"], FILM)).status_code == 201
    answer = await phone.confirm(film["recording_id"])
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def two(phone: Phone, dose: Dose) -> tuple[dict[str, Any], dict[str, Any]]:
    """Announce from both phones before a byte of either was sent."""
    return await announced(phone, dose, "first-phone"), await announced(phone, dose, "second-phone")


async def film_of(session: AsyncSession, film: dict[str, Any]) -> Recording:
    key = UUID(film["recording_id"])
    return await session.get_one(Recording, key, populate_existing=True)


async def processed(session: AsyncSession, settings: Settings, film: dict[str, Any]) -> bool:
    """Do what the video work does."""
    row = await film_of(session, film)
    if await recordings.begin_processing(session, row.media_id) is None:
        return False
    await session.flush()
    return await recordings.finish_processing(session, settings, row.id, PROCESSED)


async def dose_now(session: AsyncSession, dose: Dose) -> Dose:
    return await session.get_one(Dose, dose.id, populate_existing=True)


async def test_the_first_that_arrives_is_taken_in_whichever_was_announced_last(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    first, _ = await two(phone, dose)

    told = await sent(phone, first)

    assert told["state"] == "uploaded"
    now = await dose_now(session, dose)
    assert (now.recording_id, now.progress) == (UUID(first["recording_id"]), Progress.PROCESSING)
    assert (await phone.card(dose))["state"] == "processing"


async def test_both_are_kept_and_one_waits_for_a_reader(
    phone: Phone, desk: Desk, session: AsyncSession, settings: Settings, dose: Dose
) -> None:
    neighbour = await make.make_recording(session)
    first, second = await two(phone, dose)
    await sent(phone, second)

    told = await sent(phone, first)  # to its phone it is delivered as any

    assert told["state"] == "uploaded"
    assert (await announced(phone, dose, "first-phone"))["upload"] is None
    assert await processed(session, settings, second)
    assert not await processed(session, settings, first)
    waiting = await session.scalars(
        select(Recording.id).where(
            Recording.pending_reading == Reading.FIRST, Recording.dose_id == dose.id
        )
    )
    assert waiting.all() == [UUID(second["recording_id"])]
    page = (await desk.http.get(f"/staff/doses/{dose.id}")).text
    assert f"film-{first['recording_id']}" in page
    assert f"film-{second['recording_id']}" in page
    assert "先看另一段" in page
    await make.refreshed(session, neighbour)
    assert neighbour.pending_reading is Reading.FIRST


async def test_what_waits_behind_is_neither_stuck_nor_forgotten(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    first, second = await two(phone, dose)
    await sent(phone, first)
    await sent(phone, second)
    await session.execute(text("delete from procrastinate_jobs"))

    with clock.frozen(clock.now() + timedelta(days=5)):
        stuck = [film.recording_id for film in await stuck_films(session, None)]
        lost = await never_sent.never_sent(session, None)

    assert UUID(first["recording_id"]) in stuck
    assert UUID(second["recording_id"]) not in {*stuck, *(film.recording_id for film in lost)}


async def test_the_second_is_worked_on_when_the_first_is_no_film(
    phone: Phone, session: AsyncSession, settings: Settings, dose: Dose
) -> None:
    first, second = await two(phone, dose)
    await sent(phone, first)
    await sent(phone, second)
    row = await film_of(session, first)
    await recordings.begin_processing(session, row.media_id)
    await session.flush()

    await recordings.refuse_film(session, row.id, VideoProblem.NOT_A_VIDEO)

    assert (await phone.card(dose))["state"] == "processing"
    assert await processed(session, settings, second)
    now = await dose_now(session, dose)
    assert (now.recording_id, now.progress, now.evidence) == (
        UUID(second["recording_id"]), Progress.PENDING_REVIEW, Evidence.VIDEO,
    )  # fmt: skip


async def _read(
    session: AsyncSession, settings: Settings, phone: Phone, desk: Desk, dose: Dose, verdict: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let both arrive, and the first be read."""
    first, second = await two(phone, dose)
    await sent(phone, first)
    await sent(phone, second)
    assert await processed(session, settings, first)
    item = await desk.next()
    assert item is not None
    answer = await desk.decide(item["recording_id"], verdict)
    assert answer.status_code == 201, answer.text
    return first, second


async def test_the_second_is_read_when_a_person_refused_the_first(
    phone: Phone, desk: Desk, session: AsyncSession, settings: Settings, context: JobContext,
    dose: Dose,
) -> None:  # fmt: skip
    _, second = await _read(session, settings, phone, desk, dose, "rejected")

    await jobs.take_up_films(context)  # the verdict may still be undone
    assert (await film_of(session, second)).behind
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        await jobs.take_up_films(context)
        await jobs.take_up_films(context)

    assert not (await film_of(session, second)).behind
    assert await processed(session, settings, second)
    now = await dose_now(session, dose)
    assert (now.recording_id, now.progress) == (
        UUID(second["recording_id"]), Progress.PENDING_REVIEW,
    )  # fmt: skip


async def test_the_second_is_not_read_when_the_first_was_accepted(
    phone: Phone, desk: Desk, session: AsyncSession, settings: Settings, context: JobContext,
    dose: Dose,
) -> None:  # fmt: skip
    _, second = await _read(session, settings, phone, desk, dose, "observed")

    with clock.frozen(clock.now() + timedelta(minutes=1)):
        await jobs.take_up_films(context)

    assert (await film_of(session, second)).behind
    assert (await dose_now(session, dose)).verdict is Verdict.OBSERVED


async def test_what_arrives_after_the_other_was_accepted_is_kept_and_not_read(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    first, second = await two(phone, dose)
    await sent(phone, first)
    await session.execute(
        update(Recording).where(Recording.dose_id == dose.id, Recording.uploaded_at.is_not(None))
        .values(state=RecordingState.READY)
    )  # fmt: skip
    await session.execute(
        update(Dose)
        .where(Dose.id == dose.id)
        .values(verdict=Verdict.OBSERVED, progress=Progress.NONE)
    )

    told = await sent(phone, second)

    assert told["state"] == "uploaded"
    assert (await film_of(session, second)).behind
    assert (await phone.card(dose))["state"] == "observed"


async def test_a_dose_waits_for_the_other_film_when_the_newer_one_is_given_up(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    first, second = await two(phone, dose)
    old = clock.now() - timedelta(hours=97)
    await session.execute(
        update(Recording).where(Recording.id == UUID(second["recording_id"])).values(created_at=old)
    )

    await never_sent.give_up_uploads(session, [UUID(second["recording_id"])])

    now = await dose_now(session, dose)
    assert (now.recording_id, now.progress) == (UUID(first["recording_id"]), Progress.UPLOADING)


async def test_of_many_announcements_only_a_few_are_waited_for(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    for number in range(7):
        await announced(phone, dose, f"film-number-{number}")

    films = await session.scalars(
        select(Recording.client_key).where(
            Recording.dose_id == dose.id, Recording.state == RecordingState.REQUESTED
        )
    )
    assert sorted(films) == [f"film-number-{number}" for number in range(3, 7)]


# -- at once --------------------------------------------------------------------------------------


@pytest.fixture
async def real_app(settings: Settings, committed_database: Sessionmaker) -> AsyncIterator[FastAPI]:
    made = create_app(settings)
    made.state.sessions = committed_database
    yield made
    await made.state.http.aclose()
    await dispose_engines(made)


async def test_two_films_that_arrive_at_once_are_both_taken_in_and_one_stands_in_front(
    real_app: FastAPI, committed_database: Sessionmaker
) -> None:
    async with committed_database.begin() as session:
        patient: Patient = await make.make_patient(session)
        dose = await make.make_dose(session, patient=patient)
    phone = phone_of(real_app, patient)
    films = [await announced(phone, dose, f"phone-number-{number}") for number in range(3)]
    for film in films:
        await post_film(film["upload"], FILM)

    answers = await asyncio.gather(*(phone.confirm(film["recording_id"]) for film in films))

    assert {(a.status_code, a.json()["state"]) for a in answers} == {(200, "uploaded")}
    async with committed_database.begin() as session:
        behind = await session.scalars(select(Recording.behind).where(Recording.dose_id == dose.id))
        assert sorted(behind) == [False, True, True]
        await films_behind.take_up(session, [dose.id])  # one is at work: nothing moves
    async with committed_database() as session:
        front = await session.scalars(
            select(Recording.id).where(Recording.dose_id == dose.id, ~Recording.behind)
        )
        assert front.all() == [(await session.get_one(Dose, dose.id)).recording_id]
