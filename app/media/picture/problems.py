"""Why a picture cannot be used."""

from enum import StrEnum

from app.media.confinement import Rejected


class PictureProblem(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_A_PICTURE = "not_a_picture"
    TRUNCATED = "truncated"
    TOO_MANY_PIXELS = "too_many_pixels"
    UNDECODABLE = "undecodable"
    PROCESSING_LIMIT = "processing_limit"


class PictureRejected(Rejected):
    """The picture itself is at fault; trying again cannot help."""

    def __init__(self, problem: PictureProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
