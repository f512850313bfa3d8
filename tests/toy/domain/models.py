"""A cup of water that a patient drank."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Row
from app.patients.entered import EnteredByPhone


class ToyCup(EnteredByPhone, Row):
    """One row a day and patient: `cups` counts what was entered, by whom last."""

    __tablename__ = "toy_cup"
    __table_args__ = (
        UniqueConstraint("patient_id", "on"),
        Index("ix_toy_cup_patient_id_created_at_id", "patient_id", "created_at", "id"),
    )

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    on: Mapped[date]
    cups: Mapped[int]
    revision: Mapped[int] = mapped_column(default=0)
    drunk_at: Mapped[datetime]
