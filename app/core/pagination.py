"""Keyset lists: one way to page, no offset and no total."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, NamedTuple, TypedDict, TypeVar, TypeVarTuple
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Row, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.problems import Problem
from app.core.statements import typed_rows

Cursor = Annotated[str | None, Query(max_length=400)]
Limit = Annotated[int, Query(ge=1, le=100)]
BACK = "~"  # begins a cursor that leads to the rows before its place
T = TypeVar("T")
N = TypeVar("N", bound=tuple[Any, ...])
Columns = TypeVarTuple("Columns")


class CursorInvalid(Problem):
    type, title, status = "cursor-invalid", "列表已更新，请从头刷新。", 422


class Page(BaseModel, Generic[T]):
    items: list[T]
    next_cursor: str | None


class Key(NamedTuple):
    """The sort column and the id that breaks ties; both in one index, in this order."""

    column: InstrumentedAttribute[Any] | ColumnElement[Any]
    id: InstrumentedAttribute[Any] | ColumnElement[Any]
    descending: bool = True


class Slice(NamedTuple, Generic[T]):
    rows: Sequence[T]
    next_cursor: str | None


class Turned(NamedTuple, Generic[T]):
    """A page of a list that is turned back, too."""

    rows: Sequence[T]
    previous_cursor: str | None
    next_cursor: str | None


class Listed(TypedDict, Generic[T]):
    """What a list route returns; its `response_model` is the `Page` of what is shown of a row."""

    items: Sequence[T]
    next_cursor: str | None


def encode(value: datetime | date | str, row_id: UUID) -> str:
    text = value if isinstance(value, str) else value.isoformat()
    return base64.urlsafe_b64encode(json.dumps([text, str(row_id)]).encode()).decode().rstrip("=")


def decode(cursor: str, kind: type[Any]) -> tuple[Any, UUID]:
    try:
        text, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        value = text if kind is str else kind.fromisoformat(text)
        return value, UUID(row_id)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise CursorInvalid from error


def _after(statement: Select[*Columns], key: Key, cursor: str) -> Select[*Columns]:
    place = tuple_(key.column, key.id)
    value, row_id = decode(cursor, key.column.type.python_type)
    bound = tuple_(literal(value, key.column.type), literal(row_id, key.id.type))
    return statement.where(place < bound if key.descending else place > bound)


def _place(row: Row[*Columns], key: Key) -> str:
    values = row._mapping  # noqa: SLF001 SQLAlchemy's public name for it
    return encode(values[key.column], values[key.id])


async def paginate(
    session: AsyncSession,
    statement: Select[*Columns],
    key: Key,
    cursor: str | None,
    limit: int,
) -> Slice[Row[*Columns]]:
    """Rows of `statement` (which must select key columns by these names) and where to go on."""
    if cursor:
        statement = _after(statement, key, cursor)
    order = [key.column.desc(), key.id.desc()] if key.descending else [key.column, key.id]
    rows = (await session.execute(statement.order_by(*order).limit(limit + 1))).all()
    if len(rows) <= limit:
        return Slice(rows, None)
    return Slice(rows[:limit], _place(rows[limit - 1], key))


async def turn_pages(
    session: AsyncSession,
    statement: Select[*Columns],
    key: Key,
    cursor: str | None,
    limit: int,
) -> Turned[Row[*Columns]]:
    """As `paginate`, and where the page before begins; the first page is always a full one."""
    if cursor is None or not cursor.startswith(BACK):
        page = await paginate(session, statement, key, cursor, limit)
        turned_back = cursor is not None and page.rows
        previous = BACK + _place(page.rows[0], key) if turned_back else None
        return Turned(page.rows, previous, page.next_cursor)
    back = key._replace(descending=not key.descending)
    before = await paginate(session, statement, back, cursor.removeprefix(BACK), limit)
    if before.next_cursor is None:
        first = await paginate(session, statement, key, None, limit)
        return Turned(first.rows, None, first.next_cursor)
    rows = before.rows[::-1]
    return Turned(rows, BACK + before.next_cursor, _place(rows[-1], key))


async def paginate_as(
    kind: type[N],
    session: AsyncSession,
    statement: Select[*tuple[Any, ...]],
    key: Key,
    cursor: str | None,
    limit: int,
) -> Slice[N]:
    """As `paginate`, with rows of a NamedTuple whose fields are the statement's columns."""
    rows, next_cursor = await paginate(session, statement, key, cursor, limit)
    return Slice(typed_rows(kind, rows), next_cursor)
