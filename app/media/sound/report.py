"""What one recording of speech may cost, and what the inspection made of it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SoundLimits:
    """Bounds on a recording and on the process that looks at it."""

    max_bytes: int = 2 * 1024 * 1024
    min_ms: int = 300
    max_ms: int = 60_000
    wall_seconds: float = 30
    cpu_seconds: int = 20
    memory_mb: int = 1024


@dataclass(frozen=True, slots=True)
class SoundReport:
    """AAC in MP4, one channel, without metadata, as loud as it can be without distortion."""

    sound: Path
    duration_ms: int
