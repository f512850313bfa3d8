"""Judge a picture without trusting it, and keep one of our own making: no place, no camera."""

from app.media.picture.inspection import inspect_picture
from app.media.picture.keeping import PICTURE_NAME, THUMBNAIL_NAME, KeptPicture, keep_picture
from app.media.picture.problems import PictureProblem, PictureRejected
from app.media.picture.report import PictureLimits, PictureReport

__all__ = [
    "PICTURE_NAME",
    "THUMBNAIL_NAME",
    "KeptPicture",
    "PictureLimits",
    "PictureProblem",
    "PictureRejected",
    "PictureReport",
    "inspect_picture",
    "keep_picture",
]
