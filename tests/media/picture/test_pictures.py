"""A picture is decoded wholly, written anew without its metadata, or refused by a stable name."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageCms
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import ObjectMissing, Storage
from app.media import jobs, service
from app.media.children import ChildError
from app.media.models import MediaState
from app.media.picture import (
    PICTURE_NAME,
    THUMBNAIL_NAME,
    PictureLimits,
    PictureProblem,
    PictureRejected,
    PictureReport,
    inspect_picture,
    keep_picture,
)
from tests.media.factories import PICTURE, make_media, with_kinds
from tests.medication import factories as make

RED, GREEN, WHITE = (220, 30, 30), (30, 160, 60), (255, 255, 255)
SECRET_PLACE = b"behind the village school"


def two_halves(size: tuple[int, int] = (640, 480), mode: str = "RGB") -> Image.Image:
    """Red left, green right: whoever turns it can be seen to have done so."""
    made = Image.new(mode, size, RED)
    made.paste(GREEN, (size[0] // 2, 0, *size))
    return made


def write(path: Path, made: Image.Image, form: str = "JPEG", **how: object) -> Path:
    made.save(path, form, **how)
    return path


def noise(size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))  # noqa: S311


async def look(source: Path, **limits: object) -> PictureReport:
    return await inspect_picture(source, source.parent, PictureLimits(**limits))  # type: ignore[arg-type]


async def problem_of(source: Path, **limits: object) -> PictureProblem:
    with pytest.raises(PictureRejected) as caught:
        await look(source, **limits)
    return caught.value.problem


def near(found: object, wanted: tuple[int, int, int], by: int = 12) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_good_picture_becomes_two_jpegs(tmp_path: Path, form: str) -> None:
    report = await look(write(tmp_path / "source", two_halves((3200, 2400)), form))

    assert (report.width, report.height) == (2560, 1920)
    for path, size in ((report.picture, (2560, 1920)), (report.thumbnail, (480, 360))):
        with Image.open(path) as made:
            assert (made.format, made.size, made.mode) == ("JPEG", size, "RGB")
            assert near(made.getpixel((10, 10)), RED)
            assert near(made.getpixel((size[0] - 10, 10)), GREEN)


async def test_small_picture_is_not_blown_up(tmp_path: Path) -> None:
    report = await look(write(tmp_path / "source", two_halves((100, 80))))

    assert (report.width, report.height) == (100, 80)


async def test_place_and_camera_are_left_behind(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Phone of Li"
    exif[ExifTags.Base.ImageDescription] = SECRET_PLACE.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (29.0, 33.0, 1.0)
    source = write(tmp_path / "source", two_halves(), exif=exif, comment=SECRET_PLACE)
    assert SECRET_PLACE in source.read_bytes()

    report = await look(source)

    for path in (report.picture, report.thumbnail):
        content = path.read_bytes()
        assert SECRET_PLACE not in content
        assert b"Phone of Li" not in content
        assert b"Exif" not in content
        with Image.open(path) as made:
            assert not made.getexif()


async def test_picture_is_turned_as_its_camera_was_held(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # turn by 90 degrees clockwise: left becomes top

    report = await look(write(tmp_path / "source", two_halves(), exif=exif))

    assert (report.width, report.height) == (480, 640)
    with Image.open(report.picture) as made:
        assert near(made.getpixel((240, 10)), RED)
        assert near(made.getpixel((240, 630)), GREEN)


async def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    made = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    made.paste((*RED, 255), (0, 0, 50, 100))

    report = await look(write(tmp_path / "source", made, "PNG"))

    with Image.open(report.picture) as kept:
        assert near(kept.getpixel((90, 50)), WHITE)
        assert near(kept.getpixel((10, 50)), RED)


def swapped_profile() -> bytes:
    """Take sRGB with red and green exchanged: whoever reads it sees green where red was."""
    usual = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return usual.replace(b"rXYZ", b"....").replace(b"gXYZ", b"rXYZ").replace(b"....", b"gXYZ")


async def test_colours_of_another_profile_are_converted(tmp_path: Path) -> None:
    """Else a picture in a phone's wider colours would look paler than the skin it shows."""
    source = write(tmp_path / "source", two_halves(), icc_profile=swapped_profile())

    report = await look(source)

    with Image.open(report.picture) as made:
        red, green, _ = made.getpixel((10, 10))  # type: ignore[misc]
        assert green > red
        assert "icc_profile" not in made.info


async def test_broken_profile_is_passed_over(tmp_path: Path) -> None:
    report = await look(write(tmp_path / "source", two_halves(), icc_profile=b"no profile"))

    with Image.open(report.picture) as made:
        assert near(made.getpixel((10, 10)), RED)


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checksum


def _bomb(path: Path) -> Path:
    """Claim 30,000 × 30,000 pixels in some hundred bytes."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    data = _chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + data + _chunk(b"IEND", b""))
    return path


def _truncated(path: Path) -> Path:
    whole = io.BytesIO()
    noise((400, 400)).save(whole, "JPEG")
    path.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    return path


def _spoilt_png(path: Path) -> Path:
    whole = io.BytesIO()
    noise((200, 200)).save(whole, "PNG")
    content = bytearray(whole.getvalue())
    content[2000:2400] = b"\xff" * 400
    path.write_bytes(content)
    return path


def _html(path: Path) -> Path:
    path.write_text("<!doctype html><img src='x.jpg'>")
    return path


def _svg(path: Path) -> Path:
    path.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    return path


def _empty(path: Path) -> Path:
    path.touch()
    return path


BAD: dict[str, tuple[Callable[[Path], Path], set[PictureProblem]]] = {
    "empty": (_empty, {PictureProblem.EMPTY}),
    "HTML": (_html, {PictureProblem.NOT_A_PICTURE}),
    "SVG": (_svg, {PictureProblem.NOT_A_PICTURE}),
    "GIF": (lambda p: write(p, two_halves(), "GIF"), {PictureProblem.NOT_A_PICTURE}),
    "TIFF": (lambda p: write(p, two_halves(), "TIFF"), {PictureProblem.NOT_A_PICTURE}),
    "truncated": (_truncated, {PictureProblem.TRUNCATED}),
    "spoilt": (_spoilt_png, {PictureProblem.UNDECODABLE, PictureProblem.TRUNCATED}),
    "bomb": (_bomb, {PictureProblem.TOO_MANY_PIXELS}),
}


@pytest.mark.parametrize("kind", BAD)
async def test_bad_picture_is_named(tmp_path: Path, kind: str) -> None:
    make_it, problems = BAD[kind]

    assert await problem_of(make_it(tmp_path / "source")) in problems


@pytest.mark.parametrize(("spare", "refused"), [(0, False), (-1, True)])
async def test_picture_has_a_size_in_bytes(tmp_path: Path, spare: int, refused: bool) -> None:
    source = write(tmp_path / "source", noise((300, 300)), "PNG")
    largest = source.stat().st_size + spare

    if refused:
        assert await problem_of(source, max_bytes=largest) is PictureProblem.TOO_LARGE
    else:
        assert (await look(source, max_bytes=largest)).width == 300


@pytest.mark.parametrize(("most", "refused"), [(120_000, False), (119_999, True)])
async def test_picture_has_a_size_in_pixels(tmp_path: Path, most: int, refused: bool) -> None:
    source = write(tmp_path / "source", two_halves((400, 300)))

    if refused:
        assert await problem_of(source, max_pixels=most) is PictureProblem.TOO_MANY_PIXELS
    else:
        assert (await look(source, max_pixels=most)).width == 400


async def test_greedy_picture_runs_out_of_memory(tmp_path: Path) -> None:
    source = write(tmp_path / "source", Image.new("RGB", (10_000, 10_000)), "PNG")

    assert await problem_of(source, memory_mb=320) is PictureProblem.PROCESSING_LIMIT


async def test_slow_picture_is_stopped(tmp_path: Path) -> None:
    source = write(tmp_path / "source", two_halves())

    assert await problem_of(source, wall_seconds=0.01) is PictureProblem.PROCESSING_LIMIT


async def test_missing_picture_is_our_failure(tmp_path: Path) -> None:
    with pytest.raises(ChildError, match="FileNotFoundError"):
        await look(tmp_path / "nowhere")


async def test_whole_way_of_a_picture(
    session: AsyncSession, sessions: Sessionmaker, settings: Settings, tmp_path: Path
) -> None:
    """Announced, sent, confirmed, looked at, kept, shown; and what the phone sent is dropped."""
    storage = Storage(settings)
    patient = await make.make_patient(session)
    media = await make_media(session, settings, patient_id=patient.id, state=MediaState.PRESIGNED)
    service.another_ticket(storage, settings, media)
    await storage.upload(media.key, write(tmp_path / "sent", two_halves()), "image/jpeg")
    found = await storage.head(media.key)
    assert found is not None
    assert await service.confirm(session, media.id, found)

    await keep_picture(storage, media.key, PictureLimits())
    kept = await keep_picture(storage, media.key, PictureLimits())  # a job may run twice
    await service.drop_source_later(session, media)
    due = await session.scalar(
        text("select scheduled_at from procrastinate_jobs where task_name = 'media.drop_source'")
    )
    context = JobContext(settings, sessions, storage, with_kinds(PICTURE))
    await jobs.drop_source(context, media_id=str(media.id))
    await session.refresh(media)

    assert due == media.presigned_until > clock.now()
    assert await storage.head(media.key) is None
    assert await storage.head(kept.picture_key)
    assert await storage.head(kept.thumbnail_key)
    assert (kept.width, kept.height) == (640, 480)
    for name, key in ((PICTURE_NAME, kept.picture_key), (THUMBNAIL_NAME, kept.thumbnail_key)):
        link = service.link_beside(storage, media, name, "image/jpeg")
        assert link
        assert f"/{key}?" in link
    await service.delete_at(session, media.id, clock.now())
    await jobs.expire(context)
    assert await storage.head(kept.picture_key) is None
    await session.refresh(media)
    assert service.link_beside(storage, media, PICTURE_NAME, "image/jpeg") is None


async def test_picture_whose_object_is_gone_is_told_from_a_bad_one(settings: Settings) -> None:
    with pytest.raises(ObjectMissing):
        await keep_picture(Storage(settings), "tests-pictures/never/source", PictureLimits())
