"""Append a line to the audit trail, in the transaction of what it tells of."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import ActorKind, AuditEvent


def record(
    session: AsyncSession,
    actor: StaffActor,
    action: str,
    *,
    patient_id: UUID | None = None,
    subject_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Take `action` from the words of the calling domain; `detail` holds codes and ids only."""
    session.add(
        AuditEvent(
            actor_kind=ActorKind.STAFF,
            actor_id=actor.account_id,
            action=action,
            patient_id=patient_id,
            subject_id=subject_id,
            request_id=actor.request_id,
            detail=detail,
        )
    )


def record_of_phone(
    session: AsyncSession, wechat_account_id: UUID, action: str, patient_id: UUID
) -> None:
    session.add(
        AuditEvent(
            actor_kind=ActorKind.WECHAT,
            actor_id=wechat_account_id,
            action=action,
            patient_id=patient_id,
            subject_id=None,
            request_id=None,
        )
    )
