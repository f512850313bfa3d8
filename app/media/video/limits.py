"""What one film may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """Bounds on a film and on the process that looks at it."""

    max_bytes: int = 50 * 1024 * 1024
    min_ms: int = 3_000
    max_ms: int = 180_000
    max_pixels: int = 4096 * 2304
    max_frames: int = 12_000  # 180 s at 60 frames a second, and some
    wall_seconds: float = 120
    cpu_seconds: int = 200  # two threads for most of the wall time
    memory_mb: int = 1536
    written_per_read: float = 4  # how much larger than max_bytes a new film may become
