"""The table: nothing is lost by the order of commits, and one NOTIFY is sent a transaction."""

import psycopg
from sqlalchemy import insert, select, text

from app.core import clock
from app.core.db import Sessionmaker
from app.core.settings import Settings
from app.core.stream import StreamEvent, tell
from app.core.stream.events import CHANNEL, Read, present_position, read_topics
from app.core.stream.position import Position

TOPIC = "team:1"


async def read(sessions: Sessionmaker, since: Position, limit: int = 100) -> Read:
    return await read_topics(sessions, since, [TOPIC], limit)


def told(found: Read) -> list[bytes]:
    return [m.wire.split(b'"n": ')[1].split(b"}")[0] for m in found.messages]


async def test_commits_in_reverse_order_lose_nothing(committed_database: Sessionmaker) -> None:
    start = await present_position(committed_database)
    first, second = committed_database(), committed_database()
    async with first, second:
        slow, quick = await first.begin(), await second.begin()
        await tell(first, [TOPIC], "changed", n=1)
        await tell(second, [TOPIC], "changed", n=2)
        await quick.commit()
        before = await read(committed_database, start)
        nothing = await read(committed_database, before.position)
        await slow.commit()
    after = await read(committed_database, before.position)
    async with committed_database() as session:
        in_order = (await session.scalars(select(StreamEvent.ids).order_by(StreamEvent.id))).all()

    assert in_order == [{"n": 1}, {"n": 2}]  # the one committed last has the lower id
    assert (told(before), told(nothing), told(after)) == ([b"2"], [], [b"1"])
    assert told(await read(committed_database, after.position)) == []


async def test_what_is_told_in_a_savepoint_belongs_to_its_transaction(
    committed_database: Sessionmaker,
) -> None:
    start = await present_position(committed_database)
    async with committed_database.begin() as session:
        async with session.begin_nested():
            await tell(session, [TOPIC], "changed", n=1)
        during = await read(committed_database, start)
    after = await read(committed_database, during.position)

    assert (told(during), told(after)) == ([], [b"1"])


async def test_a_transaction_that_fails_tells_nothing(committed_database: Sessionmaker) -> None:
    start = await present_position(committed_database)
    async with committed_database() as session:
        await tell(session, [TOPIC], "changed", n=1)
        await session.rollback()

    assert told(await read(committed_database, start)) == []


async def test_only_the_topics_asked_for_are_read(committed_database: Sessionmaker) -> None:
    start = await present_position(committed_database)
    async with committed_database.begin() as session:
        await tell(session, [TOPIC, "team:2"], "changed", n=1)
        await tell(session, ["team:2"], "changed", n=2)
        await tell(session, [], "changed", n=3)

    assert told(await read(committed_database, start)) == [b"1"]


async def test_more_than_the_limit_is_told_as_such(committed_database: Sessionmaker) -> None:
    start = await present_position(committed_database)
    async with committed_database.begin() as session:
        for n in range(3):
            await tell(session, [TOPIC], "changed", n=n)

    full = await read(committed_database, start, limit=3)
    assert (told(full), full.complete) == ([b"0", b"1", b"2"], True)
    beyond = await read(committed_database, start, limit=2)
    assert (beyond.messages, beyond.complete) == ([], False)
    assert told(await read(committed_database, beyond.position)) == []


async def test_a_position_of_another_server_is_not_taken_for_ours(
    committed_database: Sessionmaker,
) -> None:
    here = await present_position(committed_database)
    ahead = Position(here.at_s, here.xmax + 1000, here.xmax + 1000)

    assert (await read(committed_database, ahead)).complete is False
    assert (await read(committed_database, here)).complete is True


async def test_rows_restored_from_another_server_are_not_told_for_ever(
    committed_database: Sessionmaker,
) -> None:
    start = await present_position(committed_database)
    restored = {"tx": start.xmax + 10**6, "topic": TOPIC, "name": "changed", "ids": {"n": 1}}
    async with committed_database.begin() as session:
        await session.execute(insert(StreamEvent), restored | {"created_at": clock.now()})
        await tell(session, [TOPIC], "changed", n=2)

    assert told(await read(committed_database, start)) == [b"2"]


async def test_a_transaction_notifies_once_however_often_it_tells(
    settings: Settings, committed_database: Sessionmaker
) -> None:
    conninfo = settings.database_url.get_secret_value().replace("+psycopg", "", 1)
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as listening:
        await listening.execute(f"listen {CHANNEL}")
        for times in (1, 5):
            async with committed_database.begin() as session:
                for n in range(times):
                    await tell(session, [TOPIC, f"staff:{n}"], "changed", n=n)
        heard = [n.payload async for n in listening.notifies(timeout=0.5)]

    assert heard == ["", ""]


async def test_reading_a_topic_uses_its_index(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        rows = [{"n": n} for n in range(5000)]
        await session.execute(
            insert(StreamEvent).values(name="changed", created_at=clock.now()),
            [{"topic": f"team:{r['n'] % 500}", "ids": r} for r in rows],
        )
        await session.execute(text("analyze stream_event"))
        plan = await session.execute(
            text(
                "explain select id from stream_event where tx >= 1 and tx < 99999999"
                " and topic = any(array['team:7', 'team:8'])"
            )
        )

        assert "ix_stream_event_topic_tx" in str(plan.all())
