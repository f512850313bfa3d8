"""Idempotency-Key: one intent of one person happens once, however often it is sent."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request
from pydantic import BaseModel, ValidationError
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.crypto import keyring
from app.core.db import Base
from app.core.problems import Problem

M = TypeVar("M", bound=BaseModel)
PLACE, SEALED = "idempotency_record.response", "sealed"


class IdempotencyMismatch(Problem):
    type, status = "idempotency-mismatch", 422
    title = "这次提交与上次内容不同，请返回后重新操作。"
    # What the first one made, where a page asks; an API is not told.
    made: UUID | None = None


class IdempotencyRecord(Base):
    """Written in the same transaction as the work; a concurrent twin waits on the primary key."""

    __tablename__ = "idempotency_record"

    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    response: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


def _sealed(result: BaseModel) -> dict[str, str]:
    """Keep from the table what an answer may hold: a name that its own column encrypts."""
    return {SEALED: keyring().encrypt(result.model_dump_json(), PLACE)}


@dataclass(frozen=True)
class Idempotency:
    key: str
    request_hash: str

    async def once(
        self,
        session: AsyncSession,
        actor_id: UUID,
        answer: type[M],
        work: Callable[[], Awaitable[M]],
    ) -> M:
        """Do `work` once for this actor and key; later calls get the stored answer."""
        if not await self._claim(session, actor_id):
            return answer.model_validate_json(await self._stored(session, actor_id))
        result = await work()
        await session.execute(
            update(IdempotencyRecord)
            .where(IdempotencyRecord.actor_id == actor_id, IdempotencyRecord.key == self.key)
            .values(response=_sealed(result))
        )
        return result

    async def _claim(self, session: AsyncSession, actor_id: UUID) -> bool:
        claim = (
            insert(IdempotencyRecord)
            .values(actor_id=actor_id, key=self.key, request_hash=self.request_hash)
            .on_conflict_do_nothing()
            .returning(IdempotencyRecord.key)
        )
        return (await session.execute(claim)).first() is not None

    async def _stored(self, session: AsyncSession, actor_id: UUID) -> str:
        result = await session.execute(
            select(IdempotencyRecord.request_hash, IdempotencyRecord.response).where(
                IdempotencyRecord.actor_id == actor_id, IdempotencyRecord.key == self.key
            )
        )
        request_hash, response = result.one()
        if response is None:
            raise IdempotencyMismatch
        first = keyring().decrypt(response[SEALED], PLACE)
        if request_hash != self.request_hash:
            problem = IdempotencyMismatch()
            problem.made = _made_in(first)
            raise problem
        return first


class Made(BaseModel):
    """What a second press of one form is told: the row that the first one made."""

    row_id: UUID


def _made_in(answer: str) -> UUID | None:
    try:
        return Made.model_validate_json(answer).row_id
    except ValidationError:  # of an API: its answer says more than an id
        return None


async def make_once(
    session: AsyncSession,
    actor_id: UUID,
    key: str,
    intent: str,
    make: Callable[[], Awaitable[UUID]],
) -> UUID:
    """Make a row once for each form, however often it is sent; `key` is the form's own.

    `intent` is what was asked for, and of what: the same key with another one is refused. Inside
    `core.forms.refusing` that is no dead end: the form comes back with a new key.
    """
    once = Idempotency(key, digest_of(intent.encode()))

    async def work() -> Made:
        return Made(row_id=await make())

    return (await once.once(session, actor_id, Made, work)).row_id


KeyHeader = Annotated[
    str, Header(alias="Idempotency-Key", min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
]


def digest_of(*parts: bytes) -> str:
    """Tell the same request from another one under its key."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


async def _idempotency(request: Request, key: KeyHeader) -> Idempotency:
    return Idempotency(key, digest_of(request.scope["path"].encode(), await request.body()))


OncePerKey = Annotated[Idempotency, Depends(_idempotency)]
