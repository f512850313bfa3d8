"""Every bad film gets its own stable problem within seconds, and costs no other film anything."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.media.video import VideoLimits, VideoProblem, VideoRejected, inspect
from tests.media.video import films
from tests.media.video.films import GOOD, Recipe, write_film
from tests.media.video.measuring import peak_memory_mb

_SOON_S = 8
LONG = Recipe(seconds=1200, rate=1, width=32, height=32, audio=None)
LONG_WEBM = Recipe(codec="libvpx", seconds=1200, rate=1, width=32, height=32, audio=None, live=True)


def _text(content: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "film.mp4"
        path.write_text(content)
        return path

    return write


def _huge(folder: Path) -> Path:
    path = folder / "film.mp4"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    return path


def _film(name: str, recipe: Recipe) -> Callable[[Path], Path]:
    return lambda folder: write_film(folder / name, recipe)


def _cut(name: str, recipe: Recipe, share: float) -> Callable[[Path], Path]:
    return lambda folder: films.cut(
        folder / f"cut-{name}", write_film(folder / name, recipe), share
    )


def _spoilt(folder: Path) -> Path:
    return films.spoil_pictures(folder / "film.mp4", write_film(folder / "whole.mp4"))


def _dimensions_in_frames(folder: Path) -> Path:
    whole = write_film(folder / "whole.webm", Recipe(codec="libvpx", audio=None))
    return films.claim_size(folder / "film.webm", whole, 16_383, 16_383)


def _dimensions_in_index(folder: Path) -> Path:
    whole = write_film(folder / "whole.mp4", Recipe(audio=None, faststart=False))
    return films.claim_size_in_index(folder / "film.mp4", whole, 1024)


BAD: dict[str, tuple[Callable[[Path], Path], VideoProblem]] = {
    "empty": (_text(""), VideoProblem.EMPTY),
    "200 MB": (_huge, VideoProblem.TOO_LARGE),
    "html": (_text("<!doctype html><video src='x.mp4'></video>"), VideoProblem.NOT_A_VIDEO),
    "playlist": (
        _text("#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1/a.ts\n#EXT-X-ENDLIST\n"),
        VideoProblem.NOT_A_VIDEO,
    ),
    "list of files": (
        _text("ffconcat version 1.0\nfile /etc/passwd\n"),
        VideoProblem.NOT_A_VIDEO,
    ),
    "cut, index in front": (_cut("whole.mp4", GOOD, 0.7), VideoProblem.TRUNCATED),
    "cut, index at the end": (
        _cut("whole.mp4", Recipe(faststart=False), 0.7),
        VideoProblem.TRUNCATED,
    ),
    "cut webm": (
        _cut("whole.webm", Recipe(codec="libvpx", audio=None), 0.7),
        VideoProblem.TRUNCATED,
    ),
    "sound only": (
        lambda folder: films.write_sound(folder / "film.mp4"),
        VideoProblem.NO_VIDEO_TRACK,
    ),
    "two seconds": (_film("film.mp4", Recipe(seconds=2)), VideoProblem.TOO_SHORT),
    "20 minutes, says the header": (_film("film.mp4", LONG), VideoProblem.TOO_LONG),
    "20 minutes, header silent": (_film("film.webm", LONG_WEBM), VideoProblem.TOO_LONG),
    "16k x 16k, says the header": (_dimensions_in_index, VideoProblem.TOO_MANY_PIXELS),
    "16k x 16k, header lies": (_dimensions_in_frames, VideoProblem.TOO_MANY_PIXELS),
    "noise for pictures": (_spoilt, VideoProblem.UNDECODABLE),
    "a codec of another age": (
        _film("film.mov", Recipe(codec="mpeg2video", rate=25, audio=None)),
        VideoProblem.UNDECODABLE,
    ),
}


@pytest.mark.parametrize("kind", BAD)
async def test_bad_film_is_named_soon(kind: str, tmp_path: Path) -> None:
    make, problem = BAD[kind]
    film = make(tmp_path)

    started = time.monotonic()
    with pytest.raises(VideoRejected) as caught:
        await inspect(film, tmp_path, VideoLimits())

    assert caught.value.problem == problem
    assert time.monotonic() - started < _SOON_S


@pytest.mark.parametrize("make", [_dimensions_in_index, _dimensions_in_frames])
def test_huge_dimensions_cost_no_memory(make: Callable[[Path], Path], tmp_path: Path) -> None:
    film = make(tmp_path)

    assert peak_memory_mb(film, tmp_path) < 200
