"""One listener a process: one connection hears NOTIFY, reads once and gives to all streams."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection

from app.core.db import Sessionmaker
from app.core.problems import Problem
from app.core.settings import Settings
from app.core.stream.events import (
    CHANNEL,
    PRESENT,
    SINCE,
    Read,
    parameters,
    position_now,
    present_position,
    read_of,
    read_topics,
)
from app.core.stream.position import Position
from app.core.stream.streams import Stream

log = logging.getLogger("app.stream")
PER_OWNER = 8  # one browser has one; without SharedWorker one a tab
READ_LIMIT = 5000  # messages of one reading of the hub
REPLAY_LIMIT = 1000  # messages of one stream that catches up; beyond, the page asks for all
GATHER_S = 0.05  # a burst of commits is one reading
HEARTBEAT_S = 15.0  # the longest that a lost connection or NOTIFY goes unnoticed
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 10.0
READERS = 2  # streams that catch up at the same time: the pool belongs to requests


class TooManyStreams(Problem):
    type, status = "too-many-streams", 503
    title = "实时更新的连接太多，页面会每分钟自动更新一次。"


class Hub:
    """Started and stopped with the process; streams join while it runs."""

    def __init__(self, settings: Settings) -> None:
        self._conninfo = settings.database_url.get_secret_value().replace("+psycopg", "", 1)
        self._most = settings.streams_max
        self._streams: set[Stream] = set()
        self._by_topic: defaultdict[str, set[Stream]] = defaultdict(set)
        self._owners: Counter[Hashable] = Counter()
        self._readers = asyncio.Semaphore(READERS)
        self._listening: asyncio.Task[None] | None = None
        self._closing = True  # until it is started
        self.position: Position | None = None  # all that it sees has been given to the streams

    @property
    def running(self) -> bool:
        return self._listening is not None

    @property
    def open_streams(self) -> int:
        return len(self._streams)

    def start(self) -> None:
        """Never waits for the database: the process starts without it."""
        self._closing = False
        self._listening = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        listening, self._listening = self._listening, None
        self.say_bye()
        if listening is not None:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    def holds(self, stream: Stream) -> bool:
        return stream in self._streams

    def say_bye(self) -> None:
        """Ask all streams to end, and those that come now to end at once."""
        self._closing = True
        for stream in self._streams:
            stream.close()

    @contextmanager
    def joined(self, stream: Stream) -> Iterator[None]:
        """Raise TooManyStreams when the process, or its owner, has as many as may be."""
        if self._closing:
            stream.close()
        elif len(self._streams) >= self._most or self._owners[stream.owner] >= PER_OWNER:
            raise TooManyStreams
        self._streams.add(stream)
        self._owners[stream.owner] += 1
        self._subscribe(stream)
        try:
            yield
        finally:
            self._unsubscribe(stream)
            self._streams.discard(stream)
            self._owners[stream.owner] -= 1
            if not self._owners[stream.owner]:
                del self._owners[stream.owner]

    def change_topics(self, stream: Stream, topics: frozenset[str]) -> None:
        """Let the page ask for all: what the new topics told before is not known."""
        if topics == stream.topics:
            return
        self._unsubscribe(stream)
        stream.topics = topics
        self._subscribe(stream)
        stream.fall_out()

    def _subscribe(self, stream: Stream) -> None:
        for topic in stream.topics:
            self._by_topic[topic].add(stream)

    def _unsubscribe(self, stream: Stream) -> None:
        for topic in stream.topics:
            self._by_topic[topic].discard(stream)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    async def catch_up(self, stream: Stream, sessions: Sessionmaker) -> bool:
        """Read for one stream what it lacks; False when the database does not answer."""
        try:
            async with self._readers:
                stream.behind = False  # from here on the buffer keeps what comes meanwhile
                stream.catch_up(await self._lacking(stream, sessions))
        except (SQLAlchemyError, NoConnection, OSError) as error:
            log.warning("stream cannot catch up", extra={"error": type(error).__name__})
            stream.leave_out()
            return False
        return True

    async def _lacking(self, stream: Stream, sessions: Sessionmaker) -> Read:
        if stream.position is None or stream.missed:
            return Read(await present_position(sessions), [], complete=True)
        return await read_topics(sessions, stream.position, stream.topics, REPLAY_LIMIT)

    async def _listen(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            before = self.position
            try:
                await self._listen_once()
            except Exception:  # whatever it is: without a listener nobody is told
                log.warning("stream lost its connection", exc_info=True)
            if self.position is not before:  # it had worked
                wait_s = FIRST_WAIT_S
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _listen_once(self) -> None:
        """Listen first, then read: what was told while nobody listened is in the table."""
        connection = await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, connect_timeout=5, application_name="weibu stream"
        )
        async with connection:
            await connection.execute(f"listen {CHANNEL}")
            while True:
                async with asyncio.timeout(HEARTBEAT_S):
                    self._distribute(await self._read(connection))
                async for _ in connection.notifies(timeout=HEARTBEAT_S, stop_after=1):
                    pass
                await asyncio.sleep(GATHER_S)

    async def _read(self, connection: "psycopg.AsyncConnection[tuple[Any, ...]]") -> Read:
        if self.position is None:  # streams that came before this must look for themselves
            result = await connection.execute(PRESENT)
            snapshot = await result.fetchone()
            return Read(position_now(str(snapshot[0] if snapshot else "")), [], complete=False)
        result = await connection.execute(SINCE, parameters(self.position, READ_LIMIT))
        return read_of(await result.fetchall(), self.position, READ_LIMIT)

    def _distribute(self, read: Read) -> None:
        """In one step, without waiting: `position` and all buffers always fit together."""
        for message in read.messages:
            for stream in self._by_topic.get(message.topic, ()):
                stream.offer(message)
        if not read.complete:
            for stream in self._streams:
                stream.fall_behind()
        self.position = read.position
