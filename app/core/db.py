"""Engine, sessions and the base of every model. The only place that commits."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, TypeVar, TypeVarTuple
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import DateTime, Enum, MetaData, Numeric, Select, Text, Uuid, func, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import Pool

from app.core.clock import now
from app.core.ids import uuid7
from app.core.pools import OneATaskPool
from app.core.settings import Settings
from app.core.work import transaction, work_of

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _values(members: type[StrEnum]) -> list[str]:
    return [m.value for m in members]


class Base(DeclarativeBase):
    """Text for strings, timestamptz for instants, text + CHECK for enums, jsonb for structures."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 SQLAlchemy reads it as a class attribute
        str: Text(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(),
        UUID: Uuid(),
        list[str]: ARRAY(Text()),
        dict[str, Any]: JSONB(),
        list[dict[str, Any]]: JSONB(),
        StrEnum: Enum(
            StrEnum, native_enum=False, create_constraint=True, length=40, values_callable=_values
        ),
    }


class Row(Base):
    """A row with our id and its time of birth."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    created_at: Mapped[datetime] = mapped_column(default=now)


Sessionmaker = async_sessionmaker[AsyncSession]
Model = TypeVar("Model", bound=Base)
Columns = TypeVarTuple("Columns")


INDEPENDENT = "independent"
# Enough for what must survive a refusal: such a transaction is a few statements long. WeChat's
# token takes one more for as long as WeChat answers, and never two (`wechat/token_table.py`).
INDEPENDENT_CONNECTIONS = 3


def make_engine(
    settings: Settings, connections: int | None = None, *, pool: type[Pool] = OneATaskPool
) -> AsyncEngine:
    """`pool` is for tests, where one task plays two callers."""
    options = (
        f"-c statement_timeout={settings.statement_timeout_ms}"
        " -c idle_in_transaction_session_timeout=30000 -c timezone=UTC"
    )
    return create_async_engine(
        settings.database_url.get_secret_value(),
        poolclass=pool,
        pool_size=connections or settings.database_pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_recycle=1800,
        connect_args={"options": options, "connect_timeout": 5},
    )


def make_independent_engine(settings: Settings) -> AsyncEngine:
    """Make the engine of `independent_session`.

    Who holds a connection of the first engine may wait for one of this, and never the other way
    round, so that no circle of waiting can close.
    """
    return make_engine(settings, INDEPENDENT_CONNECTIONS)


def make_sessions(
    engine: AsyncEngine, independent: AsyncEngine | None = None, **info: Any
) -> Sessionmaker:
    """`info` goes with every session: the listeners of events (`core/events.py`)."""
    if independent is not None:
        info[INDEPENDENT] = async_sessionmaker(independent, expire_on_commit=False, info=dict(info))
    return async_sessionmaker(engine, expire_on_commit=False, info=info)


def get_sessions(request: Request) -> Sessionmaker:
    sessions: Sessionmaker = request.app.state.sessions
    return sessions


async def get_session(request: Request) -> AsyncSession:
    """Open the request's transaction; it ends with the handler, before the answer is sent.

    On the stack that FastAPI keeps for dependencies of scope "function": as a generator it would
    cost each request several context managers and a cancel scope more.
    """
    stack: AsyncExitStack = request.scope["fastapi_function_astack"]
    return await stack.enter_async_context(transaction(get_sessions(request)))


Session = Annotated[AsyncSession, Depends(get_session)]
# For the few handlers with a network call between two transactions: none stays open across it.
Sessions = Annotated[Sessionmaker, Depends(get_sessions)]


@asynccontextmanager
async def independent_session(session: AsyncSession) -> AsyncIterator[AsyncSession]:
    """Open a transaction of its own, for what must survive the refusal around it.

    It takes a connection of another engine: if all requests took a second one of their own pool,
    each would wait for all the others. Only where there is one connection altogether (a test that
    rolls back) it is a savepoint of that.
    """
    independent: Sessionmaker | None = session.info.get(INDEPENDENT)
    if independent is not None:
        opened = independent()
    elif isinstance(session.bind, AsyncConnection):
        opened = AsyncSession(
            session.bind,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
            info=dict(session.info),
        )
    else:
        raise RuntimeError("sessions made without an engine for independent ones")
    async with opened as own, own.begin():
        yield own


async def get_locked(
    session: AsyncSession, model: type[Model], row_id: UUID, *, read: bool = False
) -> Model:
    """Lock a row and read it as it is now; NoResultFound when there is none.

    `session.get_one(…, with_for_update=True)` alone takes the lock, but leaves an object that
    this session loaded before as it was: the decision would rest on old values.
    """
    return await session.get_one(
        model, row_id, with_for_update={"read": read}, populate_existing=True
    )


async def find_locked(session: AsyncSession, model: type[Model], row_id: UUID) -> Model | None:
    """As `get_locked`, and None when there is no such row."""
    return await session.get(model, row_id, with_for_update=True, populate_existing=True)


async def lock_again(session: AsyncSession, row: Base) -> None:
    """Lock a row that a loader read before the lock, and read it again."""
    await session.refresh(row, with_for_update=True)


def for_update(
    statement: Select[*Columns],
    *,
    read: bool = False,
    key_share: bool = False,
    skip_locked: bool = False,
    of: Sequence[type[Base]] | None = None,
) -> Select[*Columns]:
    """Lock the rows of a statement; objects loaded before are read again (see `get_locked`)."""
    locking = statement.with_for_update(
        read=read, key_share=key_share, skip_locked=skip_locked, of=of
    )
    return locking.execution_options(populate_existing=True)


async def take_turn(session: AsyncSession, name: str) -> None:
    """Wait for every other transaction that takes its turn at this name; held to the end of this.

    For what no row stands for: two that would be made at once, a question over several rows.
    """
    key = func.hashtextextended(name, 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def end_transaction(session: AsyncSession) -> None:
    """Commit before a network call; the request's session is of no use afterwards."""
    await session.commit()
    if work := work_of(session):
        await work.release()
