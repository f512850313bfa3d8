"""An institution's own spoken words for the steps of filming a dose."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Row
from app.media.sound import SoundProblem


class VoiceStep(StrEnum):
    """The steps of the phone's guide; the first has another text where there is no code."""

    FACE_AND_CODE = "face_and_code"
    FACE = "face"
    PALM = "palm"
    TONGUE = "tongue"
    SWALLOW = "swallow"
    MOUTH = "mouth"


class VoiceState(StrEnum):
    """removed: by an operator, by a newer one of the same step, or lost by the storage."""

    REQUESTED = "requested"
    UPLOADED = "uploaded"
    READY = "ready"
    UNUSABLE = "unusable"
    REMOVED = "removed"


class GuideVoice(Row):
    """The words of one step. At most one of an institution and step is ready: phones play it."""

    __tablename__ = "guide_voice"
    __table_args__ = (
        Index(
            "uq_guide_voice_ready",
            "institution_id",
            "step",
            unique=True,
            postgresql_where=text("state = 'ready'"),
        ),
        Index("ix_guide_voice_institution_id_created_at", "institution_id", "created_at", "id"),
    )

    institution_id: Mapped[UUID] = mapped_column(ForeignKey("institution.id", ondelete="RESTRICT"))
    step: Mapped[VoiceStep]
    media_id: Mapped[UUID] = mapped_column(
        ForeignKey("media_object.id", ondelete="RESTRICT"), unique=True
    )
    state: Mapped[VoiceState] = mapped_column(default=VoiceState.REQUESTED)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="RESTRICT"))
    problem: Mapped[SoundProblem | None]
    sound_key: Mapped[str | None]
    duration_ms: Mapped[int | None]
    size: Mapped[int | None]
    ready_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
