"""Append a line to the audit trail, in the transaction of what it tells of."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Insert, Select, cast, insert, literal, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import ActorKind, AuditEvent
from app.core import clock
from app.core.feature import AuditAction
from app.core.filters import CLINIC_ZONE
from app.core.ids import uuid7

SAME_LOOK = timedelta(minutes=10)
_SHOWN = text("""
insert into audit_event (id, created_at, actor_kind, actor_id, action, patient_id, request_id)
select shown.id, :at, 'staff', :actor_id, :action, shown.patient_id, :request_id
from unnest(cast(:ids as uuid[]), cast(:patient_ids as uuid[])) shown (id, patient_id)
where not exists (
  select from audit_event before
  where before.patient_id = shown.patient_id and before.created_at > :since
    and before.actor_id = :actor_id and before.action = :action
)
""")
NOBODY = UUID(int=0)
EXPIRE_TRAIL = AuditAction("expire_trail", "审计记录按期清除")
GIVE_CONSENT = AuditAction("give_consent", "同意知情书")
WITHDRAW_CONSENT = AuditAction("withdraw_consent", "撤回同意")
# What members of staff do to their own account; read by operators, not by patients.
LINK_WECHAT = AuditAction("link_wechat", "关联微信")
UNLINK_WECHAT = AuditAction("unlink_wechat", "取消关联微信")
CHANGE_OWN_PASSWORD = AuditAction("change_own_password", "修改自己的密码")
SET_FIRST_PASSWORD = AuditAction("set_first_password", "设置第一个密码")
CONFIRM_SCAN_LOGIN = AuditAction("confirm_scan_login", "扫码确认登录")
ACTIONS = (
    EXPIRE_TRAIL,
    GIVE_CONSENT,
    WITHDRAW_CONSENT,
    LINK_WECHAT,
    UNLINK_WECHAT,
    CHANGE_OWN_PASSWORD,
    SET_FIRST_PASSWORD,
    CONFIRM_SCAN_LOGIN,
)


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


async def record_shown(
    session: AsyncSession,
    actor: StaffActor,
    action: AuditAction,
    patient_ids: Iterable[UUID],
    *,
    renewed: bool = False,
) -> None:
    """Note whose names a list showed: a row for each patient, in one statement.

    Shown again to the same person by the same list within ten minutes is one look; and so is,
    within a day, what a page that stays open shows by renewing itself (`renewed`).
    """
    shown = list(dict.fromkeys(patient_ids))
    if not shown:
        return
    at = clock.now()
    values = {
        "at": at,
        "since": _midnight(at) if renewed else at - SAME_LOOK,
        "actor_id": actor.account_id,
        "action": action.code,
        "request_id": actor.request_id,
        "ids": [uuid7() for _ in shown],
        "patient_ids": shown,
    }
    await session.execute(_SHOWN, values)


def _midnight(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(CLINIC_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)


def record_of_phone(
    session: AsyncSession,
    wechat_account_id: UUID,
    action: AuditAction,
    patient_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Without `patient_id` it is about the account itself, whoever it acts for."""
    _add(session, ActorKind.WECHAT, wechat_account_id, action, patient_id, None, detail)


def record_of_system(
    session: AsyncSession,
    action: AuditAction,
    *,
    patient_id: UUID | None = None,
    subject_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """For what a job does on nobody's behalf."""
    _add(session, ActorKind.SYSTEM, NOBODY, action, patient_id, subject_id, detail)


def _add(
    session: AsyncSession,
    kind: ActorKind,
    actor_id: UUID,
    action: AuditAction,
    patient_id: UUID | None,
    subject_id: UUID | None,
    detail: dict[str, Any] | None,
) -> None:
    session.add(
        AuditEvent(
            actor_kind=kind,
            actor_id=actor_id,
            action=action.code,
            patient_id=patient_id,
            subject_id=subject_id,
            request_id=None,
            detail=detail,
        )
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


LOOK = ("row_id", "at", "actor_id", "action", "patient_id", "subject_id", "request_id")
# Columns of AuditEvent, and the value of LOOK that each takes.
OF_LOOK = {name: name for name in LOOK[2:]} | {"id": "row_id", "created_at": "at"}


def look(values: Mapping[str, Any]) -> Insert:
    """Note what is looked at on a hot path, as a part of the statement that reads it."""
    told = {name: values[given] for name, given in OF_LOOK.items()}
    return insert(AuditEvent).values(told | {"actor_kind": ActorKind.STAFF})


def look_at(values: Mapping[str, Any], shown: Select[*tuple[Any, ...]]) -> Insert:
    """As `look`, once for each row that `shown` selects: for what may be out of reach."""
    columns = AuditEvent.__table__.c
    told = {name: cast(values[given], columns[name].type) for name, given in OF_LOOK.items()}
    row = {**told, "actor_kind": literal(ActorKind.STAFF, columns.actor_kind.type)}
    lines = shown.with_only_columns(*row.values(), maintain_column_froms=True)
    return insert(AuditEvent).from_select([*row], lines, include_defaults=False)


def look_values(
    actor: StaffActor, action: AuditAction, patient_id: UUID, subject_id: UUID | None
) -> dict[str, Any]:
    """Make the values of `look`; every one of LOOK."""
    return {
        "row_id": uuid7(),
        "at": clock.now(),
        "actor_id": actor.account_id,
        "action": action.code,
        "patient_id": patient_id,
        "subject_id": subject_id,
        "request_id": actor.request_id,
    }
