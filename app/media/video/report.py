"""What an inspection found."""

from dataclasses import dataclass
from pathlib import Path

from app.media.video.problems import VideoFlag


@dataclass(frozen=True, slots=True)
class VideoReport:
    """A usable film; width and height are those of the upright, playable picture."""

    duration_ms: int
    width: int
    height: int
    codec: str  # of the film as it was sent
    has_audio: bool
    size: int  # of the film as it was sent
    sha256: str  # of the film as it was sent
    normalised: bool  # whether `playable` is a new file and not the source itself
    playable: Path
    playable_size: int
    playable_sha256: str
    poster: Path
    sheet: Path
    flags: tuple[VideoFlag, ...]
    fingerprint: bytes
