"""The table of messages: told in the writer's transaction, read by what two snapshots differ by."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import DateTime, Text

from app.core import clock
from app.core.db import Base, Sessionmaker
from app.core.stream.position import Position

CHANNEL = "stream_event"
REPLAY_FOR_S = 12 * 3600  # rows are kept for a day; a transaction may have been open for a while


class StreamEvent(Base):
    """One message for one topic. `tx` is the writing transaction; a page never sees the row."""

    __tablename__ = "stream_event"
    __table_args__ = (
        Index("ix_stream_event_tx", "tx"),
        Index("ix_stream_event_topic_tx", "topic", "tx"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tx: Mapped[int] = mapped_column(
        BigInteger, server_default=text("((pg_current_xact_id())::text)::bigint")
    )
    topic: Mapped[str]
    name: Mapped[str]
    ids: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


_TELL = text(
    "with told as (insert into stream_event (topic, name, ids, created_at)"
    " select topic, :name, :ids, :at from unnest(:topics) topic)"
    " select pg_notify(:channel, '')"
).bindparams(
    bindparam("channel", CHANNEL),
    bindparam("topics", type_=ARRAY(Text())),
    bindparam("ids", type_=JSONB),
    bindparam("at", type_=DateTime(timezone=True)),
)


async def tell(
    session: AsyncSession, topics: Collection[str], name: str, **ids: UUID | str | int
) -> None:
    """Tell every open page of these topics (`team:<uuid>`, `staff:<uuid>`) that `name` happened.

    It is told when the caller's transaction commits, and never if it does not. `ids` are ids and
    codes, nothing personal. A commit with a NOTIFY waits for every other such commit of the
    database: a job tells once for its whole batch, never once a row.
    """
    if not topics:
        return
    sent = {key: str(value) if isinstance(value, UUID) else value for key, value in ids.items()}
    values = {"topics": sorted(set(topics)), "name": name, "ids": sent, "at": clock.now()}
    await session.execute(_TELL, values)


class Message(NamedTuple):
    """`wire`: the message as a `data:` line, without the empty line that ends it."""

    tx: int
    topic: str
    wire: bytes


class Read(NamedTuple):
    """Messages that `position` sees and the one before did not; `complete`: there are no more."""

    position: Position
    messages: list[Message]
    complete: bool


# `%(…)s`: the hub runs it on its own psycopg connection, a stream by SQLAlchemy on the pool's.
# The upper bound leaves out rows that were restored from a server whose numbers ran ahead.
_SINCE = """
with present as materialized (select pg_current_snapshot() as snapshot)
select present.snapshot::text, event.tx, event.topic, event.name, event.ids
from present left join lateral (
  select id, tx, topic, name, ids from stream_event
  where tx >= %(xmin)s
    and tx < pg_snapshot_xmax(present.snapshot)::text::bigint
    and not pg_visible_in_snapshot(tx::text::xid8, %(since)s::pg_snapshot)
    {of_topics}
  order by id limit %(limit)s
) event on true order by event.id
"""
SINCE = _SINCE.format(of_topics="")
SINCE_OF_TOPICS = _SINCE.format(of_topics="and topic = any(%(topics)s)")
PRESENT = "select pg_current_snapshot()::text"

Found = Sequence[tuple[str, int | None, str, str, dict[str, Any]]]


def parameters(since: Position, limit: int) -> dict[str, Any]:
    return {"xmin": since.xmin, "since": since.snapshot, "limit": limit + 1}


def read_of(rows: Found, since: Position, limit: int) -> Read:
    """Make sense of what `SINCE` found; of too many messages none, for the page asks for all."""
    position = position_now(rows[0][0])
    messages = [
        Message(tx, topic, wire(name, ids)) for _, tx, topic, name, ids in rows if tx is not None
    ]
    # A position beyond the present is of another server, or of this one before it was restored.
    if len(messages) > limit or since.age > position.age:
        return Read(position, [], complete=False)
    return Read(position, messages, complete=True)


def position_now(snapshot: str) -> Position:
    return Position.of_snapshot(snapshot, int(clock.now().timestamp()))


def wire(name: str, ids: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps({"name": name, "ids": ids}).encode() + b"\n"


async def present_position(sessions: Sessionmaker) -> Position:
    async with sessions() as session:
        connection = await session.connection()
        result = await connection.exec_driver_sql(PRESENT)
        return position_now(result.scalar_one())


async def read_topics(
    sessions: Sessionmaker, since: Position, topics: Collection[str], limit: int
) -> Read:
    """Read in a session of its own, which holds a connection for this moment only."""
    values: dict[str, Any] = parameters(since, limit) | {"topics": list(topics)}
    async with sessions() as session:
        connection = await session.connection()
        result = await connection.exec_driver_sql(SINCE_OF_TOPICS, values)
        return read_of([tuple(row) for row in result], since, limit)
