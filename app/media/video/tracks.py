"""Write the tracks of a new MP4: copied as they are, or decoded and encoded anew."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import ExternalError, FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from app.media.video.opening import THREADS
from app.media.video.orientation import Orientation, Pixels

_MOST_FRAMES_PER_SECOND = 30
_TICKS = Fraction(1, 90_000)
_AUDIO_RATE = 48_000
_H264 = {"preset": "veryfast", "crf": "24", "profile": "main", "threads": str(THREADS)}


class Track(Protocol):
    """One track on its way into the new film."""

    def take(self, packet: "Packet[Stream]") -> None: ...

    def finish(self) -> None: ...


def carry(film: InputContainer, tracks: Mapping[int, Track]) -> None:
    """Give every packet to its track; `tracks` is keyed by the stream's index in `film`."""
    try:
        for packet in film.demux([film.streams[index] for index in tracks]):
            tracks[packet.stream_index].take(packet)
        for track in tracks.values():
            track.finish()
    except ExternalError as error:  # x264 names no reason; its settings are ours and constant
        raise MemoryError from error


def open_mp4(path: Path) -> OutputContainer:
    """Open a new MP4 whose index will be moved in front of its pictures."""
    return av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})


class CopiedTrack:
    """Passes packets on unchanged."""

    def __init__(self, out: OutputContainer, source: VideoStream | AudioStream) -> None:
        self._out = out
        self._track = out.add_stream_from_template(source)

    def take(self, packet: "Packet[Stream]") -> None:
        if packet.dts is not None:
            packet.stream = self._track
            self._out.mux(packet)

    def finish(self) -> None:
        """Nothing waits in a copy."""


class EncodedPicture:
    """Makes H.264 of `width` by `height`, upright and at most 30 frames a second."""

    def __init__(
        self, out: OutputContainer, orientation: Orientation, width: int, height: int
    ) -> None:
        self._out = out
        self._orientation = orientation
        self._track = out.add_stream("libx264", rate=_MOST_FRAMES_PER_SECOND, options=dict(_H264))
        self._track.width, self._track.height = width, height
        self._track.pix_fmt = "yuv420p"
        self._track.codec_context.time_base = _TICKS
        self._track.codec_context.gop_size = 2 * _MOST_FRAMES_PER_SECOND
        self._next_ticks: int | None = None

    def take(self, packet: "Packet[Stream]") -> None:
        for frame in _decoded(packet):
            if isinstance(frame, VideoFrame) and frame.pts is not None and frame.time_base:
                self._show(frame, round(frame.pts * frame.time_base / _TICKS))

    def finish(self) -> None:
        self._out.mux(self._track.encode(None))

    def _show(self, frame: VideoFrame, ticks: int) -> None:
        if self._next_ticks is not None and ticks < self._next_ticks:
            return  # faster than we keep, or back in time
        self._next_ticks = ticks + int(0.9 / _MOST_FRAMES_PER_SECOND / _TICKS)
        picture = self._upright(frame)
        picture.pts, picture.time_base = ticks, _TICKS
        self._out.mux(self._track.encode(picture))

    def _upright(self, frame: VideoFrame) -> VideoFrame:
        width, height = self._orientation.size(self._track.width, self._track.height)
        scaled = frame.reformat(
            width=width, height=height, format="yuv420p", dst_color_range="MPEG", threads=1
        )
        planes = np.asarray(scaled.to_ndarray(), dtype=np.uint8).ravel()
        luma, chroma = width * height, width * height // 4
        turned = [
            self._turn(planes[:luma], width),
            self._turn(planes[luma : luma + chroma], width // 2),
            self._turn(planes[luma + chroma :], width // 2),
        ]
        joined = np.concatenate(turned).reshape(-1, self._track.width)
        return VideoFrame.from_ndarray(joined, format="yuv420p")

    def _turn(self, plane: Pixels, width: int) -> Pixels:
        return self._orientation.turn(plane.reshape(-1, width)).ravel()


class EncodedSound:
    """Makes AAC, mono or stereo."""

    def __init__(self, out: OutputContainer, source: AudioStream) -> None:
        layout = "mono" if source.codec_context.channels == 1 else "stereo"
        self._out = out
        self._track = out.add_stream("aac", rate=_AUDIO_RATE, layout=layout)
        self._resampler = AudioResampler(format="fltp", layout=layout, rate=_AUDIO_RATE)

    def take(self, packet: "Packet[Stream]") -> None:
        for frame in _decoded(packet):
            if isinstance(frame, AudioFrame):
                self._sound(frame)

    def finish(self) -> None:
        self._sound(None)
        self._out.mux(self._track.encode(None))

    def _sound(self, frame: AudioFrame | None) -> None:
        for sound in self._resampler.resample(frame):
            self._out.mux(self._track.encode(sound))


def _decoded(packet: "Packet[Stream]") -> list[object]:
    try:
        return list(packet.decode())
    except MemoryError:
        raise
    except FFmpegError:
        return []  # a broken packet was counted when the film was watched
