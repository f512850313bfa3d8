"""Decide what a film needs to become an H.264/AAC MP4 that plays from its first bytes."""

from dataclasses import dataclass
from enum import StrEnum

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from app.media.video.containers import Layout
from app.media.video.opening import decoder_of

_LONG_SIDE = 1280  # of what we encode
_LONGEST_COPIED_SIDE = 1920  # of what we leave as the phone made it
_WEB_PROFILES = {"Baseline", "Constrained Baseline", "Main", "High"}


class Handling(StrEnum):
    DROP = "drop"
    COPY = "copy"
    ENCODE = "encode"


@dataclass(frozen=True, slots=True)
class Plan:
    """What each track needs; `keep` means that the film is good byte for byte."""

    video: Handling
    audio: Handling
    keep: bool


def plan_for(
    layout: Layout, video: VideoStream, audio: AudioStream | None, *, upright: bool, intact: bool
) -> Plan:
    sound = _audio_handling(audio)
    as_is = upright and intact and _plays_on_the_web(video)
    picture = Handling.COPY if as_is else Handling.ENCODE
    keep = layout.streamable_mp4 and as_is and sound is not Handling.ENCODE
    return Plan(picture, sound, keep)


def audio_of(film: InputContainer) -> AudioStream | None:
    """Find the sound track, if there is one that we can decode."""
    return next((s for s in film.streams.audio if decoder_of(s)), None)


def normal_size(width: int, height: int) -> tuple[int, int]:
    """Scale down to the long side we keep; H.264 wants even numbers."""
    scale = min(1.0, _LONG_SIDE / max(width, height))
    return _even(width * scale), _even(height * scale)


def _even(length: float) -> int:
    return max(16, round(length / 2) * 2)


def _plays_on_the_web(video: VideoStream) -> bool:
    decoder = video.codec_context
    return (
        decoder.codec.canonical_name == "h264"
        and decoder.pix_fmt in {"yuv420p", "yuvj420p"}
        and decoder.profile in _WEB_PROFILES
        and max(decoder.width, decoder.height) <= _LONGEST_COPIED_SIDE
        and video.sample_aspect_ratio in {None, 0, 1}
    )


def _audio_handling(audio: AudioStream | None) -> Handling:
    if audio is None:
        return Handling.DROP
    return Handling.COPY if audio.codec_context.name == "aac" else Handling.ENCODE
