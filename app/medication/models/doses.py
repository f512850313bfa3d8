"""One row per expected dose, and what was said about it besides film."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import FetchedValue, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Row
from app.medication.models.reviews import Verdict
from app.patients.entered import EnteredByPhone


class Slot(StrEnum):
    MORNING = "morning"
    NOON = "noon"
    EVENING = "evening"
    BEDTIME = "bedtime"


class Expectation(StrEnum):
    EXPECTED = "expected"
    HELD = "held"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"


class Evidence(StrEnum):
    NONE = "none"
    VIDEO = "video"
    LIVE = "live"
    IN_PERSON = "in_person"
    SELF_REPORT = "self_report"


class Progress(StrEnum):
    """How far the dose's newest recording has come; none when a person has decided."""

    NONE = "none"
    UPLOADING = "uploading"
    PROCESSING = "processing"
    PENDING_REVIEW = "pending_review"


class CannotFilmReason(StrEnum):
    NO_SIGNAL = "no_signal"
    NO_PRIVATE_PLACE = "no_private_place"
    PHONE_PROBLEM = "phone_problem"
    UNWELL = "unwell"
    RAN_OUT = "ran_out"
    TRAVELLING = "travelling"
    FORGOT = "forgot"
    OTHER = "other"


class Dose(Row):
    """Three facts, never one enum: expectation, evidence, verdict. "Missed" is derived.

    `drugs` is a snapshot [{name, strength, tablets}] of the plan on the day it was laid out.
    `revision` is raised by a trigger of the table with every change of the row, under the row's
    lock, so that no bulk update can forget it; a phone keeps the newer of two cards by it. What
    the card shows from other rows (its newest film, a verdict) must change the dose's row too, or
    raise it (`service/recordings.py`). An updated object does not know its own: read it anew.
    `moved_to_id` of one that is rescheduled is the dose that replaces it; of one that is cancelled,
    the dose that was taken in its place after all. `expectation_at` is when the plan let go of it
    (null: it stands as it was laid out); one that stands again because it was taken keeps it. The
    table's trigger sets it where an update forgets it.
    `cancelled_by_stop`: it was cancelled because its day lies after the last one of the treatment,
    so that it stands again where that is corrected; of one that the plan let go it is false.
    """

    __tablename__ = "dose"
    __table_args__ = (
        UniqueConstraint("treatment_id", "due_on", "slot"),
        Index("ix_dose_patient_id_due_on", "patient_id", "due_on"),
        Index(
            "ix_dose_closes_at_missed",
            "closes_at",
            postgresql_where=text(
                "expectation = 'expected' and verdict is null and progress in ('none', 'uploading')"
            ),
        ),
        Index("ix_dose_severe", "treatment_id", postgresql_where=text("severe_at is not null")),
        Index(
            "ix_dose_moved_to_id", "moved_to_id", postgresql_where=text("moved_to_id is not null")
        ),
    )

    treatment_id: Mapped[UUID] = mapped_column(ForeignKey("treatment.id", ondelete="RESTRICT"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    due_on: Mapped[date]
    slot: Mapped[Slot]
    opens_at: Mapped[datetime]
    due_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    drugs: Mapped[list[dict[str, Any]]]
    expectation: Mapped[Expectation] = mapped_column(default=Expectation.EXPECTED)
    expectation_at: Mapped[datetime | None]
    evidence: Mapped[Evidence] = mapped_column(default=Evidence.NONE)
    verdict: Mapped[Verdict | None]
    progress: Mapped[Progress] = mapped_column(default=Progress.NONE)
    recording_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("recording.id", ondelete="SET NULL", use_alter=True)
    )
    self_reported_taken: Mapped[bool | None]
    side_effects_at: Mapped[datetime | None]
    severe_at: Mapped[datetime | None]
    moved_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("dose.id", ondelete="SET NULL"))
    cancelled_by_stop: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    revision: Mapped[int] = mapped_column(server_default=text("1"), server_onupdate=FetchedValue())


class DoseReport(EnteredByPhone, Row):
    """What the patient says of a dose, or a member of staff saw without a film.

    Append-only: a wrong entry of staff is struck through, with author and reason, and stays.
    `said_at` is when a phone without signal was told; null where that is not known.
    """

    __tablename__ = "dose_report"

    dose_id: Mapped[UUID] = mapped_column(ForeignKey("dose.id", ondelete="CASCADE"), index=True)
    kind: Mapped[Evidence]
    taken: Mapped[bool]
    reason: Mapped[CannotFilmReason | None]
    note: Mapped[str | None]
    said_at: Mapped[datetime | None]
    staff_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    withdrawn_why: Mapped[str | None]


class SideEffectReport(EnteredByPhone, Row):
    """The answer before filming; empty `symptoms` means none felt."""

    __tablename__ = "side_effect_report"
    __table_args__ = (
        Index("ix_side_effect_report_patient_id_reported_at", "patient_id", "reported_at"),
        # Most answers say that nothing was felt: the newest that says something is far back.
        Index(
            "ix_side_effect_report_felt",
            "patient_id",
            "reported_at",
            postgresql_where=text("cardinality(symptoms) > 0"),
        ),
        Index(
            "ix_side_effect_report_felt_at",
            "reported_at",
            "patient_id",
            postgresql_where=text("cardinality(symptoms) > 0"),
        ),
    )

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    dose_id: Mapped[UUID] = mapped_column(ForeignKey("dose.id", ondelete="CASCADE"), index=True)
    symptoms: Mapped[list[str]]
    severe: Mapped[bool]
    note: Mapped[str | None]
    reported_at: Mapped[datetime]
