"""Decode a recording of speech wholly and write it anew; runs in the child process only."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.codec.context import CodecContext
from av.container import InputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from app.media.sound.problems import SoundProblem, SoundRejected
from app.media.sound.report import SoundLimits, SoundReport

Samples = NDArray[np.float32]
_RATE = 44_100  # what every phone plays
_BITS_PER_SECOND = 64_000
_DECODERS = "aac,mp3,mp3float,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_u8"
_LOUDEST = 0.9  # of the full scale
_MOST_GAIN = 8.0  # 18 dB: more would lift the noise of a room above the words
_SILENCE = 0.01  # -40 dB: no voice that a microphone was held to is so low
_MOST_BROKEN = 0.1  # of the packets
_FADE = _RATE // 50  # a fiftieth of a second: a recording that is cut off begins with a click


def examine(source: Path, workdir: Path, limits: SoundLimits) -> SoundReport:
    size = source.stat().st_size
    if size == 0:
        raise SoundRejected(SoundProblem.EMPTY)
    if size > limits.max_bytes:
        raise SoundRejected(SoundProblem.TOO_LARGE)
    samples = _decoded(source, limits)
    duration_ms = round(1000 * samples.size / _RATE)
    if duration_ms < limits.min_ms:
        raise SoundRejected(SoundProblem.TOO_SHORT)
    return SoundReport(_written(_loud(samples), workdir / "sound.m4a"), duration_ms)


def _demuxer_of(source: Path) -> str:
    """Tell by its first bytes which one demuxer opens it: no other is tried."""
    with source.open("rb") as file:
        head = file.read(12)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] == b"ftyp":
        return "mov"
    if head[:3] == b"ID3":
        return "mp3"
    if head[:1] == b"\xff" and len(head) > 1:
        if head[1] & 0xF6 == 0xF0:
            return "aac"
        if head[1] & 0xE0 == 0xE0:
            return "mp3"
    raise SoundRejected(SoundProblem.NOT_A_SOUND)


def _decoded(source: Path, limits: SoundLimits) -> Samples:
    """Take at most what is allowed, whatever the header says of its length."""
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": "wav,mov,mp4,m4a,3gp,3g2,mj2,mp3,aac",
        "codec_whitelist": _DECODERS,
        "enable_drefs": "0",
        "use_absolute_path": "0",
    }
    most = limits.max_ms * _RATE // 1000
    parts: list[Samples] = []
    count = 0
    try:
        with av.open(f"file:{source}", format=_demuxer_of(source), options=options) as opened:
            for part in _parts(opened):
                parts.append(part)
                count += part.size
                if count > most:
                    raise SoundRejected(SoundProblem.TOO_LONG)
    except MemoryError:
        raise
    except (FFmpegError, UnicodeDecodeError):
        raise SoundRejected(SoundProblem.UNDECODABLE) from None
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _parts(opened: InputContainer) -> Iterator[Samples]:
    """Decode the first sound track to one channel; a picture of a cover is passed over."""
    if not opened.streams.audio:
        raise SoundRejected(SoundProblem.NOT_A_SOUND)
    track = opened.streams.audio[0]
    decoder: CodecContext | None = track.codec_context  # None where the library knows no decoder
    if decoder is None or decoder.name not in _DECODERS.split(","):
        raise SoundRejected(SoundProblem.UNDECODABLE)
    resampler = AudioResampler(format="flt", layout="mono", rate=_RATE)
    packets = broken = 0
    for packet in opened.demux(track):
        packets += 1
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except FFmpegError:
            broken += 1
            continue
        yield from (part for frame in frames for part in _resampled(resampler, frame))
    yield from _resampled(resampler, None)
    if broken > _MOST_BROKEN * packets:
        raise SoundRejected(SoundProblem.UNDECODABLE)


def _resampled(resampler: AudioResampler, frame: AudioFrame | None) -> list[Samples]:
    """Without a frame: what the resampler still holds."""
    made = resampler.resample(frame)
    return [np.asarray(one.to_ndarray(), dtype=np.float32).ravel() for one in made]


def _loud(samples: Samples) -> Samples:
    """Old ears hear it in a kitchen: each recording is lifted to the same height."""
    peak = float(np.max(np.abs(samples)))
    if not np.isfinite(peak):
        raise SoundRejected(SoundProblem.UNDECODABLE)
    if peak < _SILENCE:
        raise SoundRejected(SoundProblem.SILENT)
    loud = samples * np.float32(min(_LOUDEST / peak, _MOST_GAIN))
    fade = min(_FADE, loud.size // 2)
    rising = np.linspace(0, 1, fade, dtype=np.float32)
    loud[:fade] *= rising
    loud[loud.size - fade :] *= rising[::-1]
    return loud


def _written(samples: Samples, to: Path) -> Path:
    options = {"movflags": "+faststart"}
    with av.open(str(to), "w", format="mp4", options=options) as out:
        track = out.add_stream("aac", rate=_RATE, layout="mono")
        track.bit_rate = _BITS_PER_SECOND
        size = track.codec_context.frame_size or 1024
        whole = np.pad(samples, (0, -samples.size % size))
        for start in range(0, whole.size, size):
            part = whole[start : start + size].reshape(1, -1)
            frame = AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = _RATE, start
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return to
