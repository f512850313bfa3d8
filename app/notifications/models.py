"""One line in one person's inbox."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Row

OF_STAFF, OF_PATIENT = "staff_id is not null", "patient_id is not null"


class Notice(Row):
    """For one member of staff or for one patient, never both.

    `kind` is a declared NoticeKind, whose title is what is shown; `key` makes the same news once.
    `href` is an address of the staff pages, the `subject` columns are a `Ref` for the phone.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("(staff_id is null) <> (patient_id is null)", name="one_recipient"),
        Index(
            "uq_notice_staff_key", "staff_id", "key", unique=True, postgresql_where=text(OF_STAFF)
        ),
        Index(
            "uq_notice_patient_key",
            "patient_id",
            "key",
            unique=True,
            postgresql_where=text(OF_PATIENT),
        ),
        Index(
            "ix_notice_staff_id_created_at_id",
            "staff_id",
            "created_at",
            "id",
            postgresql_where=text(OF_STAFF),
        ),
        Index(
            "ix_notice_patient_id_created_at_id",
            "patient_id",
            "created_at",
            "id",
            postgresql_where=text(OF_PATIENT),
        ),
        Index("ix_notice_created_at", "created_at"),
    )

    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"))
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey("patient.id", ondelete="CASCADE"))
    kind: Mapped[str]
    key: Mapped[str]
    subject_feature: Mapped[str | None]
    subject_kind: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    href: Mapped[str | None]
    read_at: Mapped[datetime | None]
