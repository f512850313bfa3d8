"""Rare facts that happened below and matter above: one job for each feature that listens."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import NewJob, enqueue_each

# Under this name a session knows its listeners: the names of jobs by the name of an event.
LISTENERS = "listeners"
Listeners = Mapping[str, Sequence[str]]


async def publish(session: AsyncSession, event: str, **ids: UUID | str | int) -> None:
    """Write the listeners' jobs into the caller's transaction; their arguments are `ids`.

    A listener reads the present state and trusts no order: events only tidy up, rules read the
    truth when they are used. An event that no feature declares is a KeyError.
    """
    listeners: Listeners = session.info[LISTENERS]
    await enqueue_each(session, [NewJob(job, ids) for job in listeners[event]])
