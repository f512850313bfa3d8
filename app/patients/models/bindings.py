"""Codes that bind a phone to a record, and the tries at them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Row


class BindingCode(Row):
    """The long secret in a printed QR; works once, for a while. Only the hash is kept."""

    __tablename__ = "binding_code"

    patient_id: Mapped[UUID] = mapped_column(
        ForeignKey("patient.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(unique=True)
    issued_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="RESTRICT"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("wechat_account.id", ondelete="SET NULL")
    )


class TypedBindingCode(Row):
    """The eight digits that stand for a binding code; `failures` shut them, never its QR."""

    __tablename__ = "typed_binding_code"

    binding_code_id: Mapped[UUID] = mapped_column(
        ForeignKey("binding_code.id", ondelete="CASCADE"), unique=True
    )
    digits_hash: Mapped[str] = mapped_column(unique=True)
    failures: Mapped[int]


class BindingAttempt(Row):
    """A failed try at a binding code; counted per account so that codes cannot be guessed."""

    __tablename__ = "binding_attempt"
    __table_args__ = (
        Index("ix_binding_attempt_wechat_account_id_created_at", "wechat_account_id", "created_at"),
    )

    wechat_account_id: Mapped[UUID] = mapped_column(
        ForeignKey("wechat_account.id", ondelete="CASCADE")
    )
