"""Judge a recording of speech without trusting it, and keep one of our own making."""

from app.media.sound.inspection import inspect_sound
from app.media.sound.keeping import KeptSound, keep_sound
from app.media.sound.problems import SoundProblem, SoundRejected
from app.media.sound.report import SoundLimits, SoundReport

__all__ = [
    "KeptSound",
    "SoundLimits",
    "SoundProblem",
    "SoundRejected",
    "SoundReport",
    "inspect_sound",
    "keep_sound",
]
