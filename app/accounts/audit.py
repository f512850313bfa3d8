"""Append a line to the audit trail, in the transaction of what it tells of."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import ActorKind, AuditEvent
from app.core.feature import AuditAction


def record(
    session: AsyncSession,
    actor: StaffActor,
    action: AuditAction,
    *,
    patient_id: UUID | None = None,
    subject_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """`detail` says from what to what, in codes and ids: never what a record says of a person."""
    session.add(
        AuditEvent(
            actor_kind=ActorKind.STAFF,
            actor_id=actor.account_id,
            action=action.code,
            patient_id=patient_id,
            subject_id=subject_id,
            request_id=actor.request_id,
            detail=detail,
        )
    )


def record_of_phone(
    session: AsyncSession, wechat_account_id: UUID, action: AuditAction, patient_id: UUID
) -> None:
    session.add(
        AuditEvent(
            actor_kind=ActorKind.WECHAT,
            actor_id=wechat_account_id,
            action=action.code,
            patient_id=patient_id,
            subject_id=None,
            request_id=None,
        )
    )


# What members of staff do to their own account; read by operators, not by patients.
LINK_WECHAT = AuditAction("link_wechat", "关联微信")
UNLINK_WECHAT = AuditAction("unlink_wechat", "取消关联微信")
CHANGE_OWN_PASSWORD = AuditAction("change_own_password", "修改自己的密码")
SET_FIRST_PASSWORD = AuditAction("set_first_password", "设置第一个密码")
CONFIRM_SCAN_LOGIN = AuditAction("confirm_scan_login", "扫码确认登录")
ACTIONS = (
    LINK_WECHAT,
    UNLINK_WECHAT,
    CHANGE_OWN_PASSWORD,
    SET_FIRST_PASSWORD,
    CONFIRM_SCAN_LOGIN,
)


def record_own(
    session: AsyncSession,
    account_id: UUID,
    action: AuditAction,
    request_id: UUID | None,
    *,
    detail: dict[str, Any] | None = None,
) -> None:
    """As `record`, where no session is open yet: by the phone, or before the first log-in."""
    session.add(
        AuditEvent(
            actor_kind=ActorKind.STAFF,
            actor_id=account_id,
            action=action.code,
            patient_id=None,
            subject_id=account_id,
            request_id=request_id,
            detail=detail,
        )
    )
