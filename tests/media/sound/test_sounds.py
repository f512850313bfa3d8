"""Speech is decoded wholly, written anew and equally loud, or refused by a stable name."""

from collections.abc import Callable
from pathlib import Path

import av
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.settings import Settings
from app.core.storage import Storage
from app.media import service
from app.media.models import MediaObject
from app.media.sound import (
    SoundLimits,
    SoundProblem,
    SoundRejected,
    SoundReport,
    inspect_sound,
    keep_sound,
)
from tests.media.factories import make_media
from tests.media.sound.sounds import peak_of, write_sound
from tests.media.video.films import Recipe, write_film


async def look(source: Path, **limits: object) -> SoundReport:
    return await inspect_sound(source, source.parent, SoundLimits(**limits))  # type: ignore[arg-type]


async def problem_of(source: Path, **limits: object) -> SoundProblem:
    with pytest.raises(SoundRejected) as refused:
        await look(source, **limits)
    return refused.value.problem


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.wav", "pcm_s16le"), ("a.m4a", "aac"), ("a.mp3", "mp3"), ("a.aac", "aac")],
)
async def test_what_phones_and_computers_record_becomes_one_format(
    tmp_path: Path, name: str, codec: str
) -> None:
    found = await look(write_sound(tmp_path / name, codec))

    assert found.duration_ms == pytest.approx(2000, abs=150)
    with av.open(str(found.sound)) as kept:
        (track,) = kept.streams.audio
        assert len(kept.streams) == 1
        assert (track.codec_context.name, track.codec_context.layout.name) == ("aac", "mono")
    assert found.sound.stat().st_size < 40_000


async def test_a_low_voice_is_lifted_and_a_loud_one_is_not_distorted(tmp_path: Path) -> None:
    low = await look(write_sound(tmp_path / "low.wav", peak=0.15))
    low_peak = peak_of(low.sound)
    loud = await look(write_sound(tmp_path / "loud.wav", peak=1.0))

    assert low_peak == pytest.approx(0.9, abs=0.1)
    assert peak_of(loud.sound) == pytest.approx(0.9, abs=0.1)


async def test_what_the_recording_says_of_its_maker_is_left_out(tmp_path: Path) -> None:
    named = tmp_path / "named.mp3"
    tagged = b"ID3\x03\x00\x00\x00\x00\x00\x15TPE1\x00\x00\x00\x0b\x00\x00\x00Li Xiuying"
    named.write_bytes(tagged + write_sound(tmp_path / "a.mp3", "mp3").read_bytes())

    found = await look(named)

    assert b"Li Xiuying" not in found.sound.read_bytes()


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def text(path: Path) -> Path:
    path.write_text("#EXTM3U\nfile:///etc/passwd\n")
    return path


def broken(path: Path) -> Path:
    path.write_bytes(b"\x00\x00\x00\x18ftypM4A " + b"\x00" * 5_000)
    return path


def film_without_sound(path: Path) -> Path:
    return write_film(path.with_suffix(".mp4"), Recipe(audio=None, seconds=1))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (empty, SoundProblem.EMPTY),
        (text, SoundProblem.NOT_A_SOUND),
        (broken, SoundProblem.UNDECODABLE),
        (film_without_sound, SoundProblem.NOT_A_SOUND),
        (lambda path: write_sound(path, seconds=0.1), SoundProblem.TOO_SHORT),
        (lambda path: write_sound(path, seconds=3.1), SoundProblem.TOO_LONG),
        (lambda path: write_sound(path, peak=0.001), SoundProblem.SILENT),
    ],
)
async def test_what_is_no_good_recording_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], problem: SoundProblem
) -> None:
    assert await problem_of(make(tmp_path / "a.wav"), max_ms=3_000) is problem


async def test_one_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    assert await problem_of(write_sound(tmp_path / "a.wav"), max_bytes=1_000) is (
        SoundProblem.TOO_LARGE
    )


async def test_it_is_kept_beside_the_object_that_was_sent(
    session: AsyncSession, settings: Settings, tmp_path: Path
) -> None:
    storage = Storage(settings)
    media: MediaObject = await make_media(session, settings, patient_id=None)
    source = write_sound(tmp_path / "a.wav")
    await storage.upload(media.key, source, "audio/wav")

    kept = await keep_sound(storage, media.key, SoundLimits())

    stored = await storage.head(kept.sound_key)
    assert kept.sound_key.startswith(service.directory(media.key))
    assert stored is not None
    assert (stored.size, stored.content_type) == (kept.size, "audio/mp4")
