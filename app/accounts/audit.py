"""Append a line to the audit trail, in the transaction of what it tells of."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import ActorKind, AuditAction, AuditEvent


def record(
    session: AsyncSession,
    actor: StaffActor,
    action: AuditAction,
    *,
    patient_id: UUID | None = None,
    subject_id: UUID | None = None,
) -> None:
    session.add(
        AuditEvent(
            actor_kind=ActorKind.STAFF,
            actor_id=actor.account_id,
            action=action,
            patient_id=patient_id,
            subject_id=subject_id,
            request_id=actor.request_id,
        )
    )


def record_of_phone(
    session: AsyncSession, wechat_account_id: UUID, action: AuditAction, patient_id: UUID
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
