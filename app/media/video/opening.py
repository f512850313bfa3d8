"""Open a film with everything forbidden that a film has no need of."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from app.media.video.containers import Layout
from app.media.video.limits import VideoLimits
from app.media.video.problems import VideoProblem, VideoRejected

THREADS = 2  # each thread holds frames of its own

_VIDEO_CODECS = ("h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "h263")
_DECODERS = (
    *_VIDEO_CODECS, "libdav1d",
    "aac", "opus", "libopus", "vorbis", "mp3", "mp3float", "amrnb", "amrwb",
    "libopencore_amrnb", "libopencore_amrwb", "pcm_s16le", "pcm_s16be",
)  # fmt: skip


def decoder_options(limits: VideoLimits) -> dict[str, str]:
    """Refuse other decoders, and frames larger than allowed, before they take memory."""
    return {"codec_whitelist": ",".join(_DECODERS), "max_pixels": str(limits.max_pixels)}


@contextmanager
def open_film(path: Path, layout: Layout, limits: VideoLimits) -> Iterator[InputContainer]:
    """Open a local file with the one demuxer its marks call for: no playlist, no other file."""
    options = decoder_options(limits) | {
        "protocol_whitelist": "file",
        "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm",
        "enable_drefs": "0",
        "use_absolute_path": "0",
        "ignore_chapters": "1",
        "probesize": "5000000",
        "analyzeduration": "5000000",
    }
    try:
        film = av.open(f"file:{path}", format=layout.demuxer, options=options)
    except (FFmpegError, UnicodeDecodeError) as error:
        raise VideoRejected(problem_of(error)) from error
    with film:
        yield film


def problem_of(error: Exception) -> VideoProblem:
    """Tell a film that wants too much memory from one that makes no sense."""
    if isinstance(error, MemoryError):
        return VideoProblem.PROCESSING_LIMIT
    return VideoProblem.UNDECODABLE


def pick_video(film: InputContainer, limits: VideoLimits) -> VideoStream:
    """Choose the picture track and believe its header where it condemns the film."""
    tracks = [s for s in film.streams.video if not s.disposition & Disposition.attached_pic]
    if not tracks:
        raise VideoRejected(VideoProblem.NO_VIDEO_TRACK)
    video = tracks[0]
    _check_header(film, video, limits)
    decoder = video.codec_context
    decoder.options = decoder_options(limits)
    decoder.thread_count = THREADS
    decoder.thread_type = "AUTO"
    return video


def decoder_of(track: VideoStream | AudioStream) -> CodecContext | None:
    """Give the track's decoder: there is none for a codec that the library does not know."""
    return track.codec_context


def _check_header(film: InputContainer, video: VideoStream, limits: VideoLimits) -> None:
    known = decoder_of(video)
    if known is None or known.codec.canonical_name not in _VIDEO_CODECS:
        raise VideoRejected(VideoProblem.UNDECODABLE)
    decoder = video.codec_context
    if decoder.width * decoder.height > limits.max_pixels:
        raise VideoRejected(VideoProblem.TOO_MANY_PIXELS)
    if (declared_ms(film, video) or 0) > limits.max_ms:
        raise VideoRejected(VideoProblem.TOO_LONG)
    if video.frames > limits.max_frames:
        raise VideoRejected(VideoProblem.PROCESSING_LIMIT)


def declared_ms(film: InputContainer, video: VideoStream) -> int | None:
    """Say how long the header claims the picture is, if it says so at all."""
    if video.duration and video.time_base:
        return round(video.duration * video.time_base * 1000)
    return round(film.duration / 1000) if film.duration else None
