"""Judge a film without trusting it: inspect it in a confined process, compare it with others."""

from app.media.video.fingerprint import is_near_duplicate, similarity
from app.media.video.inspection import inspect
from app.media.video.limits import VideoLimits
from app.media.video.problems import InspectionError, VideoFlag, VideoProblem, VideoRejected
from app.media.video.report import VideoReport

__all__ = [
    "InspectionError",
    "VideoFlag",
    "VideoLimits",
    "VideoProblem",
    "VideoRejected",
    "VideoReport",
    "inspect",
    "is_near_duplicate",
    "similarity",
]
