"""Bad files through the real way in: a stable answer in Chinese, and the dose stays open."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.job_context import JobContext
from app.media.models import MediaObject
from app.medication.models import Dose, Evidence, Recording, RecordingState
from app.medication.words import WORDS
from tests.media.video import films
from tests.media.video.films import Recipe, write_film
from tests.medication.phone import Phone, post_film, process

pytestmark = pytest.mark.usefixtures("noon")


def _html(folder: Path) -> Path:
    path = folder / "film.mp4"
    path.write_text("<!doctype html><video src='x.mp4'></video>")
    return path


def _truncated(folder: Path) -> Path:
    return films.cut(folder / "film.mp4", write_film(folder / "whole.mp4"), 0.7)


def _sound(folder: Path) -> Path:
    return films.write_sound(folder / "film.mp4")


def _twenty_minutes(folder: Path) -> Path:
    long = Recipe(seconds=1200, rate=1, width=32, height=32, audio=None)
    return write_film(folder / "film.mp4", long)


def _16k(folder: Path) -> Path:
    whole = write_film(folder / "whole.mp4", Recipe(audio=None, faststart=False))
    return films.claim_size_in_index(folder / "film.mp4", whole, 1024)


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "HTML called .mp4": (_html, "not_a_video"),
    "truncated": (_truncated, "truncated"),
    "audio only": (_sound, "no_video_track"),
    "20 minutes": (_twenty_minutes, "too_long"),
    "16k x 16k": (_16k, "too_many_pixels"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_bad_film_is_named_and_the_dose_stays_open(
    kind: str, phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, tmp_path: Path
) -> None:
    make, problem = BAD[kind]
    recording_id = await phone.send(dose, make(tmp_path).read_bytes())

    film = await process(context, session, recording_id)

    assert (film.state, film.problem) == (RecordingState.UNUSABLE, problem)
    card = await phone.card(dose)
    assert (card["state"], card["can_film"]) == ("open", True)
    assert card["recording"]["problem"] == problem
    assert WORDS.words["video_problem"][problem]
    assert film.pending_reading is None
    await session.refresh(dose)
    assert dose.evidence is Evidence.NONE
    again = await phone.announce(dose, key="filmed-again")
    assert again.status_code == 201


async def test_an_empty_file_never_gets_in(phone: Phone, dose: Dose) -> None:
    announced = (await phone.announce(dose, size=0)).json()

    stored = await post_film(announced["upload"], b"")
    confirmed = await phone.confirm(announced["recording_id"])

    assert stored.status_code in {400, 403}
    assert (confirmed.status_code, confirmed.json()["type"]) == (409, "upload-not-found")
    assert (await phone.card(dose))["can_film"] is True


async def test_200_mb_are_refused_before_the_first_byte(phone: Phone, dose: Dose) -> None:
    answer = await phone.announce(dose, size=200_000_000)

    assert (answer.status_code, answer.json()["type"]) == (422, "film-too-large")
    assert answer.json()["title"] == "视频太大，请重新拍一段，一分钟以内就好。"
    assert answer.json()["largest"] == 50_000_000
    assert (await phone.card(dose))["state"] == "open"


async def test_film_whose_object_is_gone_is_given_back(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    """No retry brings it back: a database restored beside an older copy of the bucket."""
    recording_id = await phone.send(dose, b"bytes")
    film = await session.get_one(Recording, recording_id)
    media = await session.get_one(MediaObject, film.media_id)
    await context.storage.delete([media.key])

    film = await process(context, session, recording_id)

    assert (film.state, film.problem) == (RecordingState.UNUSABLE, "truncated")
    assert (await phone.card(dose))["can_film"]
