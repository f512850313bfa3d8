"""Turn pictures upright as the film's display matrix asks."""

import struct
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Orientation:
    """One of the eight ways to lay a picture down."""

    swapped: bool = False
    mirrored_x: bool = False
    mirrored_y: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Self:
        data = frame.side_data.get("DISPLAYMATRIX")
        if not isinstance(data, SideData):
            return cls()
        a, b, _, c, d = struct.unpack("<5i", bytes(data)[:20])
        if abs(b) > abs(a):
            return cls(swapped=True, mirrored_x=c < 0, mirrored_y=b < 0)
        return cls(mirrored_x=a < 0, mirrored_y=d < 0)

    @property
    def upright(self) -> bool:
        return self == Orientation()

    def size(self, width: int, height: int) -> tuple[int, int]:
        return (height, width) if self.swapped else (width, height)

    def turn(self, pixels: Pixels) -> Pixels:
        turned = pixels.swapaxes(0, 1) if self.swapped else pixels
        if self.mirrored_x:
            turned = turned[:, ::-1]
        if self.mirrored_y:
            turned = turned[::-1]
        return np.ascontiguousarray(turned)
