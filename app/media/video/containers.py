"""Read the outermost structure of a film file, before any decoder sees it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from app.media.video.problems import VideoProblem, VideoRejected

_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
_MP4_OPENERS = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
_MP4_TIDY = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"udta", b"meta", b"uuid"}
_MOST_BOXES = 4096


@dataclass(frozen=True, slots=True)
class Layout:
    """Which demuxer may open the file, and whether a browser can play it from the start."""

    demuxer: Literal["mov", "matroska"]
    streamable_mp4: bool


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    end: int


def read_layout(path: Path) -> Layout:
    """Tell MP4 from WebM by their own marks; anything else is not a video to us."""
    size = path.stat().st_size
    with path.open("rb") as file:
        opening = file.read(12)
        if opening[4:8] in _MP4_OPENERS:
            return _read_mp4(file, size)
        if opening[:4] == _EBML:
            return _read_matroska(file, size)
    raise VideoRejected(VideoProblem.NOT_A_VIDEO)


def _read_mp4(file: BinaryIO, size: int) -> Layout:
    boxes = list(_boxes(file, size))
    kinds = [box.kind for box in boxes]
    if b"moov" not in kinds or (boxes[-1].end > size and boxes[-1].kind in _MP4_TIDY):
        raise VideoRejected(VideoProblem.TRUNCATED)
    tidy = set(kinds) <= _MP4_TIDY and boxes[-1].end == size
    index_first = b"mdat" in kinds and kinds.index(b"moov") < kinds.index(b"mdat")
    return Layout("mov", streamable_mp4=tidy and index_first and _is_mp4_brand(file, boxes[0]))


def _boxes(file: BinaryIO, size: int) -> Iterator[_Box]:
    start = 0
    for _ in range(_MOST_BOXES):
        if start + 8 > size:
            return
        box = _box_at(file, start, size)
        if box is None:
            return
        yield box
        start = box.end


def _box_at(file: BinaryIO, start: int, size: int) -> _Box | None:
    file.seek(start)
    header = file.read(16)
    length, smallest = int.from_bytes(header[:4]), 8
    if length == 1:
        length, smallest = int.from_bytes(header[8:16]), 16
    elif length == 0:
        length = size - start  # the last box may say "to the end"
    return _Box(header[4:8], start, start + length) if length >= smallest else None


def _is_mp4_brand(file: BinaryIO, first: _Box) -> bool:
    """QuickTime's own brand is no MP4 to a browser, and neither is a file without a brand."""
    file.seek(first.start + 8)
    return first.kind == b"ftyp" and file.read(4) != b"qt  "


def _read_matroska(file: BinaryIO, size: int) -> Layout:
    file.seek(len(_EBML))
    header = _vint(file)
    file.seek(header or 0, 1)
    if file.read(len(_SEGMENT)) != _SEGMENT:
        raise VideoRejected(VideoProblem.TRUNCATED)
    length = _vint(file)
    if length is not None and file.tell() + length > size:
        raise VideoRejected(VideoProblem.TRUNCATED)
    return Layout("matroska", streamable_mp4=False)


def _vint(file: BinaryIO) -> int | None:
    """Read an EBML length; all ones mean "unknown", which live recorders write."""
    first = file.read(1) or b"\x00"
    width = 9 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0xFF >> width)]) + file.read(width - 1))
    return None if value == (1 << 7 * width) - 1 else value
