"""The films of doses: how large they may be, where they lie, and how long they are kept."""

from datetime import timedelta

from app.core.media_kinds import DerivedPrefix, MediaFamily, MediaKind

# The stated days count from the verdict, the longest from the upload: room for a late verdict.
LATE_VERDICT = timedelta(days=90)
STILLS = DerivedPrefix("stills/", deleted_with_object=False)
FILM = MediaKind(
    code="medication.film",
    family=MediaFamily.FILM,
    prefix="films/",
    content_types=frozenset({"video/mp4", "video/quicktime", "video/webm", "video/3gpp"}),
    max_bytes=lambda settings: settings.upload_max_bytes,
    keep_days=lambda settings: settings.video_retention_days + LATE_VERDICT.days,
    announce_job="medication.film_arrived",
    deleted_job="medication.film_deleted",
    queue="video",  # it is heavy, and may get workers of its own
    derived=(STILLS,),
)
MEDIA_KINDS = (FILM,)
