"""Take from the passing frames what flags, stills and fingerprint need; keep memory small."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from app.media.video.decoding import Shown
from app.media.video.fingerprint import CELLS, SAMPLE_SECONDS
from app.media.video.orientation import Orientation, Pixels

_LOOK_EVERY_S = 0.06
_STILL_WIDTH = 480
_FIRST_STILL_EVERY_S = 0.25
_MOST_STILLS = 48
_LUMA_SIDE = 64


@dataclass(frozen=True, slots=True)
class Still:
    """A small upright RGB picture from the film."""

    at_s: float
    pixels: Pixels


class Watcher:
    """Sees every frame once; samples brightness cells and a few evenly spaced stills."""

    def __init__(self) -> None:
        self.stills: list[Still] = []
        self._still_every_s = _FIRST_STILL_EVERY_S
        self._next_still_s = 0.0
        self._next_look_s = 0.0
        self._sums: list[npt.NDArray[np.float64]] = []
        self._counts: list[int] = []

    def see(self, shown: Shown, orientation: Orientation) -> None:
        if shown.at_s >= self._next_look_s:
            self._next_look_s = shown.at_s + _LOOK_EVERY_S
            self._sample(shown, orientation)
        if shown.at_s >= self._next_still_s:
            self._next_still_s = shown.at_s + self._still_every_s
            self._keep(Still(shown.at_s, _small(shown.frame, orientation)))

    def cells(self) -> Pixels:
        """Give the mean brightness of every cell for every sample of the film."""
        means: list[npt.NDArray[np.float64]] = []
        for total, count in zip(self._sums, self._counts, strict=True):
            means.append(total / count if count else means[-1])  # a gap shows the frame before it
        return np.rint(np.stack(means)).astype(np.uint8)

    def _sample(self, shown: Shown, orientation: Orientation) -> None:
        number = int(shown.at_s / SAMPLE_SECONDS)
        while len(self._sums) <= number:
            self._sums.append(np.zeros((CELLS, CELLS)))
            self._counts.append(0)
        luma = orientation.turn(_luma(shown.frame)).astype(np.float64)
        side = _LUMA_SIDE // CELLS
        self._sums[number] += luma.reshape(CELLS, side, CELLS, side).mean(axis=(1, 3))
        self._counts[number] += 1

    def _keep(self, still: Still) -> None:
        self.stills.append(still)
        if len(self.stills) > _MOST_STILLS:
            self.stills = self.stills[::2]
            self._still_every_s *= 2
            self._next_still_s = self.stills[-1].at_s + self._still_every_s


def _luma(frame: VideoFrame) -> Pixels:
    small = frame.reformat(
        width=_LUMA_SIDE,
        height=_LUMA_SIDE,
        format="gray",
        interpolation="AREA",
        dst_color_range="JPEG",
        threads=1,
    )
    return np.asarray(small.to_ndarray(), dtype=np.uint8)


def _small(frame: VideoFrame, orientation: Orientation) -> Pixels:
    shown_width, _ = orientation.size(frame.width, frame.height)
    scale = min(1.0, _STILL_WIDTH / shown_width)
    width, height = max(2, round(frame.width * scale)), max(2, round(frame.height * scale))
    small = frame.reformat(
        width=width, height=height, format="rgb24", interpolation="AREA", threads=1
    )
    return orientation.turn(np.asarray(small.to_ndarray(), dtype=np.uint8))
