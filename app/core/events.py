"""Rare facts that happened below and matter above: one job for each feature that listens."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue

# Under this name a session knows its listeners: the names of jobs by the name of an event.
LISTENERS = "listeners"
Listeners = Mapping[str, Sequence[str]]
# Until the manifests say it.
_LISTENERS: Listeners = {"institutions.teams_merged": ("patients.follow_merged_team",)}


async def publish(session: AsyncSession, event: str, **ids: UUID | str | int) -> None:
    """Write the listeners' jobs into the caller's transaction; their arguments are `ids`.

    A listener reads the present state and trusts no order: events only tidy up, rules read the
    truth when they are used. An event that no feature declares is a KeyError.
    """
    listeners: Listeners = session.info.get(LISTENERS, _LISTENERS)
    for job in listeners[event]:
        await enqueue(session, job, **ids)  # type: ignore[arg-type]  # ids have names of their own
