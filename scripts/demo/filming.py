"""Shoot the films, look at them as the worker would, and put all into the object storage.

Everything here runs in processes of its own, two of them: drawing and encoding is the long part.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.client import Config

from app.core.settings import Settings
from app.media.content_types import JPEG, MP4
from app.media.video import VideoLimits, VideoReport
from app.media.video.pipeline import examine
from scripts.demo.films import make_film

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CAMERAS = 2
SECONDS = 8.0
HTML = "text/html"
TYPES = {"webm": "video/webm", "hevc_mov": "video/quicktime"}


def content_type_of(variant: str) -> str:
    return TYPES.get(variant, MP4)


@dataclass(frozen=True, slots=True)
class Shoot:
    """One film to make: `keys` are where it goes, `stills` the directory of its pictures.

    Without `stills` it is only sent: the worker will look at it.
    """

    name: str
    seed: int
    take: int
    code: str
    tablets: int
    variant: str
    keys: tuple[str, ...]
    stills: str | None


@dataclass(frozen=True, slots=True)
class Footage:
    size: int
    duration_ms: int
    width: int
    height: int
    fingerprint: bytes
    flags: tuple[str, ...]
    poster_key: str
    sheet_key: str


_storage: "tuple[S3Client, str] | None" = None


def _open_storage(settings: Settings) -> None:
    """Connect each process once."""
    global _storage  # noqa: PLW0603  # a process of the pool has no other place
    client = boto3.client(
        "s3",
        endpoint_url=str(settings.s3_endpoint).rstrip("/"),
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    _storage = client, settings.s3_bucket


def _put(key: str, content: bytes, content_type: str) -> None:
    if _storage is None:
        raise RuntimeError("this process has not opened the storage")
    client, bucket = _storage
    client.put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type)


def _shoot(order: Shoot) -> Footage | int:
    """Answer what was seen in the film, or its size alone when nobody looked yet."""
    with tempfile.TemporaryDirectory(prefix="weibu-demo-") as place:
        film = Path(place) / "film"
        make_film(
            film,
            seed=order.seed,
            take=order.take,
            code=order.code,
            tablets=order.tablets,
            variant=order.variant,
            seconds=SECONDS,
        )
        content = film.read_bytes()
        for key in order.keys:
            _put(key, content, content_type_of(order.variant))
        if order.stills is None:
            return len(content)
        return _look(film, Path(place), order.stills)


def _look(film: Path, place: Path, stills: str) -> Footage:
    report = examine(film, place, VideoLimits())
    if report.normalised:
        raise RuntimeError("a demonstration film should play as it is")
    keys = f"{stills}poster.jpg", f"{stills}sheet.jpg"
    for key, picture in zip(keys, (report.poster, report.sheet), strict=True):
        _put(key, picture.read_bytes(), JPEG)
    return _footage(report, *keys)


def _footage(report: VideoReport, poster_key: str, sheet_key: str) -> Footage:
    return Footage(
        size=report.size,
        duration_ms=report.duration_ms,
        width=report.width,
        height=report.height,
        fingerprint=report.fingerprint,
        flags=tuple(report.flags),
        poster_key=poster_key,
        sheet_key=sheet_key,
    )


def shoot_all(
    settings: Settings, orders: Sequence[Shoot], say: Callable[[str], None]
) -> dict[str, Footage | int]:
    """Shoot in parallel; answers by the name of each order."""
    with ProcessPoolExecutor(
        CAMERAS, get_context("spawn"), initializer=_open_storage, initargs=(settings,)
    ) as cameras:
        running = {cameras.submit(_shoot, order): order.name for order in orders}
        done: dict[str, Footage | int] = {}
        for future in as_completed(running):
            done[running[future]] = future.result()
            if len(done) % 10 == 0 or len(done) == len(orders):
                say(f"filmed {len(done)} of {len(orders)}")
        return done


def put_page(settings: Settings, key: str) -> int:
    """Send what is no film at all: the page of a network that wants a login."""
    content = b"<!doctype html><title>Wi-Fi</title><p>Please log in to this network.</p>" * 40
    _open_storage(settings)
    _put(key, content, MP4)
    return len(content)


def batches(keys: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(keys), size):
        yield tuple(keys[start : start + size])
