"""Statements of hot paths, built once; and rows whose columns mypy knows."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, TypeVarTuple, cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    Result,
    Row,
    ScalarSelect,
    Text,
    UpdateBase,
    bindparam,
    literal_column,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlalchemy.types import TypeEngine

P = ParamSpec("P")
Columns = TypeVarTuple("Columns")
T = TypeVar("T")
N = TypeVar("N", bound=tuple[Any, ...])
Values = dict[str, Any]
WORD = re.compile(r"[a-z_]+")


class _Built(Generic[P]):
    """Positional arguments choose a statement's shape, keyword arguments are its parameters."""

    def __init__(self, build: Callable[P, Executable]) -> None:
        self._build = build
        self._statements: dict[tuple[tuple[Any, ...], tuple[str, ...]], Executable] = {}
        update_wrapper(cast("Any", self), build)

    def _statement(self, shape: tuple[Any, ...], names: tuple[str, ...]) -> Executable:
        statement = self._statements.get((shape, names))
        if statement is None:
            parameters: Values = {name: bindparam(f"given_{name}") for name in names}
            statement = self._statements[shape, names] = cast("Any", self._build)(
                *shape, **parameters
            )
        return statement

    async def _run(
        self, session: AsyncSession, shape: tuple[Any, ...], values: Values
    ) -> Result[*tuple[Any, ...]]:
        statement = self._statement(shape, tuple(values))
        return await session.execute(
            statement, {f"given_{name}": value for name, value in values.items()}
        )


class Prepared(_Built[P], Generic[P, *Columns]):
    """Decorates the function that builds a statement with rows; built once for each shape.

    On a hot path the building costs more than the query. Call it as
    `await _card.one(session, shape, name=value)`: the values are sent, never built in.
    """

    def __init__(self, build: Callable[P, TypedReturnsRows[*Columns]]) -> None:
        super().__init__(cast("Callable[P, Executable]", build))

    async def execute(
        self, session: AsyncSession, /, *shape: P.args, **values: P.kwargs
    ) -> Result[*Columns]:
        return cast("Result[*Columns]", await self._run(session, shape, values))

    async def all(
        self, session: AsyncSession, /, *shape: P.args, **values: P.kwargs
    ) -> Sequence[Row[*Columns]]:
        return (await self.execute(session, *shape, **values)).all()

    async def one(
        self, session: AsyncSession, /, *shape: P.args, **values: P.kwargs
    ) -> Row[*Columns]:
        """Exactly one row; none or several are an error of ours."""
        return (await self.execute(session, *shape, **values)).one()

    async def first(
        self, session: AsyncSession, /, *shape: P.args, **values: P.kwargs
    ) -> Row[*Columns] | None:
        return (await self.execute(session, *shape, **values)).first()

    async def scalar(
        self: "Prepared[P, T, *tuple[Any, ...]]",
        session: AsyncSession,
        /,
        *shape: P.args,
        **values: P.kwargs,
    ) -> T | None:
        """First column of the first row, if there is one."""
        return cast("T | None", (await self._run(session, shape, values)).scalar())


class PreparedWrite(_Built[P]):
    """As `Prepared`, for a statement that returns no rows."""

    def __init__(self, build: Callable[P, UpdateBase]) -> None:
        super().__init__(build)

    async def execute(self, session: AsyncSession, /, *shape: P.args, **values: P.kwargs) -> None:
        await self._run(session, shape, values)


def written(constant: int | str) -> ColumnElement[Any]:
    """Write a LIMIT or one of our own words into a statement, as `core/hot.py` does by itself.

    Where it is bound, a plan for all values looks dearer than it is: no partial index, a guess of
    each LIMIT. So the database plans anew each time, which may take longer than the statement runs.
    """
    if isinstance(constant, int):
        return literal_column(str(constant), Integer)
    if not WORD.fullmatch(constant):
        raise ValueError("only a word of ours is written into a statement")
    return literal_column(f"'{constant}'", Text)


def hidden(parameter: Any, kind: TypeEngine[T]) -> ScalarSelect[T]:
    """Ask for a parameter by a SELECT, so that no plan can be made for its value.

    Use it where a value that every row meets (a time, one's own id) would make such plans look
    cheaper: see `written`.
    """
    return select(sql_cast(parameter, kind)).scalar_subquery()


def columns_of(
    model: type[DeclarativeBase], names: Iterable[str]
) -> list[InstrumentedAttribute[Any]]:
    """Columns of a table by the fields of the row that they are read into, in its order."""
    return [getattr(model, name) for name in names]


def typed_rows(kind: type[N], rows: Iterable[Row[*tuple[Any, ...]]]) -> list[N]:
    """Rows as a NamedTuple with the same columns in the same order; else a TypeError.

    An entity (`select(Patient)`) is the field of its name in lower case (`patient`).
    """
    read = list(rows)
    fields = cast("Any", kind)._fields
    if read and (columns := tuple(name.lower() for name in read[0]._fields)) != fields:
        raise TypeError(f"{kind.__name__} has the fields {fields}, the statement {columns}")
    return [cast("Any", kind)._make(row) for row in read]
