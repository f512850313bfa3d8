"""Make small recordings of a tone, in the formats that phones and computers record."""

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream

Samples = npt.NDArray[np.float64]
RATE = 16_000


def write_sound(
    path: Path, codec: str = "pcm_s16le", *, seconds: float = 2, peak: float = 0.3, rate: int = RATE
) -> Path:
    """Write a tone that is as loud as `peak` of the full scale; the suffix names the container."""
    tone = peak * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    with av.open(str(path), "w") as out:
        track = out.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(track, AudioStream)
        form = track.codec_context.format.name
        for start in range(0, tone.size, size := track.codec_context.frame_size or 1024):
            frame = _frame(form, tone[start : start + size].reshape(1, -1))
            frame.sample_rate, frame.pts = rate, start
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return path


def _frame(form: str, part: Samples) -> av.AudioFrame:
    if form.startswith("s16"):
        return av.AudioFrame.from_ndarray((part * 32767).astype(np.int16), form, "mono")
    if form.startswith("s32"):
        return av.AudioFrame.from_ndarray((part * 2147483647).astype(np.int32), form, "mono")
    return av.AudioFrame.from_ndarray(part.astype(np.float32), form, "mono")


def peak_of(path: Path) -> float:
    """Tell how loud the loudest moment is."""
    with av.open(str(path)) as opened:
        frames = [frame.to_ndarray() for frame in opened.decode(audio=0)]
    return float(np.max(np.abs(np.concatenate(frames, axis=1))))
