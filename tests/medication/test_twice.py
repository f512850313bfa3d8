"""A job or a click that comes late changes nothing that has been decided since."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from app.alerts.models import Alert
from app.core import clock
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage, StoredObject
from app.media.video import VideoProblem
from app.medication import jobs
from app.medication.models import (
    Dose,
    Evidence,
    Progress,
    Recording,
    RecordingState,
    Verdict,
)
from app.medication.service import recordings
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.phone import Phone, post_film, process

pytestmark = pytest.mark.usefixtures("noon")
FOUND = recordings.Processed(
    film_key="films/late/film.mp4",
    poster_key="stills/late/poster.jpg",
    sheet_key="stills/late/sheet.jpg",
    duration_ms=1,
    width=1,
    height=1,
    fingerprint=b"",
    flags=[],
)


async def test_a_second_worker_finishing_the_same_film_changes_nothing(
    session: AsyncSession, context: JobContext, film: Recording
) -> None:
    before = (film.film_key, film.duration_ms, film.state)

    await recordings.finish_processing(session, context.settings, film.id, FOUND)
    refused = await recordings.refuse_film(session, film.id, VideoProblem.TRUNCATED)

    await session.refresh(film)
    assert refused is None
    assert (film.film_key, film.duration_ms, film.state) == before
    assert film.problem is None


async def test_a_film_filmed_again_and_unusable_leaves_the_rejection(
    session: AsyncSession, phone: Phone, dose: Dose, film: Recording
) -> None:
    await make.make_review(session, recording=film, verdict=Verdict.REJECTED)
    again = await make.make_recording(session, dose=dose, state=RecordingState.PROCESSING)

    await recordings.refuse_film(session, again.id, VideoProblem.EMPTY)
    await session.flush()

    await session.refresh(dose)
    assert (dose.evidence, dose.progress) == (Evidence.VIDEO, Progress.NONE)
    card = await phone.card(dose)
    assert (card["state"], card["can_film"]) == ("rejected", True)


async def test_a_film_that_the_dose_has_left_moves_it_no_more(
    session: AsyncSession, desk: Desk, phone: Phone, dose: Dose, film: Recording
) -> None:
    assert film.dose_id == dose.id
    await make.make_recording(session, dose=dose, state=RecordingState.UNUSABLE)

    assert (await desk.take("observed")).status_code == 201

    await session.refresh(dose)
    assert dose.verdict is None
    assert (await phone.card(dose))["state"] == "open"


async def test_a_film_of_nobodys_announcing_is_left_alone(
    session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    film = await make.make_recording(session, dose=dose, state=RecordingState.UNUSABLE)

    await jobs.film_arrived(context, media_id=str(film.media_id))

    await session.refresh(film)
    assert film.state is RecordingState.UNUSABLE


async def test_looking_for_misses_with_nothing_missed_raises_no_alert(
    session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    assert dose.closes_at > clock.now()

    await jobs.notice_misses(context)
    await jobs.notice_misses_again(context)

    assert await session.scalar(select(func.count()).select_from(Alert)) == 0


class Overtaken(Storage):
    """A storage whose answer about an object comes after something else has happened."""

    def __init__(self, settings: Settings, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__(settings)
        self.meanwhile = meanwhile

    @override
    async def head(self, key: str) -> StoredObject | None:
        stored = await super().head(key)
        await self.meanwhile()
        return stored


async def test_a_phone_overtaken_by_the_job_hears_that_the_film_is_there(
    app: FastAPI, session: AsyncSession, phone: Phone, context: JobContext, dose: Dose
) -> None:
    announced = (await phone.announce(dose)).json()
    await post_film(announced["upload"], b"<html>")

    async def the_job_runs() -> None:
        await process(context, session, UUID(announced["recording_id"]))

    app.state.storage = Overtaken(app.state.settings, the_job_runs)
    answer = await phone.confirm(announced["recording_id"])

    assert (answer.status_code, answer.json()["recording_id"]) == (200, announced["recording_id"])
    assert (await phone.card(dose))["recording"]["problem"] == "not_a_video"


async def test_a_phone_overtaken_by_another_hears_that_its_film_was_taken_in(
    app: FastAPI, phone: Phone, dose: Dose
) -> None:
    announced = (await phone.announce(dose)).json()
    await post_film(announced["upload"], b"<html>")

    async def another_phone_films() -> None:
        await phone.announce(dose, key="film-of-the-other-phone")

    app.state.storage = Overtaken(app.state.settings, another_phone_films)
    answer = await phone.confirm(announced["recording_id"])

    assert (answer.status_code, answer.json()["state"]) == (200, "uploaded")
