"""The measure: FastAPI and the driver alone, sending the same statements in as many transactions.

It knows each answer beforehand, so it decides nothing, checks nothing and builds no object; where
our handler asks the storage about an object, so does this one.
"""

import pickle
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from scripts.benchmark.capture import Answer, AsJson, renewed

POOL = 10


def parameters_of(stored: dict[str, Any]) -> dict[str, Any]:
    return {n: Jsonb(v.value) if isinstance(v, AsJson) else v for n, v in stored.items()}


class Replay:
    """One captured answer, ready to be given again."""

    def __init__(self, answer: Answer, storage_url: str | None) -> None:
        self.transactions = [
            [(statement, parameters_of(stored)) for statement, stored in transaction]
            for transaction in answer.transactions
        ]
        self.status, self.body, self.is_html = answer.status, answer.body, answer.is_html
        self.storage_url = storage_url

    def response(self) -> Response:
        kind = HTMLResponse if self.is_html else JSONResponse
        return kind(self.body, self.status)


async def _send(
    connection: AsyncConnection[Any], statements: list[tuple[str, dict[str, Any]]]
) -> None:
    for statement, parameters in statements:
        cursor = await connection.execute(statement, parameters)
        if cursor.description:
            await cursor.fetchall()


def make_app(conninfo: str, replays: list[Replay]) -> FastAPI:
    pool = AsyncConnectionPool(
        conninfo, min_size=POOL, max_size=POOL, open=False, kwargs={"options": "-c timezone=UTC"}
    )
    http = httpx.AsyncClient()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with pool, http:
            await pool.wait()
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.api_route("/{number}", methods=["GET", "POST"])
    async def replay(number: int, request: Request) -> Response:
        if request.method == "POST":
            await request.json()
        wanted = replays[number]
        for n, transaction in enumerate(wanted.transactions):
            if n == 1 and wanted.storage_url:
                await http.head(wanted.storage_url)
            async with pool.connection() as connection:
                await _send(connection, renewed(transaction))
        return wanted.response()

    return app


def main() -> None:
    port, conninfo, path = sys.argv[1:]
    answers, urls = pickle.loads(Path(path).read_bytes())  # noqa: S301  # written by the bench
    replays = [Replay(a, u) for a, u in zip(answers, urls, strict=True)]
    uvicorn.run(make_app(conninfo, replays), port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
