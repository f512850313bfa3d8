"""Statements of hot paths: built and compiled once, sent by the driver, read into typed rows.

For paths where `scripts/bench` says so, and nowhere else. Write one as this:

    class Card(NamedTuple):
        id: UUID
        slot: Slot

    @hot(Card)
    def _cards(*, patient_id: UUID) -> Select[UUID, Slot]:
        return select(Dose.id, Dose.slot).where(Dose.patient_id == patient_id)

    cards = await _cards.all(session, patient_id=patient.id)    # list[Card]

The statement is SQLAlchemy's and so are the types of its columns: enums, encrypted text, arrays
and JSON come and go as they do through a session. It runs in the request's own transaction, after
the session's pending changes; its errors are those of SQLAlchemy. What a session would do beyond
that it refuses where it is built, and a test builds every one of them: columns that do not fit the
row, entities, a column whose default Python makes, a list of parameters in `in_()`.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import update_wrapper
from itertools import product
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar, cast

import psycopg
from sqlalchemy import Connection, Dialect, Executable, Select, UpdateBase, bindparam
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialectAsync_psycopg
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from typing_extensions import override

from app.core.work import work_of

P = ParamSpec("P")
N = TypeVar("N", bound=tuple[Any, ...])
Convert = Callable[[Any], Any]
GIVEN = "given_"


class _Writing(PGCompiler_psycopg):
    """Writes constants of a statement into it: a plan that is made once then knows them.

    As parameters they would hide a LIMIT and the condition of a partial index from it, so that
    PostgreSQL, where it sees that, makes each statement's plan anew each time.
    """

    @override
    def visit_bindparam(self, bindparam: Any, *arguments: Any, **options: Any) -> Any:
        if not bindparam.key.startswith(GIVEN):
            options["literal_binds"] = True
        return super().visit_bindparam(bindparam, *arguments, **options)  # type: ignore[no-untyped-call]


class _Dialect(PGDialectAsync_psycopg):
    """Placeholders as PostgreSQL itself writes them: the driver need not look for them."""

    statement_compiler = _Writing


DIALECT: Dialect = cast("Any", _Dialect)(paramstyle="numeric_dollar")
NAMED = inspect.Parameter.KEYWORD_ONLY
CHOOSING = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
EVERY: "list[Hot[Any, Any]]" = []


class Compiled:
    """The text of one shape of a statement, and how values go in and come out."""

    def __init__(
        self, statement: Executable, kind: type[tuple[Any, ...]], *, alone: bool = False
    ) -> None:
        compiled = cast("SQLCompiler", cast("Any", statement).compile(dialect=DIALECT))
        if compiled.insert_prefetch or compiled.update_prefetch:
            made = [c.key for c in (*compiled.insert_prefetch, *compiled.update_prefetch)]
            raise TypeError(f"Python makes the defaults of {made}: give them")
        self.needs_transaction = not (alone or _only_reads(statement))
        self._columns = compiled._result_columns  # noqa: SLF001  # no public name
        names = tuple(column.keyname for column in self._columns)
        if names != cast("Any", kind)._fields:
            raise TypeError(f"{kind.__name__} has {cast('Any', kind)._fields}, its rows {names}")
        self._make: Callable[[Iterable[Any]], Any] = cast("Any", kind)._make
        self._places = [*_places(compiled)]
        self.text = compiled.construct_expanded_state({}).statement
        self.query = self.text.encode()  # as the driver wants it, hashed once for its cache
        self._convert: list[tuple[int, Convert]] | None = None

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """Bring the values into the order of the placeholders."""
        return [
            values[name] if convert is None else convert(values[name])
            for name, convert in self._places
        ]

    def rows(self, found: Sequence[Sequence[Any]], cursor: Any) -> list[Any]:
        if self._convert is None:
            self._convert = self._conversions(cursor)
        if not self._convert:
            return [self._make(row) for row in found]
        return [self._make(self._converted(row, self._convert)) for row in found]

    def _conversions(self, cursor: Any) -> list[tuple[int, Convert]]:
        kinds = [column.type_code for column in cursor.description or ()]
        processors = (
            column.type._cached_result_processor(DIALECT, kind)  # noqa: SLF001
            for column, kind in zip(self._columns, kinds, strict=True)
        )
        return [(n, convert) for n, convert in enumerate(processors) if convert is not None]

    @staticmethod
    def _converted(row: Sequence[Any], conversions: list[tuple[int, Convert]]) -> list[Any]:
        values = list(row)
        for n, convert in conversions:
            values[n] = convert(values[n])
        return values


def _only_reads(statement: Executable) -> bool:
    return isinstance(statement, Select) and not any(
        isinstance(part, UpdateBase)
        or getattr(part, "_for_update_arg", None) is not None
        or getattr(part, "_independent_ctes", ())  # those of add_cte(), which iterate() leaves out
        for part in visitors.iterate(statement)
    )


def _places(compiled: SQLCompiler) -> Iterator[tuple[str, Convert | None]]:
    """For each placeholder: the parameter that fills it and its conversion."""
    expanded = compiled.construct_expanded_state({}, escape_names=False)
    lists = [n for n in expanded.parameter_expansion if n.startswith(GIVEN)]
    if lists:
        raise TypeError(f"in_() with the parameters {lists}: use any_()")
    for name in expanded.positiontup or ():
        convert = compiled._bind_processors.get(name)  # noqa: SLF001
        yield name.removeprefix(GIVEN), cast("Convert | None", convert)


class Hot(Generic[P, N]):
    """As `Prepared` is called: positional arguments (bools) choose the shape, named ones are sent.

    Its rows are of the NamedTuple that it was declared with.
    """

    def __init__(
        self,
        kind: type[N],
        build: Callable[P, Executable],
        names: Iterable[str] = (),
        *,
        alone: bool = False,
    ) -> None:
        """`names` are those of its `**values`, where it has them.

        `alone`: what it writes may stand whatever becomes of the request, so that it opens no
        transaction; in one that is open it commits or rolls back with it.
        """
        self._kind, self._build, self._alone = kind, build, alone
        self._compiled: dict[tuple[Any, ...], Compiled] = {}
        parameters = [(p.name, p.kind) for p in inspect.signature(build).parameters.values()]
        self._names = [*(n for n, kind in parameters if kind is NAMED), *names]
        self._shapes = sum(kind in CHOOSING for _, kind in parameters)
        update_wrapper(cast("Any", self), build)
        EVERY.append(self)

    def compiled(self, *shape: Any) -> Compiled:
        found = self._compiled.get(shape)
        if found is None:
            given: Any = {name: bindparam(f"{GIVEN}{name}", required=False) for name in self._names}
            found = self._compiled[shape] = Compiled(
                cast("Any", self._build)(*shape, **given), self._kind, alone=self._alone
            )
        return found

    def every_shape(self) -> list[Compiled]:
        """Compile it for each combination of its positional arguments, for a test."""
        return [self.compiled(*shape) for shape in product((False, True), repeat=self._shapes)]

    async def all(self, session: AsyncSession, /, *shape: P.args, **values: P.kwargs) -> list[N]:
        compiled = self.compiled(*shape)
        cursor = await _send(session, compiled, compiled.arguments(values))
        return compiled.rows(await cursor.fetchall(), cursor)

    async def first(self, session: AsyncSession, /, *shape: P.args, **values: P.kwargs) -> N | None:
        found = await self.all(session, *shape, **values)
        return found[0] if found else None

    async def one(self, session: AsyncSession, /, *shape: P.args, **values: P.kwargs) -> N:
        """Exactly one row; none or several are an error of ours."""
        found = await self.all(session, *shape, **values)
        if len(found) != 1:
            raise NoResultFound(f"{len(found)} rows where one is wanted")
        return found[0]


class Nothing(NamedTuple):
    """The row of a statement that returns none."""


class HotWrite(Hot[P, Nothing]):
    """As `Hot`, for a statement that returns no rows."""

    def __init__(self, build: Callable[P, Executable], names: Iterable[str] = ()) -> None:
        super().__init__(Nothing, build, names)

    async def execute(self, session: AsyncSession, /, *shape: P.args, **values: P.kwargs) -> None:
        compiled = self.compiled(*shape)
        await _send(session, compiled, compiled.arguments(values))


def hot(kind: type[N]) -> Callable[[Callable[P, Executable]], Hot[P, N]]:
    """Declare a statement of a hot path; its rows are of this NamedTuple."""

    def declare(build: Callable[P, Executable]) -> Hot[P, N]:
        return Hot(kind, build)

    return declare


async def _send(
    session: AsyncSession, compiled: Compiled, arguments: list[Any]
) -> psycopg.AsyncRawCursor[Any]:
    if session.in_transaction():
        await session.flush()  # as a session does before it asks
        if session.in_nested_transaction():
            _ = await session.connection()  # sends the SAVEPOINT, which waits for a first statement
    work = work_of(session)
    if work is None:
        driver = await _lent(session, compiled.text, arguments)
    else:
        driver = await work.driver(in_transaction=compiled.needs_transaction)
    cursor = psycopg.AsyncRawCursor(driver)
    try:
        await cursor.execute(compiled.query, arguments)
    except psycopg.Error as error:
        raise _as_sqlalchemy(error, compiled.text) from error
    return cursor


async def _lent(session: AsyncSession, text: str, arguments: list[Any]) -> Any:
    """Take the connection that the session was given; who listens to its statements hears this."""
    connection = await session.connection()
    heard: Connection = connection.sync_connection  # type: ignore[assignment]
    for listener in heard.dispatch.before_cursor_execute:
        listener(heard, None, text, arguments, None, False)
    return (await connection.get_raw_connection()).driver_connection


def _as_sqlalchemy(error: psycopg.Error, text: str) -> Exception:
    """One family of errors, whichever way a statement went (`core/problems.py`)."""
    known: Any = DBAPIError.instance(
        text, None, error, cast("Any", psycopg.Error), hide_parameters=True, dialect=DIALECT
    )
    return cast("Exception", known)
