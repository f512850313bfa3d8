"""Make tiny films, and spoil them in every way that the inspection must notice."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

Pixels = npt.NDArray[np.uint8]
Painter = Callable[[int, int, int], Pixels]

_RATE = 16_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a tiny film is made; the default is as good as a film can be."""

    codec: str = "libx264"
    audio: str | None = "aac"
    seconds: float = 9
    rate: int = 10
    width: int = 96
    height: int = 128
    rotation: int = 0
    faststart: bool = True
    pix_fmt: str = "yuv420p"
    live: bool = False


GOOD = Recipe()


def paint(number: int, width: int, height: int) -> Pixels:
    """Paint a light top and a bright square that runs across."""
    picture = np.full((height, width, 3), 90, np.uint8)
    picture[: height // 4] = 200
    left = number * 5 % (width - 24)
    picture[height // 2 : height // 2 + 24, left : left + 24] = (250, 220, 160)
    return picture


def write_film(path: Path, recipe: Recipe = GOOD, painter: Painter = paint) -> Path:
    """Write the film that the recipe describes; the suffix names the container."""
    options = {"movflags": "+faststart"} if recipe.faststart and path.suffix == ".mp4" else {}
    options |= {"live": "1"} if recipe.live else {}
    with av.open(str(path), "w", options=options) as out:
        picture = _picture_track(out, recipe)
        sound = _sound_track(out, recipe.audio)
        for number in range(round(recipe.seconds * recipe.rate)):
            frame = av.VideoFrame.from_ndarray(painter(number, recipe.width, recipe.height))
            frame.pts, frame.time_base = number, Fraction(1, recipe.rate)
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        if sound is not None:
            _hum(out, sound, recipe.seconds)
    return path


def _picture_track(out: OutputContainer, recipe: Recipe) -> VideoStream:
    speed = {"libvpx": {"deadline": "realtime", "cpu-used": "8"}}
    quick = {"preset": "ultrafast", "x265-params": "log-level=none"}
    fitting = speed.get(recipe.codec, quick if "x26" in recipe.codec else {})
    track = out.add_stream(recipe.codec, rate=recipe.rate, options=dict(fitting))
    assert isinstance(track, VideoStream)
    track.width, track.height, track.pix_fmt = recipe.width, recipe.height, recipe.pix_fmt
    track.codec_context.time_base = Fraction(1, recipe.rate)
    if recipe.rotation:
        track.set_display_rotation(recipe.rotation)
    return track


def _sound_track(out: OutputContainer, codec: str | None) -> AudioStream | None:
    if codec is None:
        return None
    track = out.add_stream(codec, rate=_RATE, layout="mono")
    assert isinstance(track, AudioStream)
    return track


def _hum(out: OutputContainer, track: AudioStream, seconds: float) -> None:
    for start in range(0, round(seconds * _RATE), 960):
        wave = np.sin(np.arange(start, start + 960, dtype=np.float32) / 20)[np.newaxis] / 50
        form = "s16" if track.codec_context.name == "libopus" else "fltp"
        wave = (wave * 32767).astype(np.int16) if form == "s16" else wave.astype(np.float32)
        sound = av.AudioFrame.from_ndarray(wave, format=form, layout="mono")
        sound.sample_rate, sound.pts, sound.time_base = _RATE, start, Fraction(1, _RATE)
        out.mux(track.encode(sound))
    out.mux(track.encode(None))


def write_sound(path: Path) -> Path:
    """Write a film's sound without its picture."""
    with av.open(str(path), "w", format="mp4") as out:
        track = _sound_track(out, "aac")
        assert track is not None
        _hum(out, track, 5)
    return path


def cut(path: Path, source: Path, share: float) -> Path:
    """Keep only the first part of a file."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def spoil_pictures(path: Path, source: Path) -> Path:
    """Keep the index and overwrite what it points at."""
    data = bytearray(source.read_bytes())
    start = data.index(b"mdat") + 4
    length = int.from_bytes(data[start - 8 : start - 4]) - 8
    data[start : start + length] = np.random.default_rng(7).bytes(length)
    path.write_bytes(data)
    return path


def claim_size(path: Path, source: Path, width: int, height: int) -> Path:
    """Rewrite every VP8 key frame to claim these dimensions, whatever the container says."""
    claim = b"\x9d\x01\x2a" + struct.pack("<HH", width, height)
    data = bytearray(source.read_bytes())
    place = data.find(claim[:3])
    while place >= 0:
        data[place : place + len(claim)] = claim
        place = data.find(claim[:3], place + 1)
    path.write_bytes(data)
    return path


def claim_size_in_index(path: Path, source: Path, side_in_blocks: int) -> Path:
    """Give a film, its index at the end, an H.264 header that claims a huge square."""
    data = source.read_bytes()
    path.write_bytes(_grown(data, _sequence_header(side_in_blocks), side_in_blocks * 16))
    return path


def _grown(data: bytes, sequence: bytes, side: int) -> bytes:
    """Replace the decoder's configuration and widen every box around it."""
    place = data.index(b"avcC") - 4
    old = int.from_bytes(data[place : place + 4])
    picture = b"\x68\xce\x38\x80"
    body = b"avcC\x01\x42\x00\x3e\xff\xe1" + struct.pack(">H", len(sequence)) + sequence
    body += b"\x01" + struct.pack(">H", len(picture)) + picture
    new = struct.pack(">I", len(body) + 4) + body
    head = bytearray(data[:place])
    entry = head.rindex(b"avc1")
    head[entry + 28 : entry + 32] = struct.pack(">HH", side, side)
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"):
        at = head.rindex(kind) - 4
        size = int.from_bytes(head[at : at + 4]) + len(new) - old
        head[at : at + 4] = size.to_bytes(4)
    return bytes(head) + new + data[place + old :]


def _sequence_header(blocks: int) -> bytes:
    """Write a baseline H.264 sequence header for a square of `blocks` macroblocks a side."""
    golomb = "".join(_golomb(value) for value in (0, 0, 2, 1))
    size = "0" + _golomb(blocks - 1) + _golomb(blocks - 1)
    bits = golomb + size + "1" + "1" + "0" + "0" + "1"
    bits += "0" * (-len(bits) % 8)
    payload = int(bits, 2).to_bytes(len(bits) // 8)
    return b"\x67\x42\x00\x3e" + payload


def _golomb(value: int) -> str:
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def write_bomb(path: Path, frames: int) -> Path:
    """Repeat one "nothing changed" frame of a large picture: few bytes, much work."""
    seed = path.with_suffix(".seed.mp4")
    flat = Recipe(width=2560, height=1440, seconds=0.2, audio=None)
    write_film(seed, flat, lambda _, width, height: np.full((height, width, 3), 99, np.uint8))
    with av.open(str(seed)) as source, av.open(str(path), "w") as out:
        track = out.add_stream_from_template(source.streams.video[0])
        key, skip = [bytes(p) for p in source.demux(video=0) if p.size][:2]
        for number in range(frames):
            packet = av.Packet(key if number == 0 else skip)
            packet.stream, packet.time_base = track, Fraction(1, 100)
            packet.pts = packet.dts = number
            packet.is_keyframe = number == 0
            out.mux(packet)
    return path
