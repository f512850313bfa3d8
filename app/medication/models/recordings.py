"""A film of one dose: announced, uploaded, processed, waiting for its readings."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Computed,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Row
from app.media.video import VideoProblem
from app.patients.entered import EnteredByPhone


class RecordingState(StrEnum):
    """abandoned: given up before any byte arrived, or its owner withdrew."""

    REQUESTED = "requested"
    UPLOADED = "uploaded"
    PROCESSING = "processing"
    READY = "ready"
    UNUSABLE = "unusable"
    ABANDONED = "abandoned"


class RecordingFlag(StrEnum):
    """Flags only sort the queue; a person decides."""

    DARK = "dark"
    SHORT = "short"
    NO_MOTION = "no_motion"
    NEAR_DUPLICATE = "near_duplicate"
    WRONG_DAY = "wrong_day"
    LATE_UPLOAD = "late_upload"
    CLOCK_OFF = "clock_off"


class Reading(StrEnum):
    FIRST = "first"
    SECOND = "second"


class Recording(EnteredByPhone, Row):
    """One film, one row: `client_key` is the phone's Idempotency-Key.

    `pending_reading` says which reading the queue waits for; the lease keeps two doctors off it,
    and `leased_at` is when it was handed to its holder, who has viewed it since (`view_video`).
    `rounds` counts jobs of processing that gave up and were followed by another.
    `behind`: it arrived while another film of its dose was at work, waiting or accepted; it is
    worked on once that one comes to nothing (`service/films_behind.py`), so that nobody reads two.
    """

    __tablename__ = "recording"
    __table_args__ = (
        UniqueConstraint("patient_id", "client_key"),
        Index(
            "uq_recording_front_of_dose",
            "dose_id",
            unique=True,
            postgresql_where=text(
                "not behind and state in ('uploaded', 'processing') or pending_reading = 'first'"
            ),
        ),
        Index("ix_recording_behind", "dose_id", postgresql_where=text("behind")),
        Index(
            "ix_recording_queue",
            "team_id",
            desc("flagged"),
            "due_by",
            "id",
            postgresql_where=text("pending_reading is not null"),
        ),
        Index("ix_recording_dose_id_created_at", "dose_id", "created_at"),
        Index("ix_recording_team_id_uploaded_at", "team_id", "uploaded_at"),
        Index(
            "ix_recording_team_id_first_reviewed_at",
            "team_id",
            "first_reviewed_at",
            postgresql_where=text("first_reviewed_at is not null"),
        ),
        Index("ix_recording_patient_id_created_at", "patient_id", "created_at"),
        Index(
            "ix_recording_waiting_by_account_id",
            "by_account_id",
            postgresql_where=text(
                "state in ('requested', 'uploaded', 'processing') or pending_reading is not null"
            ),
        ),
    )

    dose_id: Mapped[UUID] = mapped_column(ForeignKey("dose.id", ondelete="RESTRICT"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("team.id", ondelete="RESTRICT"))
    media_id: Mapped[UUID] = mapped_column(
        ForeignKey("media_object.id", ondelete="RESTRICT"), unique=True
    )
    client_key: Mapped[str]
    request_hash: Mapped[str]
    state: Mapped[RecordingState] = mapped_column(default=RecordingState.REQUESTED)
    opened_at: Mapped[datetime]
    captured_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    uploaded_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    processed_at: Mapped[datetime | None]
    rounds: Mapped[int] = mapped_column(default=0, server_default="0")
    behind: Mapped[bool] = mapped_column(server_default=text("false"))
    next_round_at: Mapped[datetime | None]
    day_code: Mapped[str]
    mirrored: Mapped[bool]
    problem: Mapped[VideoProblem | None]
    duration_ms: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    film_key: Mapped[str | None]
    film_deleted_at: Mapped[datetime | None]
    poster_key: Mapped[str | None]
    sheet_key: Mapped[str | None]
    # Kilobytes: read by name, by the one job that compares films.
    fingerprint: Mapped[bytes | None] = mapped_column(
        LargeBinary, deferred=True, deferred_raiseload=True
    )
    flags: Mapped[list[str]]
    flagged: Mapped[bool] = mapped_column(
        Boolean, Computed("cardinality(flags) > 0", persisted=True)
    )
    due_by: Mapped[datetime | None]
    pending_reading: Mapped[Reading | None]
    first_reviewer_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    first_reviewed_at: Mapped[datetime | None]
    leased_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="SET NULL")
    )
    leased_until: Mapped[datetime | None]
    leased_at: Mapped[datetime | None]
