"""Make the demonstration films: short, real videos of a drawn patient taking tablets."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image

from scripts.demo import scene
from scripts.demo.scene import HEIGHT, WIDTH

FRAMES_PER_SECOND = 15
VARIANTS = ("good", "dark", "short", "no_motion", "hevc_mov", "webm")

_SHORT_SECONDS = 4.0
_DARK = 0.13
_AUDIO_RATE = 16_000

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Take:
    """What differs from day to day: the rhythm of the steps, the light, where the phone stands."""

    light: float
    offset: tuple[int, int]
    steps: tuple[float, float, float, float, float]
    sway: tuple[float, float, float]
    side: int


def make_film(
    path: Path,
    *,
    seed: int,
    code: str,
    tablets: int,
    variant: str = "good",
    seconds: float = 8,
    take: int = 0,
) -> None:
    """Write one film; `seed` is the patient and the room, `take` the day."""
    if variant not in VARIANTS:
        raise ValueError(variant)
    length = min(seconds, _SHORT_SECONDS) if variant == "short" else seconds
    stage = Stage(seed, take, code, tablets)
    frames = stage.frames(round(length * FRAMES_PER_SECOND), still=variant == "no_motion")
    if variant == "dark":
        frames = ((frame * _DARK).astype(np.uint8) for frame in frames)
    _write(path, frames, variant, length)


def take_of(seed: int, take: int) -> Take:
    """Choose the day's differences."""
    rng = random.Random(seed * 1009 + take)  # noqa: S311  # a drawing, not a secret
    lengths = [rng.uniform(0.7, 1.3) for _ in range(6)]
    ends = np.cumsum(lengths) / sum(lengths)
    return Take(
        light=rng.uniform(0.92, 1.06),
        offset=(rng.randint(-14, 14), rng.randint(-10, 10)),
        steps=(float(ends[0]), float(ends[1]), float(ends[2]), float(ends[3]), float(ends[4])),
        sway=(rng.uniform(0, 6.3), rng.uniform(0.5, 1.1), rng.uniform(3, 7)),
        side=rng.choice((-1, 1)),
    )


class Stage:
    """One film's layers, painted once, and the moves that put them together."""

    def __init__(self, seed: int, take: int, code: str, tablets: int) -> None:
        self.take = take_of(seed, take)
        look = scene.look_of(seed)
        sleeve = scene.shade(look.clothes, 0.92)
        self.room = scene.draw_room(look, self.take.light)
        self.body = scene.draw_body(look)
        self.head = scene.draw_head(look, blink=False)
        self.blink = scene.draw_head(look, blink=True)
        self.palm = scene.draw_palm(look, tablets, sleeve)
        self.empty_palm = scene.draw_palm(look, 0, sleeve)
        self.glass = scene.draw_glass(look, sleeve)
        self.card = scene.draw_card(code)
        steps = range(5)
        self.mouths = [scene.draw_mouth(step / 4, 0, look.tablet) for step in steps]
        self.fed = [scene.draw_mouth(step / 4, min(tablets, 5), look.tablet) for step in steps]

    def frames(self, count: int, *, still: bool) -> Iterator[Pixels]:
        first = np.asarray(self.draw(0.05, 0.0))
        for number in range(count):
            moment = (number + 0.5) / count
            frame = self.draw(moment, number / FRAMES_PER_SECOND)
            yield first if still else np.asarray(frame)

    def draw(self, moment: float, second: float) -> Image.Image:
        """Compose the frame at `moment` of the film, nought to one."""
        phase, speed, reach = self.take.sway
        x = round(self.take.offset[0] + reach * math.sin(phase + speed * second * 2))
        y = round(self.take.offset[1] + 2.5 * math.sin(phase + second * 1.9))
        frame = self.room.copy()
        _paste(frame, self.body, WIDTH // 2 - 210 + x // 2, 424 + y // 2)
        self._face(frame, moment, second, x, y)
        self._hands(frame, moment, x, y)
        _paste(frame, self.card, 26, 560)
        return frame

    def _face(self, frame: Image.Image, moment: float, second: float, x: int, y: int) -> None:
        shut, fed = self.take.steps[1], self.take.steps[3]
        head = self.blink if second * self.take.sway[1] % 2.6 < 0.16 else self.head
        lift = round(-8 * _bump(moment, fed - 0.1, self.take.steps[4]))
        _paste(frame, head, WIDTH // 2 - 120 + x, 178 + y + lift)
        open_now = max(_bump(moment, shut, fed), _bump(moment, self.take.steps[4], 1.2))
        mouths = self.fed if self.take.steps[2] - 0.02 < moment < fed else self.mouths
        _paste(frame, mouths[round(open_now * 4)], WIDTH // 2 - 50 + x, 362 + y + lift)

    def _hands(self, frame: Image.Image, moment: float, x: int, y: int) -> None:
        shown, raised, tongue, fed, empty = self.take.steps
        if moment < tongue:
            up = _ease((moment - shown * 0.75) / 0.09)
            to_mouth = _ease((moment - raised) / (tongue - raised) * 1.2)
            aside = self.take.side * round(96 * (1 - to_mouth))
            left = WIDTH // 2 - 95 + aside + x // 2
            _paste(frame, self.palm, left, round(660 - 300 * up + 30 * to_mouth))
        elif moment < tongue + 0.08:
            down = _ease((moment - tongue) / 0.08)
            _paste(frame, self.empty_palm, WIDTH // 2 - 95 + x // 2, round(390 + 300 * down))
        drink = _bump(moment, fed - 0.05, empty)
        if drink > 0:
            left = WIDTH // 2 - 95 - self.take.side * round(90 * (1 - drink)) + x
            _paste(frame, self.glass, left, round(660 - 276 * drink) + y)


def _paste(frame: Image.Image, layer: Image.Image, left: int, top: int) -> None:
    frame.paste(layer, (left, top), layer)


def _ease(progress: float) -> float:
    bounded = max(0.0, min(1.0, progress))
    return bounded * bounded * (3 - 2 * bounded)


def _bump(moment: float, start: float, end: float) -> float:
    """Rise at the start, stay, and fall before the end."""
    return min(_ease((moment - start) / 0.06), _ease((end - moment) / 0.06))


def _write(path: Path, frames: Iterator[Pixels], variant: str, seconds: float) -> None:
    container = {"hevc_mov": "mov", "webm": "webm"}.get(variant, "mp4")
    options = {"movflags": "+faststart"} if container == "mp4" else {}
    with av.open(str(path), "w", format=container, options=options) as film:
        video = _video_stream(film, variant)
        audio = _audio_stream(film, variant)
        for number, pixels in enumerate(frames):
            film.mux(video.encode(_picture(pixels, number, sideways=variant == "hevc_mov")))
        film.mux(video.encode(None))
        for sound in _murmur(seconds, audio.codec_context.sample_rate):
            film.mux(audio.encode(sound))
        film.mux(audio.encode(None))


def _video_stream(film: OutputContainer, variant: str) -> VideoStream:
    sideways = variant == "hevc_mov"
    codec, options = _ENCODERS.get(variant, _H264)
    video = film.add_stream(codec, rate=FRAMES_PER_SECOND, options=options)
    if not isinstance(video, VideoStream):
        raise TypeError(codec)
    video.width, video.height = (HEIGHT, WIDTH) if sideways else (WIDTH, HEIGHT)
    video.pix_fmt = "yuv420p"
    video.codec_context.time_base = Fraction(1, FRAMES_PER_SECOND)
    if sideways:
        video.codec_context.codec_tag = "hvc1"
        video.set_display_rotation(-90)
    return video


_H264 = ("libx264", {"preset": "superfast", "crf": "25", "profile": "main"})
_ENCODERS = {
    "hevc_mov": ("libx265", {"preset": "ultrafast", "crf": "28", "x265-params": "log-level=none"}),
    "webm": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "crf": "12", "b": "900k"}),
}


def _audio_stream(film: OutputContainer, variant: str) -> AudioStream:
    if variant == "webm":
        return film.add_stream("libopus", rate=_AUDIO_RATE, layout="mono")
    return film.add_stream("aac", rate=_AUDIO_RATE, layout="mono")


def _picture(pixels: Pixels, number: int, *, sideways: bool) -> av.VideoFrame:
    turned = np.ascontiguousarray(np.rot90(pixels)) if sideways else pixels
    frame = av.VideoFrame.from_ndarray(turned, format="rgb24")
    frame.pts = number
    frame.time_base = Fraction(1, FRAMES_PER_SECOND)
    return frame


def _murmur(seconds: float, rate: int) -> Iterator[av.AudioFrame]:
    """Hum very softly, so that there is a sound track to keep."""
    for start in range(0, round(seconds * rate), 1024):
        times = np.arange(start, start + 1024, dtype=np.float32) / rate
        wave = (0.01 * np.sin(times * 2 * math.pi * 180)).astype(np.float32)
        sound = av.AudioFrame.from_ndarray(wave[np.newaxis], format="fltp", layout="mono")
        sound.sample_rate, sound.pts, sound.time_base = rate, start, Fraction(1, rate)
        yield sound
