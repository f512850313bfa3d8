"""Why a recording of speech cannot be used."""

from enum import StrEnum

from app.media.confinement import Rejected


class SoundProblem(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_A_SOUND = "not_a_sound"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    SILENT = "silent"
    UNDECODABLE = "undecodable"
    PROCESSING_LIMIT = "processing_limit"


class SoundRejected(Rejected):
    """The recording itself is at fault; trying again cannot help."""

    def __init__(self, problem: SoundProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
