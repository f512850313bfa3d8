"""What one picture may cost, and what the inspection made of it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """Bounds on a picture and on the process that looks at it; sides are in pixels."""

    max_bytes: int = 20 * 1024 * 1024
    max_pixels: int = 120_000_000  # more than any phone takes; 360 MB once decoded
    longest_side: int = 2560
    thumbnail_side: int = 480
    wall_seconds: float = 60
    cpu_seconds: int = 30
    memory_mb: int = 1024


@dataclass(frozen=True, slots=True)
class PictureReport:
    """Two JPEGs without metadata, upright, in sRGB; the size is that of the picture."""

    picture: Path
    thumbnail: Path
    width: int
    height: int
