"""Why a film cannot be used, and what a reviewer should know about one that can."""

from enum import StrEnum

from app.media.confinement import Rejected


class VideoProblem(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_A_VIDEO = "not_a_video"
    TRUNCATED = "truncated"
    NO_VIDEO_TRACK = "no_video_track"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_MANY_PIXELS = "too_many_pixels"
    UNDECODABLE = "undecodable"
    PROCESSING_LIMIT = "processing_limit"


class VideoFlag(StrEnum):
    DARK = "dark"
    SHORT = "short"
    NO_MOTION = "no_motion"


class VideoRejected(Rejected):
    """The film itself is at fault; trying again cannot help."""

    def __init__(self, problem: VideoProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class InspectionError(Exception):
    """Our side failed: the film is not to blame and the job should be tried again."""
