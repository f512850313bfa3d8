"""A pool of connections that refuses to make anybody wait for himself."""

import asyncio
from typing import Any

from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from typing_extensions import override


class SecondConnection(RuntimeError):  # noqa: N818 says what was asked for
    """A task asked for a connection of the pool that it already holds one of.

    With as many such tasks as connections, all wait for each other and nobody else gets one. What
    needs a second transaction takes it from another engine: `core.db.independent_session`.
    """


class OneATaskPool(AsyncAdaptedQueuePool):
    """Gives each task one connection at a time. A second one fails at once, not under load."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._holders: dict[int, asyncio.Task[Any]] = {}

    @override
    def _do_get(self) -> ConnectionPoolEntry:
        task = asyncio.current_task()
        if task is not None and task in self._holders.values():
            raise SecondConnection
        entry = super()._do_get()
        if task is not None:
            self._holders[id(entry)] = task
        return entry

    @override
    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        self._holders.pop(id(record), None)
        super()._do_return_conn(record)
