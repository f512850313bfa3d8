"""Append a line to the audit trail, in the transaction of what it tells of."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import ActorKind, AuditEvent
from app.core import clock
from app.core.feature import AuditAction
from app.core.hot import HotWrite
from app.core.ids import uuid7


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


LOOK = ("row_id", "at", "actor_id", "action", "patient_id", "subject_id", "request_id")


def look(values: Mapping[str, Any]) -> Insert:
    """As `record_look`, for a part of the statement that reads what is looked at."""
    return insert(AuditEvent).values(
        id=values["row_id"],
        created_at=values["at"],
        actor_kind=ActorKind.STAFF,
        actor_id=values["actor_id"],
        action=values["action"],
        patient_id=values["patient_id"],
        subject_id=values["subject_id"],
        request_id=values["request_id"],
    )


def _look(**values: Any) -> Insert:
    return look(values)


_insert = HotWrite(_look, LOOK)


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


async def record_look(
    session: AsyncSession,
    actor: StaffActor,
    action: AuditAction,
    *,
    patient_id: UUID,
    subject_id: UUID | None = None,
) -> None:
    """As `record`, sent at once: for what is looked at on a hot path."""
    await _insert.execute(session, **look_values(actor, action, patient_id, subject_id))
