"""The trail is append-only in the database itself; whole months may lawfully go."""

from datetime import UTC, date, datetime, timedelta
from time import monotonic
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.jobs import turn_trail
from app.accounts.models import ActorKind, AuditEvent
from app.accounts.service.trail import expire_months, make_months
from app.core import clock
from app.core.db import Sessionmaker
from app.core.ids import uuid7
from app.core.job_context import JobContext
from app.core.settings import Settings

TODAY = clock.now().date()


def context(sessions: Sessionmaker, keep: int | None) -> JobContext:
    unused: Any = None
    settings = cast("Settings", SimpleNamespace(audit_retention_months=keep))
    return JobContext(settings, sessions, unused, unused)


async def note(session: AsyncSession, at: datetime) -> AuditEvent:
    event = AuditEvent(
        actor_kind=ActorKind.STAFF, actor_id=uuid7(), action="read_record", created_at=at
    )
    session.add(event)
    await session.flush()
    return event


async def part_of(session: AsyncSession, event: AuditEvent) -> str:
    statement = text("select tableoid::regclass::text from audit_event where id = :id")
    return str((await session.scalars(statement, {"id": event.id})).one())


def month(distance: int) -> date:
    """First day of the month so many months from this one."""
    months = TODAY.year * 12 + TODAY.month - 1 + distance
    return date(months // 12, months % 12 + 1, 1)


def within(first: date) -> datetime:
    return datetime(first.year, first.month, 15, 4, tzinfo=UTC)


def name_of(first: date) -> str:
    return f"audit_event_{first:%Y_%m}"


async def make_past_months(session: AsyncSession, *distances: int) -> None:
    """As a system that has run for years: in a new one a single part holds all that was before."""
    await session.execute(text("alter table audit_event detach partition audit_event_before"))
    for distance in distances:
        await session.execute(text("select audit_event_make_month(:m)"), {"m": month(distance)})


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_event set action = 'x'",
        "delete from audit_event",
        "truncate audit_event",
        "update audit_event_before set action = 'x'",
        "delete from audit_event_before",
        "truncate audit_event_before",
        "truncate audit_event_default",
        "truncate only audit_event_before",
        "update audit_event_default set actor_id = id",
        "delete from audit_event_default",
    ],
)
async def test_the_database_refuses_to_change_what_was_written(
    session: AsyncSession, statement: str
) -> None:
    old, late = await note(session, within(month(-3))), await note(session, within(month(60)))
    assert [await part_of(session, e) for e in (old, late)] == [
        "audit_event_before", "audit_event_default",
    ]  # fmt: skip

    with pytest.raises(DBAPIError, match="append-only"):
        async with session.begin_nested():
            await session.execute(text(statement))

    assert len((await session.scalars(select(AuditEvent))).all()) == 2


async def test_a_month_made_by_the_job_refuses_as_well(session: AsyncSession) -> None:
    await session.execute(text("select audit_event_ahead(:until)"), {"until": month(9)})
    event = await note(session, within(month(9)))
    part = await part_of(session, event)

    assert part == name_of(month(9))
    for act in ("truncate", "delete from"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with session.begin_nested():
                await session.execute(text(f"{act} {part}"))


async def test_the_job_makes_the_next_months_and_keeps_all_without_a_setting(
    session: AsyncSession, sessions: Sessionmaker
) -> None:
    await make_past_months(session, -30)
    await note(session, within(month(-30)))
    await session.commit()

    with clock.frozen(within(month(6))):
        for _ in range(2):  # a job may run twice
            await turn_trail(context(sessions, None))

    written = await note(session, within(month(8)))
    assert await part_of(session, written) == name_of(month(8))
    assert len((await session.scalars(select(AuditEvent))).all()) == 2


async def test_rows_that_came_before_their_month_was_made_move_into_it(
    session: AsyncSession, sessions: Sessionmaker
) -> None:
    early = await note(session, within(month(7)))
    later = await note(session, within(month(40)))
    assert await part_of(session, early) == "audit_event_default"
    await session.commit()

    with clock.frozen(within(month(6))):
        await turn_trail(context(sessions, None))

    assert await part_of(session, early) == name_of(month(7))
    assert await part_of(session, later) == "audit_event_default"
    with pytest.raises(DBAPIError, match="append-only"):  # the guard stands again
        async with session.begin_nested():
            await session.execute(text("delete from audit_event_default"))


async def test_whole_months_expire_and_the_trail_says_so(
    session: AsyncSession, sessions: Sessionmaker
) -> None:
    await make_past_months(session, -9, -8, -7)
    rows = {distance: await note(session, within(month(distance))) for distance in (-9, -8, -7)}
    await session.commit()

    for _ in range(2):  # a job may run twice
        await turn_trail(context(sessions, 7))

    left = (await session.scalars(select(AuditEvent).order_by(AuditEvent.created_at))).all()
    assert [e.action for e in left] == ["read_record", audit.EXPIRE_TRAIL.code]
    assert left[0].id == rows[-7].id
    assert (left[1].actor_kind, left[1].actor_id) == (ActorKind.SYSTEM, audit.NOBODY)
    assert left[1].detail == {
        "before": month(-7).isoformat(),
        "parts": [name_of(month(-9)), name_of(month(-8))],
        "kept_months": 7,
    }


async def test_six_months_cannot_be_dropped_by_anybody(session: AsyncSession) -> None:
    await make_past_months(session, -6, -5)
    before = TODAY - timedelta(days=150)

    with pytest.raises(DBAPIError, match="six months"):
        async with session.begin_nested():
            await session.scalars(text("select audit_event_expire(:before)"), {"before": before})


async def test_the_job_gives_way_to_who_reads_or_writes_the_trail(
    committed_database: Sessionmaker,
) -> None:
    """Waiting for its lock it would hold up everybody who comes after it."""
    async with committed_database() as reader:
        await reader.execute(text("select from audit_event"))
        begun = monotonic()

        with pytest.raises(DBAPIError, match="lock timeout"):
            async with committed_database.begin() as session:
                await make_months(session, month(6))

    assert monotonic() - begun < 10


async def test_months_go_with_as_little_waiting(session: AsyncSession) -> None:
    await expire_months(session, TODAY, 7)

    assert await session.scalar(text("show lock_timeout")) == "3s"
