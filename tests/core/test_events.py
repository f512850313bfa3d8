"""Events: a job for each listener, in the transaction of what happened."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessionmaker
from app.core.events import LISTENERS, publish
from app.core.ids import uuid7

JOBS = text("select task_name, args from procrastinate_jobs where task_name like 'toy%' order by 1")


async def queued(session: AsyncSession) -> list[tuple[str, dict[str, str]]]:
    return [(row.task_name, row.args) for row in await session.execute(JOBS)]


@pytest.fixture
def listening(session: AsyncSession) -> AsyncSession:
    session.info[LISTENERS] = {"toy.moved": ("toy.first", "toy.second"), "toy.quiet": ()}
    return session


async def test_every_listener_gets_a_job_with_the_ids(listening: AsyncSession) -> None:
    patient_id = uuid7()

    await publish(listening, "toy.moved", patient_id=patient_id)
    await publish(listening, "toy.quiet", patient_id=patient_id)

    arguments = {"patient_id": str(patient_id)}
    assert await queued(listening) == [("toy.first", arguments), ("toy.second", arguments)]


async def test_an_event_that_nobody_declares_is_a_fault(listening: AsyncSession) -> None:
    with pytest.raises(KeyError):
        await publish(listening, "toy.unheard", patient_id=uuid7())


async def test_what_is_rolled_back_was_never_published(committed_database: Sessionmaker) -> None:
    async with committed_database() as session:
        session.info[LISTENERS] = {"toy.moved": ("toy.first",)}
        await publish(session, "toy.moved", patient_id=uuid7())
        await session.rollback()

    async with committed_database() as session:
        assert await queued(session) == []
