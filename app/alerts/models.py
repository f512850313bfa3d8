"""What a member of staff must look at, and everything that happened to it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Row
from app.core.refs import Ref
from app.core.severity import Severity


class AlertState(StrEnum):
    """`handled`: a person said what they did, and may still take it back; `closed` is the end."""

    OPEN = "open"
    SEEN = "seen"
    HANDLED = "handled"
    CLOSED = "closed"


# Somebody still has to act.
WAITING = (AlertState.OPEN, AlertState.SEEN)


class ClosedWhy(StrEnum):
    HANDLED = "handled"
    SOURCE_ENDED = "source_ended"
    CORRECTED = "corrected"
    MERGED = "merged"


class Recipient(StrEnum):
    """Whom an alert that waits too long is told to."""

    ON_CALL = "on_call"
    SUPERVISORS = "supervisors"
    PARENT_SUPERVISORS = "parent_supervisors"


class AlertEventKind(StrEnum):
    RAISED = "raised"
    RAISED_AGAIN = "raised_again"
    SEEN = "seen"
    HANDED_OVER = "handed_over"
    HANDLED = "handled"
    TAKEN_BACK = "taken_back"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Alert(Row):
    """One for each patient, kind and episode; worse news raises it, the same news changes nothing.

    `episode` names what it is about within the kind (the first dose of a streak); `level` grows
    within a kind (2, 4, 7, 14 misses). `team_id` serves the order of lists alone: rights join the
    patient's. `detail` holds codes and numbers only. `escalate_from` is where the clock of the
    escalation began, `escalation_step` how many steps were taken, `escalate_at` when the next is
    due. `kind` and `source` are open vocabularies, declared by the features. `ends_by` is the path
    below the patient's pages of the act that alone ends it, where a note of what was done does not.
    """

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("patient_id", "kind", "episode"),
        Index(
            "ix_alert_team_severity",
            "team_id",
            "severity",
            "raised_at",
            "id",
            postgresql_where=text("state in ('open', 'seen')"),
        ),
        Index(
            "ix_alert_handled",
            "handled_at",
            "id",
            postgresql_where=text("handled_at is not null"),
        ),
        Index("ix_alert_handled_at", "handled_at", postgresql_where=text("state = 'handled'")),
        Index(
            "ix_alert_escalate_at",
            "escalate_at",
            "id",
            postgresql_where=text("escalate_at is not null"),
        ),
        Index("ix_alert_patient_id_raised_at", "patient_id", "raised_at"),
        Index("ix_alert_subject_id", "subject_id", postgresql_where=text("subject_id is not null")),
    )

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("team.id", ondelete="RESTRICT"))
    source: Mapped[str]
    kind: Mapped[str]
    episode: Mapped[str]
    severity: Mapped[Severity]
    level: Mapped[int]
    subject_feature: Mapped[str | None]
    subject_kind: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any] | None]
    ends_by: Mapped[str | None]
    state: Mapped[AlertState]
    raised_at: Mapped[datetime]
    times_raised: Mapped[int]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id", ondelete="RESTRICT"))
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    action_taken: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    closed_why: Mapped[ClosedWhy | None]
    assigned_to: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    escalate_from: Mapped[datetime]
    escalation_step: Mapped[int]
    escalated_to: Mapped[Recipient | None]
    escalate_at: Mapped[datetime | None]

    @property
    def subject(self) -> Ref | None:
        if self.subject_feature and self.subject_kind and self.subject_id:
            return Ref(self.subject_feature, self.subject_kind, self.subject_id)
        return None


class AlertEvent(Row):
    """One step in an alert's life; only ever added to. Without `staff_id` the system did it.

    `detail` says from what to what in codes and ids; `note` is a person's own word.
    """

    __tablename__ = "alert_event"
    __table_args__ = (Index("ix_alert_event_alert_id_created_at", "alert_id", "created_at"),)

    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"))
    kind: Mapped[AlertEventKind]
    staff_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    note: Mapped[str | None]
    detail: Mapped[dict[str, Any] | None]
