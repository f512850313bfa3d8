"""Tell whether an MP4 holds nothing but pictures and sound: phones write where a film was shot."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

_PARENTS = {b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl", b"udta", b"ilst"}
# Whatever is not known to be harmless is taken for a secret: ©xyz, loci, uuid, a track of GPS…
_HARMLESS = _PARENTS | {
    b"ftyp", b"mdat", b"meta", b"mvhd", b"tkhd", b"elst", b"mdhd", b"hdlr", b"vmhd", b"smhd",
    b"dref", b"stsd", b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stco", b"co64", b"sgpd",
    b"sbgp", b"\xa9too",
}  # fmt: skip
_META_FLAGS = 4  # version and flags stand before the children of an ISO `meta`
_EMPTY = {b"free", b"skip"}
_MOST_BOXES = 4096


def is_bare(path: Path) -> bool:
    """Say whether the file may be kept byte for byte: no place, no owner, no device in it."""
    with path.open("rb") as file:
        kinds = list(islice(_kinds(file, 0, path.stat().st_size), _MOST_BOXES))
    return len(kinds) < _MOST_BOXES and set(kinds) <= _HARMLESS


def _kinds(file: BinaryIO, start: int, end: int, depth: int = 0) -> Iterator[bytes]:
    while start < end:
        file.seek(start)
        header = file.read(16)
        kind, length, inside = header[4:8], int.from_bytes(header[:4]), start + 8
        if length == 1:
            length, inside = int.from_bytes(header[8:16]), start + 16
        if length < inside - start or start + length > end or depth > len(_PARENTS):
            yield b"????"  # not a structure that we understand
            return
        if kind not in _EMPTY or length > inside - start:
            yield kind
        if kind in _PARENTS or kind == b"meta":
            inside += _META_FLAGS if kind == b"meta" else 0
            yield from _kinds(file, inside, start + length, depth + 1)
        start += length
