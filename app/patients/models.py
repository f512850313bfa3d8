"""The patient's record and the codes that bind it to a phone."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import Encrypted
from app.core.db import Row


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"


class Relation(StrEnum):
    """Who holds the phone that acts on a record."""

    SELF = "self"
    GUARDIAN = "guardian"


class Condition(StrEnum):
    TUBERCULOSIS = "tuberculosis"
    HYPERTENSION = "hypertension"
    DIABETES = "diabetes"


class Patient(Row):
    """A person in care of one team.

    `search_keys` are keyed hashes of the prefixes of the name, the phone and the ID number:
    enough to find, at the price that equal prefixes are seen equal.
    """

    __tablename__ = "patient"
    __table_args__ = (
        CheckConstraint("weight_kg > 0 and weight_kg < 500", name="weight_kg"),
        Index("ix_patient_search_keys", "search_keys", postgresql_using="gin"),
        Index("ix_patient_team_id_created_at_id", "team_id", "created_at", "id"),
        Index("ix_patient_created_at_id", "created_at", "id"),
        Index(
            "uq_patient_id_number_hash",
            "id_number_hash",
            unique=True,
            postgresql_where=text("id_number_hash is not null"),
        ),
    )

    wechat_account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("wechat_account.id", ondelete="SET NULL"), unique=True
    )
    team_id: Mapped[UUID] = mapped_column(ForeignKey("team.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(Encrypted("patient.name"))
    phone: Mapped[str] = mapped_column(Encrypted("patient.phone"))
    id_number: Mapped[str | None] = mapped_column(Encrypted("patient.id_number"))
    id_number_hash: Mapped[str | None]
    search_keys: Mapped[list[str]]
    sex: Mapped[Sex]
    birth_on: Mapped[date]
    weight_kg: Mapped[Decimal | None] = mapped_column(Numeric(5, 1))
    conditions: Mapped[list[str]]
    zone: Mapped[str] = mapped_column(default="Asia/Shanghai")
    closed_at: Mapped[datetime | None]


class BindingCode(Row):
    """Eight characters on the doctor's screen; works once, for a while. Only the hash is kept."""

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


class BindingAttempt(Row):
    """A failed try at a binding code; counted per account so that codes cannot be guessed."""

    __tablename__ = "binding_attempt"
    __table_args__ = (
        Index("ix_binding_attempt_wechat_account_id_created_at", "wechat_account_id", "created_at"),
    )

    wechat_account_id: Mapped[UUID] = mapped_column(
        ForeignKey("wechat_account.id", ondelete="CASCADE")
    )
