"""Liveness and readiness: `/healthz` asks nothing, `/readyz` asks the engines."""

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import PUBLIC
from app.core.db import get_sessions
from app.core.problems import Unavailable
from app.core.state import AppStorage

router = APIRouter(tags=["health"], dependencies=[PUBLIC])


class Health(BaseModel):
    status: str


@router.get("/healthz")
async def healthz() -> Health:
    return Health(status="ok")


async def _database_answers(request: Request) -> bool:
    try:
        async with get_sessions(request)() as session:
            await session.execute(text("select 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True


@router.get("/readyz")
async def readyz(request: Request, storage: AppStorage) -> Health:
    database = await _database_answers(request)
    stored = await storage.ready()
    if not (database and stored):
        raise Unavailable(database=database, storage=stored)
    return Health(status="ready")
