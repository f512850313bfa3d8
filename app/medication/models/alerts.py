"""What a doctor must look at now."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Row


class AlertKind(StrEnum):
    SEVERE_SIDE_EFFECT = "severe_side_effect"
    TWO_MISSES = "two_misses"
    SEVEN_MISSES = "seven_misses"


class Alert(Row):
    """`occasion` names what it is about (a dose, a streak), so that a job run twice raises one."""

    __tablename__ = "alert"
    __table_args__ = (
        Index(
            "ix_alert_team_open",
            "team_id",
            "created_at",
            "id",
            postgresql_where=text("acknowledged_at is null"),
        ),
        Index("ix_alert_patient_id_created_at", "patient_id", "created_at"),
    )

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("team.id", ondelete="RESTRICT"))
    treatment_id: Mapped[UUID] = mapped_column(ForeignKey("treatment.id", ondelete="CASCADE"))
    kind: Mapped[AlertKind]
    occasion: Mapped[str] = mapped_column(unique=True)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    action_taken: Mapped[str | None]
