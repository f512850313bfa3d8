"""Ask why decoders would not touch a film: they say so only in their log."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import av
import av.logging
from av.error import FFmpegError

from app.media.video.containers import Layout
from app.media.video.limits import VideoLimits
from app.media.video.opening import open_film, pick_video
from app.media.video.problems import VideoRejected

_REFUSED_SIZE = re.compile(r"Picture size ([0-9]+)x([0-9]+) is invalid")
_PACKETS = 4


def claims_huge_picture(path: Path, layout: Layout, limits: VideoLimits) -> bool:
    """Say whether decoders refused the film for the size of its pictures."""
    with _heard() as complaints:
        _try_first_packets(path, layout, limits)
    sizes = (_REFUSED_SIZE.search(message) for _, _, message in complaints)
    return any(int(size[1]) * int(size[2]) > limits.max_pixels for size in sizes if size)


@contextmanager
def _heard() -> Iterator[list[tuple[int, str, str]]]:
    before = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as complaints:
            yield complaints
    finally:
        av.logging.set_level(before)


def _try_first_packets(path: Path, layout: Layout, limits: VideoLimits) -> None:
    with suppress(VideoRejected, FFmpegError), open_film(path, layout, limits) as film:
        video = pick_video(film, limits)
        video.codec_context.thread_count = 1  # a second thread that logs waits for us for ever
        for packet in islice(film.demux(video), _PACKETS):
            with suppress(FFmpegError):
                video.decode(packet)
