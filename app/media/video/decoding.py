"""Decode a film frame by frame, trusting nothing that its header said."""

from collections.abc import Iterator
from dataclasses import dataclass

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from app.media.video.limits import VideoLimits
from app.media.video.problems import VideoProblem, VideoRejected

_MOST_PACKETS_PER_FRAME = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """One decoded frame and its time from the first frame on."""

    frame: VideoFrame
    at_s: float


class Decoder:
    """Counts what it decodes, and stops at the first limit that is passed."""

    def __init__(self, film: InputContainer, video: VideoStream, limits: VideoLimits) -> None:
        self._film = film
        self._video = video
        self._limits = limits
        self._started_s: float | None = None
        self._last_frame_s = 0.0
        self.packets = 0
        self.broken_packets = 0
        self.frames = 0
        self.span_s = 0.0

    @property
    def duration_ms(self) -> int:
        return round((self.span_s + self._last_frame_s) * 1000)

    def shown(self) -> Iterator[Shown]:
        for packet in self._film.demux(self._video):
            self.packets += 1
            if self.packets > self._limits.max_frames * _MOST_PACKETS_PER_FRAME:
                raise VideoRejected(VideoProblem.PROCESSING_LIMIT)
            for frame in self._decode(packet):
                yield from self._accept(frame)

    def _decode(self, packet: "Packet[VideoStream]") -> list[VideoFrame]:
        try:
            return self._video.decode(packet)
        except MemoryError:
            raise
        except FFmpegError:
            self.broken_packets += 1
            return []

    def _accept(self, frame: VideoFrame) -> Iterator[Shown]:
        self.frames += 1
        if frame.width * frame.height > self._limits.max_pixels:
            raise VideoRejected(VideoProblem.TOO_MANY_PIXELS)
        if self.frames > self._limits.max_frames:
            raise VideoRejected(VideoProblem.PROCESSING_LIMIT)
        if frame.pts is None or frame.time_base is None:
            return
        time_s = float(frame.pts * frame.time_base)
        if self._started_s is None:
            self._started_s = time_s
        at_s = time_s - self._started_s
        if at_s * 1000 > self._limits.max_ms:
            raise VideoRejected(VideoProblem.TOO_LONG)
        if at_s >= self.span_s:
            self._advance(at_s, frame)
            yield Shown(frame, at_s)

    def _advance(self, at_s: float, frame: VideoFrame) -> None:
        declared = float(frame.duration * (frame.time_base or 0)) if frame.duration else 0.0
        self._last_frame_s = min(1.0, declared or at_s - self.span_s)
        self.span_s = at_s
