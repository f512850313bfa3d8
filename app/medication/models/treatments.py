"""What the doctor ordered: templates, a patient's treatment, its phases, holds and changes."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Row
from app.patients.models import Condition


class Outcome(StrEnum):
    """WHO treatment outcomes, as the Chinese TB form closes a case."""

    CURED = "cured"
    COMPLETED = "completed"
    FAILED = "failed"
    DIED = "died"
    LOST = "lost"
    TRANSFERRED = "transferred"
    NOT_EVALUATED = "not_evaluated"
    STOPPED_BY_DOCTOR = "stopped_by_doctor"


class ChangeKind(StrEnum):
    STARTED = "started"
    EDITED = "edited"
    HELD = "held"
    RESCHEDULED = "rescheduled"
    STOPPED = "stopped"


class TreatmentTemplate(Row):
    """A regimen as data: `definition` is a schemas.treatments.TemplateDefinition.

    Offered in the subtree of its institution; a standard one has none, and is everybody's.
    One that is not active was withdrawn: not offered any more, treatments keep their link.
    """

    __tablename__ = "treatment_template"
    __table_args__ = (
        CheckConstraint("(institution_id is null) = (created_by is null)", name="has_author"),
        Index(
            "uq_treatment_template_name",
            "institution_id",
            "name",
            unique=True,
            postgresql_where=text("is_active"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    institution_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("institution.id", ondelete="RESTRICT")
    )
    created_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_member.id", ondelete="RESTRICT")
    )
    name: Mapped[str]
    condition: Mapped[Condition]
    definition: Mapped[dict[str, Any]]
    is_active: Mapped[bool] = mapped_column(default=True)


class Treatment(Row):
    """A patient's own plan.

    `slot_times` holds their hours ("08:00") by slot; `laid_until` is the last day whose doses
    exist. `stopped_on` is the last day, past or coming: `running.py` says how long it runs.
    `version` counts the changes, under the row's lock.
    """

    __tablename__ = "treatment"
    __table_args__ = (
        CheckConstraint("(stopped_on is null) = (outcome is null)", name="stopped_has_outcome"),
        Index("ix_treatment_to_lay", "laid_until", postgresql_where=text("stopped_on is null")),
        Index(
            "ix_treatment_stopped_on", "stopped_on", postgresql_where=text("stopped_on is not null")
        ),
    )

    patient_id: Mapped[UUID] = mapped_column(
        ForeignKey("patient.id", ondelete="RESTRICT"), index=True
    )
    template_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("treatment_template.id", ondelete="SET NULL")
    )
    name: Mapped[str]
    condition: Mapped[Condition]
    starts_on: Mapped[date]
    slot_times: Mapped[dict[str, Any]]
    laid_until: Mapped[date]
    stopped_on: Mapped[date | None]
    outcome: Mapped[Outcome | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    started_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="RESTRICT"))

    phases: Mapped[list["TreatmentPhase"]] = relationship(
        lazy="raise",
        order_by="TreatmentPhase.starts_on",
        back_populates="treatment",
        cascade="all, delete-orphan",
    )


class TreatmentPhase(Row):
    """Both days inclusive; phases of one treatment do not overlap."""

    __tablename__ = "treatment_phase"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="days_in_order"),
        UniqueConstraint("treatment_id", "starts_on"),
        Index("ix_treatment_phase_ends_on_treatment_id", "ends_on", "treatment_id"),
    )

    treatment_id: Mapped[UUID] = mapped_column(ForeignKey("treatment.id", ondelete="CASCADE"))
    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]

    treatment: Mapped[Treatment] = relationship(lazy="raise", back_populates="phases")
    drugs: Mapped[list["PhaseDrug"]] = relationship(
        lazy="raise", order_by="PhaseDrug.id", back_populates="phase", cascade="all, delete-orphan"
    )


class PhaseDrug(Row):
    """One drug: how many tablets, at which slots, on which ISO weekdays (1 = Monday)."""

    __tablename__ = "phase_drug"
    __table_args__ = (CheckConstraint("tablets > 0 and tablets <= 20", name="tablets"),)

    phase_id: Mapped[UUID] = mapped_column(
        ForeignKey("treatment_phase.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    strength: Mapped[str | None]
    tablets: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    slots: Mapped[list[str]]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(Integer))

    phase: Mapped[TreatmentPhase] = relationship(lazy="raise", back_populates="drugs")


class DoseHold(Row):
    """Doses of these days (inclusive) are not expected; they leave the denominator.

    What a severe symptom stopped is held without an end until a clinician decides: `answer_id` is
    the answer that began it, `to_on` and `held_by` are null till then. `by_end`: nobody decided it,
    its treatment ended; it waits again where that end is corrected to a coming day or taken back.
    """

    __tablename__ = "dose_hold"
    __table_args__ = (
        CheckConstraint("to_on >= from_on", name="days_in_order"),
        CheckConstraint(
            "(held_by is null) = (to_on is null)"
            " and (held_by is not null or answer_id is not null)",
            name="undecided_has_answer",
        ),
        Index(
            "uq_dose_hold_undecided",
            "treatment_id",
            unique=True,
            postgresql_where=text("held_by is null"),
        ),
    )

    treatment_id: Mapped[UUID] = mapped_column(
        ForeignKey("treatment.id", ondelete="CASCADE"), index=True
    )
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    reason: Mapped[str]
    held_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id", ondelete="RESTRICT"))
    by_end: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    answer_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("side_effect_report.id", ondelete="RESTRICT", use_alter=True)
    )

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.to_on is None or day <= self.to_on)


class TreatmentChange(Row):
    """Append-only: who changed the plan, when, and what it says since.

    `version` is the treatment's since then. `corrects_id` names an end of treatment that was
    wrong, as a whole: this one holds instead.
    """

    __tablename__ = "treatment_change"
    __table_args__ = (
        Index(
            "uq_treatment_change_corrects_id",
            "corrects_id",
            unique=True,
            postgresql_where=text("corrects_id is not null"),
        ),
    )

    treatment_id: Mapped[UUID] = mapped_column(
        ForeignKey("treatment.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[ChangeKind]
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="RESTRICT"))
    detail: Mapped[dict[str, Any]]
    version: Mapped[int | None]
    corrects_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("treatment_change.id", ondelete="CASCADE")
    )
