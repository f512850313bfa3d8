"""Accounts, sessions, consent and the audit trail: rows about who is asking."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import now
from app.core.crypto import Encrypted
from app.core.db import Row


class Role(StrEnum):
    """Clinical roles (the first two), operator and records clerk exclude each other."""

    DOCTOR = "doctor"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    RECORDS_CLERK = "records_clerk"


class ScanPurpose(StrEnum):
    LOGIN = "login"
    LINK = "link"


class ActorKind(StrEnum):
    """`system`: a job of ours, on nobody's behalf; its `actor_id` is all zeros."""

    WECHAT = "wechat"
    STAFF = "staff"
    SYSTEM = "system"


class WechatAccount(Row):
    """One person's WeChat in this Mini Program; may be a patient, a doctor's phone, or both."""

    __tablename__ = "wechat_account"

    openid: Mapped[str] = mapped_column(unique=True)
    unionid: Mapped[str | None]
    session_key: Mapped[str] = mapped_column(Encrypted("wechat_account.session_key"))
    session_key_at: Mapped[datetime]
    last_login_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class StaffAccount(Row):
    """How staff prove who they are; `totp_last_step` makes a one-time code one-time.

    The three `next_…` hold renewed credentials that a second person has not confirmed yet: until
    `next_until` neither they nor the old ones open anything.
    """

    __tablename__ = "staff_account"
    __table_args__ = (
        CheckConstraint(
            "roles <@ array['doctor', 'supervisor'] or roles = array['operator']"
            " or roles = array['records_clerk']",
            name="roles_fit",
        ),
    )

    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    totp_secret: Mapped[str] = mapped_column(Encrypted("staff_account.totp_secret"))
    totp_last_step: Mapped[int] = mapped_column(default=0)
    next_password_hash: Mapped[str | None]
    next_totp_secret: Mapped[str | None] = mapped_column(
        Encrypted("staff_account.next_totp_secret")
    )
    next_until: Mapped[datetime | None]
    roles: Mapped[list[str]]
    is_active: Mapped[bool] = mapped_column(default=True)
    wechat_account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("wechat_account.id", ondelete="SET NULL"), unique=True
    )
    wechat_linked_at: Mapped[datetime | None]


class StaffSession(Row):
    """Server-side, so that it can be ended at once; only the hash of the cookie is kept.

    `last_seen_at` is the last act of a person, to some minutes (`accounts/access.py`).
    """

    __tablename__ = "staff_session"

    staff_account_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_account.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str]
    last_seen_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    staff_account: Mapped[StaffAccount] = relationship(lazy="raise")


class LoginAttempt(Row):
    """Every try to prove oneself by password or scan; failures slow the next one down.

    `username` is that of an account; what else was typed, perhaps a password, is a keyed hash.
    """

    __tablename__ = "login_attempt"
    __table_args__ = (
        Index("ix_login_attempt_username_created_at", "username", "created_at"),
        Index("ix_login_attempt_address_created_at", "address", "created_at"),
    )

    username: Mapped[str]
    address: Mapped[str]
    succeeded: Mapped[bool]
    reason: Mapped[str]


class ScanCode(Row):
    """A Mini Program code on a PC screen: log in here, or link this doctor's WeChat.

    `device` and `network` are the PC's, `phone` and `wechat_account_id` those that said yes.
    `number` stands on the doctor's own screen: for a log-in on the PC, and the phone offers it
    among `numbers`; for a link on the phone that said yes, and the PC asks for it.
    `used_at` ends it, whatever came of it.
    """

    __tablename__ = "scan_code"
    __table_args__ = (
        Index(
            "ix_scan_code_staff_account_id_open",
            "staff_account_id",
            postgresql_where=text("used_at is null"),
        ),
    )

    purpose: Mapped[ScanPurpose]
    code_hash: Mapped[str] = mapped_column(unique=True)
    browser_hash: Mapped[str] = mapped_column(index=True)
    device: Mapped[str] = mapped_column(server_default="")
    network: Mapped[str] = mapped_column(server_default="")
    number: Mapped[str] = mapped_column(server_default="")
    numbers: Mapped[list[str]] = mapped_column(server_default="{}")
    staff_account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_account.id", ondelete="CASCADE")
    )
    wechat_account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("wechat_account.id", ondelete="CASCADE")
    )
    phone: Mapped[str | None]
    same_network: Mapped[bool | None]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class Consent(Row):
    """Given per purpose and version; a withdrawal closes the row, a new yes is a new row.

    `purpose` is that of a ConsentDocument which a feature declares.
    """

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "uq_consent_open",
            "wechat_account_id",
            "purpose",
            unique=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
    )

    wechat_account_id: Mapped[UUID] = mapped_column(
        ForeignKey("wechat_account.id", ondelete="CASCADE")
    )
    purpose: Mapped[str]
    version: Mapped[str]
    withdrawn_at: Mapped[datetime | None]


class AuditEvent(Row):
    """Append-only: who looked at or changed whose record; `action` is a declared AuditAction.

    `patient_id` is a plain id: accounts stand below patients, and the trail outlives the row.
    `action` is an open vocabulary: each domain has its own words. `detail` says what exactly
    changed, in codes and ids, never in personal data. Triggers of the database refuse UPDATE,
    DELETE and TRUNCATE; partitioned by month, so that old months can lawfully go as a whole
    (`jobs.py`).
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        PrimaryKeyConstraint("created_at", "id"),
        Index("ix_audit_event_patient_id_created_at_id", "patient_id", "created_at", "id"),
        Index("ix_audit_event_actor_id_created_at_id", "actor_id", "created_at", "id"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    created_at: Mapped[datetime] = mapped_column(primary_key=True, default=now)
    actor_kind: Mapped[ActorKind]
    actor_id: Mapped[UUID]
    action: Mapped[str]
    patient_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    request_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class WechatPush(Row):
    """A message or event that WeChat sent to us; a second delivery meets `dedupe_key`.

    `payload` is the decrypted body as a JSON object whose values are text.
    """

    __tablename__ = "wechat_push"
    __table_args__ = (Index("ix_wechat_push_created_at", "created_at"),)

    dedupe_key: Mapped[str] = mapped_column(unique=True)
    msg_type: Mapped[str]
    event: Mapped[str | None]
    wechat_account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("wechat_account.id", ondelete="SET NULL")
    )
    payload: Mapped[str] = mapped_column(Encrypted("wechat_push.payload"))
