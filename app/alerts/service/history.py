"""Add steps to the history of alerts: one INSERT, however many."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import AlertEvent, AlertEventKind
from app.core import clock
from app.core.ids import uuid7


async def add_events(
    session: AsyncSession,
    alert_ids: Iterable[UUID],
    kind: AlertEventKind,
    *,
    staff_id: UUID | None = None,
    note: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    await write_events(session, [event(i, kind, staff_id, note, detail) for i in alert_ids])


def event(
    alert_id: UUID,
    kind: AlertEventKind,
    staff_id: UUID | None = None,
    note: str | None = None,
    detail: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "created_at": clock.now(),
        "alert_id": alert_id,
        "kind": kind,
        "staff_id": staff_id,
        "note": note,
        "detail": detail,
    }


async def write_events(session: AsyncSession, events: list[dict[str, Any]]) -> None:
    if events:
        await session.execute(insert(AlertEvent).values(events))
