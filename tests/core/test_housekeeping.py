"""Housekeeping deletes rows that are no longer needed, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, housekeeping
from app.core.db import Sessionmaker
from app.core.idempotency import IdempotencyRecord
from app.core.ids import uuid7
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage
from app.core.stream import StreamEvent
from app.features import FEATURES


def answer(key: str, age: timedelta) -> IdempotencyRecord:
    return IdempotencyRecord(
        actor_id=uuid7(), key=key, request_hash="h", created_at=clock.now() - age
    )


async def test_answers_are_forgotten_after_two_weeks_however_many(
    settings: Settings,
    sessions: Sessionmaker,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    session.add_all([answer(f"old-{n}", timedelta(days=15)) for n in range(5)])
    session.add(answer("young", timedelta(days=13)))
    await session.flush()

    await housekeeping.forget_answers(JobContext(settings, sessions, Storage(settings), FEATURES))

    kept = await session.scalars(select(IdempotencyRecord.key))
    assert kept.all() == ["young"]


async def test_messages_to_pages_are_forgotten_after_a_day_however_many(
    settings: Settings,
    sessions: Sessionmaker,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    for name, age in [("old", timedelta(hours=25))] * 5 + [("young", timedelta(hours=23))]:
        session.add(StreamEvent(topic="team:1", name=name, ids={}, created_at=clock.now() - age))
        await session.flush()

    await housekeeping.forget_events(JobContext(settings, sessions, Storage(settings), FEATURES))

    kept = await session.scalars(select(StreamEvent.name))
    assert kept.all() == ["young"]
