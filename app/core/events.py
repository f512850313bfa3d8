"""Rare facts that happened below and matter above: one job for each feature that listens."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue

# Under this name a session knows its listeners: the names of jobs by the name of an event.
LISTENERS = "listeners"
Listeners = Mapping[str, Sequence[str]]


async def publish(session: AsyncSession, event: str, **ids: UUID | str | int) -> None:
    """Write the listeners' jobs into the caller's transaction; their arguments are `ids`."""
    listeners: Listeners = session.info.get(LISTENERS, {})
    arguments: dict[str, Any] = dict(ids)
    for job in listeners.get(event, ()):
        await enqueue(session, job, **arguments)
