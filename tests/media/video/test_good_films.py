"""Films worth watching come out upright, playable everywhere, with stills and honest flags."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from app.media.video import VideoFlag, VideoLimits, VideoReport, inspect
from tests.media.video.films import GOOD, Pixels, Recipe, paint, write_film

PLACE = "+39.9042+116.4074/"
NEUTRAL = {"major_brand", "minor_version", "compatible_brands", "encoder"}
HEVC = Recipe(codec="libx265", width=128, height=96)


async def _inspect(film: Path, tmp_path: Path) -> VideoReport:
    workdir = tmp_path / "work"
    workdir.mkdir()
    return await inspect(film, workdir, VideoLimits())


def _assert_plays_everywhere(report: VideoReport, seconds: float) -> None:
    data = report.playable.read_bytes()
    with av.open(str(report.playable)) as film:
        video = film.streams.video[0]
        frames = list(film.decode(video))
        codecs = {stream.codec_context.name for stream in film.streams.audio}
        assert film.duration is not None
        assert film.duration / 1e6 == pytest.approx(seconds, abs=0.3)
    assert data.index(b"moov") < data.index(b"mdat")
    assert video.codec_context.name == "h264"
    assert video.pix_fmt == "yuv420p"
    assert codecs <= {"aac"}
    assert {(f.width, f.height, f.rotation) for f in frames} == {(report.width, report.height, 0)}


async def test_good_film_stays_as_it_is(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4")

    report = await _inspect(film, tmp_path)

    assert report.playable == film
    assert not report.normalised
    assert (report.sha256, report.size) == (report.playable_sha256, film.stat().st_size)
    assert (report.width, report.height, report.duration_ms) == (96, 128, 9000)
    assert (report.codec, report.has_audio, report.flags) == ("h264", True, ())


async def test_only_the_index_moves_when_only_the_index_is_wrong(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", Recipe(faststart=False))

    report = await _inspect(film, tmp_path)

    assert report.normalised
    assert _packets(report.playable) == _packets(film)
    _assert_plays_everywhere(report, 9)


def _with_place(path: Path) -> Path:
    """Say where it was shot and by whom, in boxes beside the pictures."""
    with (
        av.open(str(write_film(path.with_name("bare.mp4")))) as film,
        av.open(str(path), "w", options={"movflags": "+faststart"}) as out,
    ):
        out.metadata.update({"location": PLACE, "comment": PLACE, "artist": "王秀英"})
        tracks = [out.add_stream_from_template(stream) for stream in film.streams]
        for packet in film.demux():
            if packet.dts is not None:
                packet.stream = tracks[packet.stream_index]
                out.mux(packet)
    return path


def _with_uuid_box(path: Path) -> Path:
    content = write_film(path.with_name("bare.mp4")).read_bytes()
    box = b"uuid" + bytes(16) + PLACE.encode()
    path.write_bytes(content + (len(box) + 4).to_bytes(4) + box)
    return path


@pytest.mark.parametrize("write", [_with_place, _with_uuid_box])
async def test_kept_film_does_not_say_where_it_was_shot(
    write: Callable[[Path], Path], tmp_path: Path
) -> None:
    film = write(tmp_path / "film.mp4")
    assert PLACE.encode() in film.read_bytes()

    report = await _inspect(film, tmp_path)

    kept = report.playable.read_bytes()
    assert report.normalised
    assert PLACE.encode() not in kept
    assert "王秀英".encode() not in kept
    with av.open(str(report.playable)) as told:
        assert set(told.metadata) <= NEUTRAL
    assert _packets(report.playable) == _packets(film)
    _assert_plays_everywhere(report, 9)


def _packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as film:
        return [bytes(packet) for packet in film.demux(video=0) if packet.size]


@pytest.mark.parametrize(
    ("name", "recipe", "codec"),
    [
        ("film.mov", HEVC, "hevc"),
        ("film.mov", GOOD, "h264"),
        ("film.webm", Recipe(codec="libvpx", audio="libopus"), "vp8"),
        ("film.webm", Recipe(codec="libvpx", audio=None, live=True), "vp8"),
        ("film.mkv", Recipe(codec="libvpx-vp9", audio="libopus", seconds=4), "vp9"),
        ("film.mp4", Recipe(pix_fmt="yuv444p"), "h264"),
        ("film.mp4", Recipe(audio=None), "h264"),
    ],
)
async def test_other_films_become_h264(
    name: str, recipe: Recipe, codec: str, tmp_path: Path
) -> None:
    report = await _inspect(write_film(tmp_path / name, recipe), tmp_path)

    assert report.codec == codec
    assert report.has_audio == (recipe.audio is not None)
    _assert_plays_everywhere(report, recipe.seconds)


@pytest.mark.parametrize(
    ("rotation", "size", "light_edge"),
    [
        (90, (96, 128), np.s_[:, :24]),
        (-90, (96, 128), np.s_[:, 72:]),
        (180, (128, 96), np.s_[72:, :]),
    ],
)
async def test_rotated_film_comes_out_upright(
    rotation: int, size: tuple[int, int], light_edge: tuple[slice, slice], tmp_path: Path
) -> None:
    """The painted top is light: it must end where the display matrix turns it."""
    recipe = Recipe(width=128, height=96, rotation=rotation, seconds=4)

    report = await _inspect(write_film(tmp_path / "film.mp4", recipe), tmp_path)

    assert (report.width, report.height) == size
    _assert_plays_everywhere(report, 4)
    picture = _first_picture(report.playable)
    assert picture[light_edge].mean() > picture.mean() + 40


def _first_picture(path: Path) -> Pixels:
    with av.open(str(path)) as film:
        frame = next(film.decode(video=0))
        return np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)


async def test_large_film_is_made_smaller(tmp_path: Path) -> None:
    recipe = Recipe(width=2048, height=1152, seconds=3, rate=5, audio=None)

    report = await _inspect(write_film(tmp_path / "film.mp4", recipe), tmp_path)

    assert (report.width, report.height) == (1280, 720)


async def test_stills_show_the_film(tmp_path: Path) -> None:
    report = await _inspect(write_film(tmp_path / "film.mp4"), tmp_path)

    poster, sheet = _first_picture(report.poster), _first_picture(report.sheet)
    assert poster.shape == (128, 96)
    assert sheet.shape == (2 * 320, 4 * 240)
    tiles = [sheet[y : y + 320, x : x + 240] for y in (0, 320) for x in range(0, 960, 240)]
    middles = [tile[160:220].astype(int).mean(axis=0).argmax() for tile in tiles]
    assert len(set(middles)) > 4


def _paint_dark(number: int, width: int, height: int) -> Pixels:
    return np.asarray(paint(number, width, height) // 8, dtype=np.uint8)


def _paint_still(_: int, width: int, height: int) -> Pixels:
    grain = np.random.default_rng(3).integers(0, 8, (height, width, 3), np.uint8)
    return np.asarray(paint(3, width, height) + grain // 2, dtype=np.uint8)


async def test_flags_are_raised_for_what_they_say(tmp_path: Path) -> None:
    dark = write_film(tmp_path / "dark.mp4", GOOD, _paint_dark)
    still = write_film(tmp_path / "still.mp4", GOOD, _paint_still)
    short = write_film(tmp_path / "short.mp4", Recipe(seconds=5))

    found = [(await inspect(film, tmp_path, VideoLimits())).flags for film in (dark, still, short)]

    assert found == [(VideoFlag.DARK,), (VideoFlag.NO_MOTION,), (VideoFlag.SHORT,)]
