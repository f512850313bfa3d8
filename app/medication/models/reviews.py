"""What a person decided about a film: append-only."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, Row
from app.medication.models.recordings import Reading


class Verdict(StrEnum):
    OBSERVED = "observed"
    PARTIAL = "partial"
    UNVERIFIABLE = "unverifiable"
    REJECTED = "rejected"


class ReviewReason(StrEnum):
    FACE_NOT_VISIBLE = "face_not_visible"
    DRUG_NOT_SHOWN = "drug_not_shown"
    SWALLOW_NOT_SEEN = "swallow_not_seen"
    MOUTH_NOT_SHOWN = "mouth_not_shown"
    TOO_DARK = "too_dark"
    WRONG_CODE = "wrong_code"
    WRONG_PERSON = "wrong_person"
    WRONG_DRUG_COUNT = "wrong_drug_count"
    DAMAGED = "damaged"
    OTHER = "other"


class Review(Row):
    """One reading by one person.

    `tablets` is [{name, seen}] where the count was corrected. `watched_ms` (how long the film
    played), `opened_at` (when it came on the screen) and `played_rate` are the browser's word; the
    first two are held within the time for which the server had handed the film out.
    """

    __tablename__ = "review"
    __table_args__ = (
        Index("ix_review_recording_id_created_at", "recording_id", "created_at"),
        Index("ix_review_created_at", "created_at"),
        Index("ix_review_dose_id", "dose_id"),
        UniqueConstraint("reviewer_id", "client_key"),
    )

    recording_id: Mapped[UUID] = mapped_column(ForeignKey("recording.id", ondelete="RESTRICT"))
    dose_id: Mapped[UUID] = mapped_column(ForeignKey("dose.id", ondelete="RESTRICT"))
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="RESTRICT"))
    client_key: Mapped[str]
    reading: Mapped[Reading]
    verdict: Mapped[Verdict]
    reason: Mapped[ReviewReason | None]
    comment: Mapped[str | None]
    tablets: Mapped[list[dict[str, Any]] | None]
    watched_ms: Mapped[int]
    played_rate: Mapped[Decimal] = mapped_column(Numeric(3, 2))
    opened_at: Mapped[datetime]


class ReviewWithdrawal(Base):
    """An undo or a correction is a row of its own: the withdrawn review stays readable.

    A correction, made after the seconds of an undo, has an author and a reason.
    """

    __tablename__ = "review_withdrawal"

    review_id: Mapped[UUID] = mapped_column(
        ForeignKey("review.id", ondelete="RESTRICT"), primary_key=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    withdrawn_why: Mapped[str | None]
