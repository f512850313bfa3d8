"""Who may call a route, declared in its signature and nowhere else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Session

Authenticate = Callable[[Request, AsyncSession, frozenset[str]], Awaitable[Any]]


async def _anyone(_: Request, __: AsyncSession, ___: frozenset[str]) -> None:
    return None


@dataclass(frozen=True)
class Access:
    """A dependency that returns the typed actor or refuses with 401 / 403."""

    roles: frozenset[str]
    authenticate: Authenticate = _anyone

    async def __call__(self, request: Request, session: Session) -> Any:
        return await self.authenticate(request, session, self.roles)


PUBLIC = Depends(Access(frozenset()))
