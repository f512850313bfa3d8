"""What is uploaded for doses: how large it may be, where it lies, and how long it is kept."""

from collections.abc import Mapping
from datetime import timedelta

from app.core.media_kinds import DerivedPrefix, MediaFamily, MediaKind
from app.medication.models import VoiceStep

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
# A recording that nobody makes anew in ten years is out of date; a copy of ours is played.
GUIDE_VOICE = MediaKind(
    code="medication.guide_voice",
    family=MediaFamily.VOICE,
    prefix="guide-voices/",
    content_types=frozenset({
        "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/aac", "audio/wav", "audio/x-wav",
    }),
    max_bytes=lambda _: 2 * 1024 * 1024,  # ten seconds of a studio's WAV
    keep_days=lambda _: 3650,
    announce_job="medication.guide_voice_arrived",
    deleted_job="medication.guide_voice_deleted",
)  # fmt: skip
# As long as the step lasts on the phone (`features/filming/steps.ts`), so that no word is cut off.
LONGEST_VOICE_MS: Mapping[VoiceStep, int] = {
    VoiceStep.FACE_AND_CODE: 5_000,
    VoiceStep.FACE: 5_000,
    VoiceStep.PALM: 6_000,
    VoiceStep.TONGUE: 5_000,
    VoiceStep.SWALLOW: 8_000,
    VoiceStep.MOUTH: 5_000,
}
MEDIA_KINDS = (FILM, GUIDE_VOICE)
