"""A replayed film is recognised in every disguise; another day in the same room is not."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import av
import numpy as np
import pytest

from app.media.video import VideoLimits, inspect, is_near_duplicate, similarity
from app.media.video.fingerprint import CELLS, NEAR_DUPLICATE, pack
from scripts.demo.films import Stage
from tests.media.video.films import Pixels

_RATE = 10
_SECONDS = 8
_PATIENTS, _DAYS = 2, 3

Cut = Callable[[float, Pixels], Pixels | None]
Fingerprints = dict[tuple[int, int], bytes]


def _keep(_: float, picture: Pixels) -> Pixels | None:
    return picture


def _trimmed(start: float, end: float) -> Cut:
    return lambda at, picture: picture if start <= at < end else None


def _grainy(at: float, picture: Pixels) -> Pixels | None:
    grain = np.random.default_rng(int(at * 1000)).normal(0, 10, picture.shape[:2])
    noisy = picture + grain[..., np.newaxis]
    return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8)


def _dimmed(_: float, picture: Pixels) -> Pixels | None:
    return np.asarray(picture * 0.65, dtype=np.uint8)


DISGUISES: dict[str, tuple[Cut, tuple[int, int], int]] = {
    "coarser": (_keep, (240, 320), 40),
    "smaller": (_keep, (120, 160), 28),
    "larger": (_keep, (300, 400), 28),
    "grainy": (_grainy, (240, 320), 30),
    "dimmed": (_dimmed, (240, 320), 28),
    "first second gone": (_trimmed(1.1, 9), (240, 320), 28),
    "both ends gone, smaller": (_trimmed(1.37, 6.6), (180, 240), 32),
    "five seconds left": (_trimmed(2.1, 7.1), (240, 320), 28),
    "three seconds left": (_trimmed(1.1, 4.3), (240, 320), 28),
}


async def _fingerprint(
    path: Path, patient: int, day: int, cut: Cut = _keep, size: tuple[int, int] = (240, 320),
    crf: int = 26,
) -> bytes:  # fmt: skip
    _write(path, _drawn(patient, day, cut), size, crf)
    return (await inspect(path, path.parent, VideoLimits())).fingerprint


def _drawn(patient: int, day: int, cut: Cut) -> Iterator[Pixels]:
    frames = Stage(patient, day, f"{1000 + day}", 3).frames(_SECONDS * _RATE, still=False)
    for number, picture in enumerate(frames):
        kept = cut(number / _RATE, picture)
        if kept is not None:
            yield kept


def _write(path: Path, pictures: Iterator[Pixels], size: tuple[int, int], crf: int) -> None:
    options = {"preset": "ultrafast", "crf": str(crf)}
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        track = out.add_stream("libx264", rate=_RATE, options=options)
        track.width, track.height = size
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture).reformat(*size, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, _RATE)
            out.mux(track.encode(frame))
        out.mux(track.encode(None))


@pytest.fixture(scope="module")
async def earlier(tmp_path_factory: pytest.TempPathFactory) -> Fingerprints:
    folder = tmp_path_factory.mktemp("films")
    return {
        (patient, day): await _fingerprint(folder / f"{patient}-{day}.mp4", patient, day)
        for patient in range(_PATIENTS)
        for day in range(_DAYS)
    }


@pytest.mark.parametrize("disguise", DISGUISES)
async def test_replay_is_recognised(disguise: str, earlier: Fingerprints, tmp_path: Path) -> None:
    cut, size, crf = DISGUISES[disguise]

    replay = await _fingerprint(tmp_path / "replay.mp4", 0, 1, cut, size, crf)

    assert is_near_duplicate(replay, earlier[0, 1])
    assert similarity(replay, earlier[0, 1]) > NEAR_DUPLICATE + 0.05


async def test_other_days_and_people_are_not_taken_for_a_replay(earlier: Fingerprints) -> None:
    scores = [similarity(earlier[a], earlier[b]) for a, b in combinations(earlier, 2)]

    assert max(scores) < NEAR_DUPLICATE - 0.05


def test_still_films_do_not_match_by_their_grain() -> None:
    dice = np.random.default_rng(5)
    one, other = (pack(dice.integers(99, 101, (40, CELLS, CELLS), np.uint8)) for _ in range(2))

    assert similarity(one, other) < 0.5
    assert similarity(one, one) < NEAR_DUPLICATE


def test_unknown_version_matches_nothing() -> None:
    film = pack(np.random.default_rng(5).integers(0, 255, (40, CELLS, CELLS), np.uint8))

    assert similarity(film, film) > 0.99
    assert similarity(film, b"\x63" + film[1:]) == 0
    assert similarity(film, b"") == 0


@pytest.mark.parametrize(("samples", "is_compared"), [(11, False), (12, True)])
def test_three_seconds_are_enough_to_compare(samples: int, is_compared: bool) -> None:
    cells = np.random.default_rng(5).integers(0, 255, (samples, CELLS, CELLS), np.uint8)

    assert is_near_duplicate(pack(cells), pack(cells)) is is_compared
