"""Who changed what of a record since a form was opened, from the trail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import ActorKind, AuditEvent
from app.core.filters import moment
from app.institutions.models import StaffMember
from app.patients import audit
from app.patients.words import WORDS

MOST = 5
COUNTED = {
    action.code: action.word
    for action in (
        audit.CHANGE_RECORD,
        audit.BIND,
        audit.UNBIND,
        audit.CLOSE_ACCOUNT,
        audit.CLOSE_RECORD,
        audit.REOPEN_RECORD,
        audit.MERGE_RECORDS,
    )
}


class RecordChange(NamedTuple):
    """One counted change; `by` is empty where a phone made it."""

    at: datetime
    action: str
    by: str | None
    detail: dict[str, Any]


async def changes_since(
    session: AsyncSession, patient_id: UUID, version: int
) -> Sequence[RecordChange]:
    """List what was changed after the record had this version, newest first."""
    result = await session.execute(
        select(AuditEvent.created_at, AuditEvent.action, StaffMember.name, AuditEvent.detail)
        .outerjoin(
            StaffMember,
            (StaffMember.id == AuditEvent.actor_id) & (AuditEvent.actor_kind == ActorKind.STAFF),
        )
        .where(
            AuditEvent.patient_id == patient_id,
            AuditEvent.action.in_(COUNTED),
            AuditEvent.detail["version"].as_integer() > version,
        )
        .order_by(AuditEvent.created_at.desc(), AuditEvent.id.desc())
        .limit(MOST)
    )
    return [RecordChange(*row) for row in result]


def told(changes: Sequence[RecordChange]) -> str:
    """Say them in one line: who, when, what; never what the record says of the person."""
    return "；".join(
        f"{one.by or '手机'} {moment(one.at)} {COUNTED[one.action]}{_fields(one)}"
        for one in changes
    )


def _fields(change: RecordChange) -> str:
    words = {**WORDS.words["audit_detail"], **NAMES}
    named = [words[name] for name in change.detail.get("fields", []) if name in words]
    return f"（{'、'.join(named)}）" if named else ""


NAMES = {"name": "姓名", "phone": "手机号"}
