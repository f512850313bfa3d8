"""Watch our own application answer, and keep every statement that it sends: nothing is changed."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from psycopg.types.json import Json, Jsonb
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, async_sessionmaker

from app.core.ids import uuid7
from app.core.settings import Settings
from app.main import create_app, dispose_engines
from scripts.benchmark.world import Call

Parameters = dict[str, Any]
Transaction = list[tuple[str, Parameters]]


@dataclass(frozen=True, slots=True)
class AsJson:
    """A parameter that travels as jsonb, in a form that can be stored."""

    value: Any


@dataclass(slots=True)
class Answer:
    """What one call did: its transactions, each a list of statements, and what it returned."""

    call: Call
    transactions: list[Transaction] = field(default_factory=list)
    status: int = 0
    body: Any = None
    is_html: bool = False

    @property
    def statements(self) -> int:
        return sum(len(t) for t in self.transactions)


# Seeded ids sort before it, those that the application makes now after it.
MADE_NOW = UUID("01a00000-0000-7000-8000-000000000000")


def renewed(transaction: Transaction) -> Transaction:
    """Give every new row a new id, the same everywhere in it, so that it can be sent again."""
    new: dict[UUID, UUID] = defaultdict(uuid7)
    return [
        (statement, {n: _new(value, new) for n, value in parameters.items()})
        for statement, parameters in transaction
    ]


def _new(value: Any, new: dict[UUID, UUID]) -> Any:
    return new[value] if isinstance(value, UUID) and value > MADE_NOW else value


class Witness:
    """Hears every statement of one connection."""

    def __init__(self) -> None:
        self.answer: Answer | None = None

    def hear(
        self,
        _connection: Connection,
        _cursor: object,
        statement: str,
        parameters: Any,
        _context: object,
        _executemany: bool,  # the signature is SQLAlchemy's
    ) -> None:
        if self.answer is None:
            return
        if statement.startswith("SAVEPOINT"):
            self.answer.transactions.append([])
        elif not statement.startswith(("RELEASE", "ROLLBACK")):
            rows = parameters if isinstance(parameters, list) else [parameters]
            self.answer.transactions[-1] += [(statement, _storable(row)) for row in rows]


def _storable(parameters: Any) -> Parameters:
    return {
        name: AsJson(value.obj) if isinstance(value, Json | Jsonb) else value
        for name, value in dict(parameters).items()
    }


async def capture(settings: Settings, calls: Sequence[Call]) -> list[Answer]:
    """Each call in a transaction that is rolled back afterwards."""
    app, witness = create_app(settings), Witness()
    event.listen(app.state.engine.sync_engine, "before_cursor_execute", witness.hear)
    transport = httpx.ASGITransport(app)
    async with (
        httpx.AsyncClient(transport=transport, base_url=settings.origin) as client,
        app.state.engine.connect() as connection,
    ):
        answers = [await _answer(app, witness, connection, client, call) for call in calls]
    await app.state.http.aclose()
    await dispose_engines(app)
    return answers


async def _answer(
    app: FastAPI,
    witness: Witness,
    connection: AsyncConnection,
    client: httpx.AsyncClient,
    call: Call,
) -> Answer:
    answer = Answer(call)
    async with _undone(app, connection):
        witness.answer = answer
        reply = await client.request(
            call.method, call.path, headers=call.headers, content=call.body
        )
        witness.answer = None
    answer.status = reply.status_code
    answer.is_html = reply.headers.get("content-type", "").startswith("text/html")
    answer.body = reply.text if answer.is_html else json.loads(reply.content or b"null")
    if not reply.is_success:
        raise RuntimeError(f"{call.method} {call.path}: {reply.status_code} {reply.text[:300]}")
    return answer


@asynccontextmanager
async def _undone(app: FastAPI, connection: AsyncConnection) -> AsyncIterator[None]:
    outer = await connection.begin()
    app.state.sessions = async_sessionmaker(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    )
    try:
        yield
    finally:
        await outer.rollback()
