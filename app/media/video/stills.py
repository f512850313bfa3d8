"""Make the poster and the contact sheet."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags

from app.media.video.orientation import Pixels
from app.media.video.watching import Still

_COLUMNS, _ROWS = 4, 2
_TILE_WIDTH = 240
_QUALITY = 4  # of mjpeg: 2 is best, 31 worst
_LAMBDA_PER_QUALITY = 118
_DIGIT_SCALE = 4
_DIGITS = {  # three by five, one number a row
    "0": (7, 5, 5, 5, 7), "1": (2, 6, 2, 2, 7), "2": (7, 1, 7, 4, 7), "3": (7, 1, 7, 1, 7),
    "4": (5, 5, 7, 1, 1), "5": (7, 4, 7, 1, 7), "6": (7, 4, 7, 5, 7), "7": (7, 1, 1, 1, 1),
    "8": (7, 5, 7, 5, 7), "9": (7, 5, 7, 1, 7), ":": (0, 2, 0, 2, 0),
}  # fmt: skip


def write_poster(stills: Sequence[Still], duration_s: float, path: Path) -> None:
    """Take the brightest picture from the middle of the film."""
    middle = [s for s in stills if 0.3 <= s.at_s / duration_s <= 0.7] or list(stills)
    _write_jpeg(max(middle, key=lambda still: float(still.pixels.mean())).pixels, path)


def write_sheet(stills: Sequence[Still], duration_s: float, path: Path) -> None:
    """Lay eight pictures, evenly spaced in time, on one sheet."""
    count = _COLUMNS * _ROWS
    times = [(number + 0.5) * duration_s / count for number in range(count)]
    tiles = [_tile(min(stills, key=lambda still: abs(still.at_s - time))) for time in times]
    rows = [np.hstack(tiles[row * _COLUMNS : (row + 1) * _COLUMNS]) for row in range(_ROWS)]
    _write_jpeg(np.vstack(rows), path)


def _tile(still: Still) -> Pixels:
    tall, wide, _ = still.pixels.shape
    frame = av.VideoFrame.from_ndarray(still.pixels, format="rgb24")
    height = max(2, round(tall * _TILE_WIDTH / wide / 2) * 2)
    small = frame.reformat(width=_TILE_WIDTH, height=min(height, 4 * _TILE_WIDTH))
    tile = np.array(small.to_ndarray(), dtype=np.uint8)
    _stamp(tile, f"{int(still.at_s) // 60}:{int(still.at_s) % 60:02}")
    return tile


def _stamp(tile: Pixels, text: str) -> None:
    """Write the time into the corner; five rows of dots need no font."""
    dots = np.hstack([_glyph(sign) for sign in text])
    marks = np.pad(dots, ((1, 1), (1, 0))).repeat(_DIGIT_SCALE, 0).repeat(_DIGIT_SCALE, 1)
    corner = tile[: marks.shape[0], : marks.shape[1]]
    marks = marks[: corner.shape[0], : corner.shape[1]]
    corner //= 4
    corner[marks] = 255


def _glyph(sign: str) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    rows = [[bool(row >> bit & 1) for bit in (2, 1, 0)] + [False] for row in _DIGITS[sign]]
    return np.array(rows)


def _write_jpeg(pixels: Pixels, path: Path) -> None:
    tall, wide, _ = pixels.shape
    even = np.ascontiguousarray(pixels[: tall - tall % 2, : wide - wide % 2])
    frame = av.VideoFrame.from_ndarray(even, format="rgb24")
    frame = frame.reformat(format="yuvj420p", dst_color_range="JPEG")
    frame.pts = 0
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base = frame.time_base = Fraction(1)
    encoder.flags |= Flags.qscale
    encoder.global_quality = _QUALITY * _LAMBDA_PER_QUALITY
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    path.write_bytes(b"".join(bytes(packet) for packet in packets))
