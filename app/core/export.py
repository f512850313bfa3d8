"""What is kept of a person, written page by page: no more than a page of it is in memory.

A page is read in a transaction of its own, so that a slow phone holds no connection. What was
kept when the export began is in it, unless it was deleted since; what is written meanwhile may
be, and is never there twice.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic_core import to_json
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import Sessionmaker

AT_ONCE = 500  # rows
PIECE = 16 * 1024  # bytes, at least, but for the last
Json = Any  # what json.dumps takes
Pages = AsyncIterator[Sequence[Json]]


@dataclass(frozen=True)
class Listing:
    """Rows of one kind: `key` is a unique order of the statement, and among what it selects."""

    statement: Select[*tuple[Any, ...]]
    key: Sequence[InstrumentedAttribute[Any]]
    shown: Callable[[Mapping[str, Any]], Json]


Part: TypeAlias = "Mapping[str, Part] | Listing | Pages | Json"


async def rows_of(sessions: Sessionmaker, listing: Listing, at_once: int = AT_ONCE) -> Pages:
    """Read page after page by key; rows that come and go meanwhile move no other."""
    statement = listing.statement.order_by(*listing.key).limit(at_once)
    page = statement
    while True:
        async with sessions() as session:
            rows = (await session.execute(page)).mappings().all()
        yield [listing.shown({str(name): row[name] for name in row}) for row in rows]
        if len(rows) < at_once:
            return
        last = tuple(rows[-1][column] for column in listing.key)
        page = statement.where(tuple_(*listing.key) > last)


async def written(
    sessions: Sessionmaker, part: Part, at_least: int = PIECE
) -> AsyncIterator[bytes]:
    """Write JSON in pieces: objects as they stand, what is listed page by page."""
    piece = bytearray()
    async for text in _texts(sessions, part):
        piece += text
        if len(piece) >= at_least:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


async def _texts(sessions: Sessionmaker, part: Part) -> AsyncIterator[bytes]:
    match part:
        case Listing():
            async for text in _list(rows_of(sessions, part)):
                yield text
        case AsyncIterator():
            async for text in _list(part):
                yield text
        case Mapping():
            before = b"{"
            for name, inner in part.items():
                yield before + to_json(name) + b":"
                async for text in _texts(sessions, inner):
                    yield text
                before = b","
            yield b"}" if part else b"{}"
        case _:
            yield to_json(part)


async def _list(pages: Pages) -> AsyncIterator[bytes]:
    before = b"["
    async for page in pages:
        for row in page:
            yield before + to_json(row)
            before = b","
    yield b"]" if before == b"," else b"[]"
