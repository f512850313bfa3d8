"""Liveness and readiness: `/healthz` asks nothing, `/readyz` asks the engines."""

import asyncio
from time import monotonic
from typing import NamedTuple

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import PUBLIC
from app.core.db import Sessionmaker, get_sessions
from app.core.problems import Unavailable
from app.core.state import AppStorage
from app.core.storage import Storage

router = APIRouter(tags=["health"], dependencies=[PUBLIC])
KEPT_S = 2.0


class Health(BaseModel):
    status: str


@router.get("/healthz")
async def healthz() -> Health:
    return Health(status="ok")


class Answer(NamedTuple):
    database: bool
    storage: bool


class Readiness:
    """Asks the engines once in KEPT_S, however many strangers ask us."""

    def __init__(self) -> None:
        self._asking: asyncio.Task[Answer] | None = None
        self._kept_until = 0.0

    async def look(self, sessions: Sessionmaker, storage: Storage) -> Answer:
        """Wait for the question that is under way, or be told what was answered just now."""
        asking = self._asking
        if asking is None or (asking.done() and monotonic() >= self._kept_until):
            asking = self._asking = asyncio.create_task(self._ask(sessions, storage))
        return await asyncio.shield(asking)  # who leaves takes the answer from nobody

    async def _ask(self, sessions: Sessionmaker, storage: Storage) -> Answer:
        answer = Answer(await _database_answers(sessions), await storage.ready())
        self._kept_until = monotonic() + KEPT_S
        return answer


async def _database_answers(sessions: Sessionmaker) -> bool:
    try:
        async with sessions() as session:
            await session.execute(text("select 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True


@router.get("/readyz")
async def readyz(request: Request, storage: AppStorage) -> Health:
    """Tell what was true at most two seconds ago."""
    readiness: Readiness = request.app.state.readiness
    answer = await readiness.look(get_sessions(request), storage)
    if not all(answer):
        raise Unavailable(**answer._asdict())
    return Health(status="ready")
